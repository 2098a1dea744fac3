#include "hand_scalars.h"
#include <stdlib.h>

typedef enum opcode { LEAF, MUL, ADD, SUB } opcode;

/* ---- Arrays ---- */

typedef struct entry {
  opcode op;
  int a, b;
} entry;

typedef struct list {
  entry *entries;
  double *values, *adjoints;
  int count;
} list;

static int push(list *l, opcode op, int a, int b) {
  double x = l->values[a], y = l->values[b];
  l->entries[l->count] = (entry){op, a, b};
  l->values[l->count] = op == MUL ? x * y : op == ADD ? x + y : x - y;
  return l->count++;
}

static int leaf(list *l, double value) {
  l->entries[l->count].op = LEAF;
  l->values[l->count] = value;
  return l->count++;
}

static void sweep(list *l, int from) {
  double *adjoints = l->adjoints;
  for (int k = 0; k < l->count; k++) adjoints[k] = 0;
  adjoints[from] = 1;
  for (int k = from; k >= 0; k--) {
    const entry *e = &l->entries[k];
    const double d = adjoints[k];
    switch (e->op) {
    case LEAF:
      break;
    case MUL:
      adjoints[e->a] += d * l->values[e->b];
      adjoints[e->b] += d * l->values[e->a];
      break;
    case ADD:
      adjoints[e->a] += d;
      adjoints[e->b] += d;
      break;
    case SUB:
      adjoints[e->a] += d;
      adjoints[e->b] -= d;
      break;
    }
  }
}

bool opcodes_run(int rounds, scalar_run *result) {
  const size_t n = 4 + OPERATIONS_A_ROUND * (size_t)rounds;
  list l = {malloc(n * sizeof(entry)), malloc(n * sizeof(double)), malloc(n * sizeof(double)), 0};
  const bool good = l.entries && l.values && l.adjoints;
  if (good) {
    const double start = clock_now();
    const int h = leaf(&l, spring_h), k = leaf(&l, spring_k);
    int x = leaf(&l, 1), v = leaf(&l, 0);
    for (int i = 0; i < rounds; i++) {
      x = push(&l, ADD, x, push(&l, MUL, h, v));
      v = push(&l, SUB, v, push(&l, MUL, h, push(&l, MUL, k, x)));
    }
    const double recorded = clock_now();
    sweep(&l, x);
    *result = (scalar_run){recorded - start, clock_now() - recorded, {l.adjoints[h], l.adjoints[k]}};
  }
  free(l.entries), free(l.values), free(l.adjoints);
  return good;
}

/* ---- Pointers ---- */

typedef struct node {
  opcode op;
  struct node *a, *b, *before; /* the one recorded before it */
  double value, adjoint;
} node;

static node *node_new(node **last, opcode op, node *a, node *b, double value) {
  node *made = malloc(sizeof *made);
  if (!made) abort();
  *made = (node){op, a, b, *last, value, 0};
  return *last = made;
}

static node *mul(node **last, node *a, node *b) { return node_new(last, MUL, a, b, a->value * b->value); }
static node *add(node **last, node *a, node *b) { return node_new(last, ADD, a, b, a->value + b->value); }
static node *sub(node **last, node *a, node *b) { return node_new(last, SUB, a, b, a->value - b->value); }

static void nodes_sweep(node *last) {
  for (node *y = last; y; y = y->before) {
    const double d = y->adjoint;
    switch (y->op) {
    case LEAF:
      break;
    case MUL:
      y->a->adjoint += d * y->b->value;
      y->b->adjoint += d * y->a->value;
      break;
    case ADD:
      y->a->adjoint += d;
      y->b->adjoint += d;
      break;
    case SUB:
      y->a->adjoint += d;
      y->b->adjoint -= d;
      break;
    }
  }
}

bool pointers_run(int rounds, scalar_run *result) {
  node *last = NULL;
  const double start = clock_now();
  node *h = node_new(&last, LEAF, NULL, NULL, spring_h), *k = node_new(&last, LEAF, NULL, NULL, spring_k);
  node *x = node_new(&last, LEAF, NULL, NULL, 1), *v = node_new(&last, LEAF, NULL, NULL, 0);
  for (int i = 0; i < rounds; i++) {
    x = add(&last, x, mul(&last, h, v));
    v = sub(&last, v, mul(&last, h, mul(&last, k, x)));
  }
  const double recorded = clock_now();
  x->adjoint = 1;
  nodes_sweep(last);
  *result = (scalar_run){recorded - start, clock_now() - recorded, {h->adjoint, k->adjoint}};
  for (node *before; last; last = before) {
    before = last->before;
    free(last);
  }
  return true;
}

/* ---- ADOL-C is C++ ---- */

#ifndef HAVE_ADOLC
bool adolc_run(int rounds, scalar_run *result) {
  (void)rounds, (void)result;
  return false;
}
#endif
