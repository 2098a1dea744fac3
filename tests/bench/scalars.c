/* What a node costs: graphs of scalars, 10 to a million nodes, recorded, swept, planned and run; and the same arithmetic
 * by hand, as an array of opcodes walked forwards and backwards.
 *
 * The graph is a recurrence x ← a·x + b·sin(x) − b with two parameters, five operations a round; ns are per node of the
 * phase: recorded by hand, recorded by the sweep, planned and run (both). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wengert.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- By hand: opcodes, operands and values in arrays ---- */

typedef enum opcode { MUL, ADD, SUB, SIN, DIV } opcode;

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
  l->values[l->count] = op == MUL ? x * y : op == ADD ? x + y : op == SUB ? x - y : op == SIN ? sin(x) : x / y;
  return l->count++;
}

static void reverse(list *l) {
  for (int k = 0; k < l->count; k++) l->adjoints[k] = 0;
  l->adjoints[l->count - 1] = 1;
  for (int k = l->count; k-- > 2;) {
    const entry *e = &l->entries[k];
    const double d = l->adjoints[k], x = l->values[e->a], y = l->values[e->b];
    switch (e->op) {
    case MUL:
      l->adjoints[e->a] += d * y;
      l->adjoints[e->b] += d * x;
      break;
    case ADD:
      l->adjoints[e->a] += d;
      l->adjoints[e->b] += d;
      break;
    case SUB:
      l->adjoints[e->a] += d;
      l->adjoints[e->b] -= d;
      break;
    case SIN:
      l->adjoints[e->a] += d * cos(x);
      break;
    case DIV:
      l->adjoints[e->a] += d / y;
      l->adjoints[e->b] -= d * l->values[k] / y;
      break;
    }
  }
}

static const double a_value = 0.9, b_value = 0.7;

/* Seconds to record with values, and to reverse; the derivatives by a and b. */
static void by_hand(int rounds, double seconds[2], double derivative[2]) {
  const size_t n = 2 + 5 * (size_t)rounds;
  list l = {malloc(n * sizeof(entry)), malloc(n * sizeof(double)), malloc(n * sizeof(double)), 2};
  if (!l.entries || !l.values || !l.adjoints) exit(1);
  l.values[0] = a_value, l.values[1] = b_value;
  double start = now();
  int x = 0;
  for (int i = 0; i < rounds; i++) {
    int ax = push(&l, MUL, x, 0), bs = push(&l, MUL, push(&l, SIN, x, x), 1);
    x = push(&l, SUB, push(&l, ADD, ax, bs), 1);
  }
  double recorded = now();
  reverse(&l);
  seconds[0] = recorded - start, seconds[1] = now() - recorded;
  derivative[0] = l.adjoints[0], derivative[1] = l.adjoints[1];
  free(l.entries), free(l.values), free(l.adjoints);
}

/* ---- By wengert ---- */

typedef struct phases {
  double record, sweep, plan, run; /* ns per node */
  size_t recorded, nodes;
  size_t tape_bytes, plan_bytes;
} phases;

typedef struct heap {
  size_t bytes;
} heap;

static void *heap_allocate(void *context, size_t size) {
  ((heap *)context)->bytes += size;
  return malloc(size);
}
static void heap_release(void *context, void *memory) {
  (void)context;
  free(memory);
}

static bool by_wengert(int rounds, const wg_allocator *allocator, phases *p, double derivative[2]) {
  heap *h = allocator ? allocator->context : NULL;
  double start = now();
  wg_tape *t = wg_tape_new_with(allocator);
  wg_node *a = wg_param(t, "a", WG_F64, WG_SCALAR), *b = wg_param(t, "b", WG_F64, WG_SCALAR), *x = a, *grad[2];
  for (int i = 0; i < rounds; i++) x = wg_sub(wg_add(wg_mul(x, a), wg_mul(wg_sin(x), b)), b);
  double recorded = now();
  p->recorded = wg_tape_count(t);
  wg_grad(x, 2, (wg_node *[]){a, b}, grad);
  double swept = now();
  p->nodes = wg_tape_count(t);
  if (h) p->tape_bytes = h->bytes;
  wg_plan *plan = wg_plan_new(3, (wg_node *[]){x, grad[0], grad[1]});
  double planned = now();
  if (h) p->plan_bytes = h->bytes - p->tape_bytes;
  wg_bind(plan, a, &a_value), wg_bind(plan, b, &b_value);
  bool good = wg_run(plan) == WG_OK;
  int runs = rounds > 1000 ? 3 : 3000 / rounds;
  double ran = 1e9;
  for (int i = 0; i < 5; i++) {
    double begin = now();
    for (int k = 0; k < runs; k++) wg_run(plan);
    double taken = (now() - begin) / runs;
    if (taken < ran) ran = taken;
  }
  for (int k = 0; k < 2; k++) derivative[k] = good ? *(const double *)wg_data(plan, grad[k]) : NAN;
  const double n = (double)p->nodes, r = (double)p->recorded;
  p->record = (recorded - start) * 1e9 / r;
  p->sweep = (swept - recorded) * 1e9 / (n - r);
  p->plan = (planned - swept) * 1e9 / n;
  p->run = ran * 1e9 / (double)wg_plan_step_count(plan);
  wg_plan_free(plan);
  wg_tape_free(t);
  return good;
}

static void keep_least(double *best, double taken) {
  if (taken < *best) *best = taken;
}

int main(void) {
  printf("%9s %9s | %7s %7s | %7s %7s %7s %7s | %6s %6s\n", "recorded", "nodes", "by hand", "reverse", "record",
         "sweep", "plan", "run", "tape B", "plan B");
  for (int rounds = 2; rounds <= 200000; rounds *= 10) {
    phases best = {1e9, 1e9, 1e9, 1e9, 0, 0, 0, 0}, p;
    double hand[2] = {1, 1}, seconds[2], expected[2], derivative[2];
    int repeats = rounds > 20000 ? 3 : rounds > 200 ? 10 : 1000;
    for (int i = 0; i < repeats; i++) {
      by_hand(rounds, seconds, expected);
      if (!by_wengert(rounds, NULL, &p, derivative)) return 1;
      keep_least(&best.record, p.record), keep_least(&best.sweep, p.sweep);
      keep_least(&best.plan, p.plan), keep_least(&best.run, p.run);
      keep_least(&hand[0], seconds[0]), keep_least(&hand[1], seconds[1]);
    }
    heap h = {0};
    by_wengert(rounds, &(wg_allocator){heap_allocate, heap_release, &h}, &p, derivative);
    for (int k = 0; k < 2; k++)
      if (!(fabs(derivative[k] - expected[k]) <= 1e-9 * fabs(expected[k]))) {
        fprintf(stderr, "derivative %g, by hand %g\n", derivative[k], expected[k]);
        return 1;
      }
    const double n = 5e-9 * rounds;
    printf("%9zu %9zu | %7.1f %7.1f | %7.1f %7.1f %7.1f %7.1f | %6.0f %6.0f\n", p.recorded, p.nodes, hand[0] / n,
           hand[1] / n, best.record, best.sweep, best.plan, best.run, (double)p.tape_bytes / (double)p.nodes,
           (double)p.plan_bytes / (double)p.nodes);
  }
  return 0;
}
