/* node_formula.c: the formula of one node, down to the nodes with names. */
#include "formula.h"
#include "tape_internal.h"

#include <stdlib.h>

/* How many nodes are written out at most; what lies deeper stands as a symbol. */
enum { EXPANDED_MAX = 24 };

typedef struct piece {
  const wg_node *node;
  wg_term term;
  size_t uses;
  bool expanded;
} piece;

typedef struct pieces {
  const wg_allocator *allocator;
  piece *all; /* from the top down at first, then in the order of the tape */
  size_t count, capacity;
  wg_arena arena;
  wg_text text;
} pieces;

static piece *piece_find(const pieces *p, const wg_node *node) {
  for (size_t k = 0; k < p->count; k++)
    if (p->all[k].node == node) return &p->all[k];
  return NULL;
}

static const wg_term *term_of(const void *context, const wg_node *node) { return &piece_find(context, node)->term; }

static bool piece_use(pieces *p, const wg_node *node) {
  piece *known = piece_find(p, node);
  if (known) {
    known->uses++;
    return true;
  }
  piece *all = wg_grow(p->allocator, p->all, p->count, &p->capacity, sizeof *all);
  if (!all) return false;
  p->all = all;
  p->all[p->count++] = (piece){.node = node, .uses = 1};
  return true;
}

/* The node and what is to be written out below it, the nearest first. */
static bool pieces_gather(pieces *p, const wg_node *top) {
  if (!piece_use(p, top)) return false;
  for (size_t k = 0, expanded = 0; k < p->count && expanded < EXPANDED_MAX; k++) {
    const wg_node *node = p->all[k].node;
    if (wg_node_is_leaf(node) || (k > 0 && node->name && *node->name)) continue;
    p->all[k].expanded = true;
    expanded++;
    for (int i = 0; i < node->input_count; i++)
      if (!piece_use(p, node->inputs[i])) return false;
  }
  return true;
}

static int piece_compare(const void *a, const void *b) {
  const piece *x = a, *y = b;
  return x->node->id < y->node->id ? -1 : x->node->id > y->node->id;
}

static bool piece_write(pieces *p, const wg_scope *scope, piece *one, bool top) {
  wg_text *text = &p->text;
  if (one->expanded) wg_write_formula(scope, one->node, text, &one->term);
  if (top) return !text->failed;
  if (!one->expanded || wg_term_wants_symbol(&one->term, one->node, one->uses)) {
    wg_text_free(text);
    wg_write_leaf(scope, one->node, false, text, &one->term);
  }
  one->term.text = wg_text_take(text, &p->arena);
  return one->term.text != NULL;
}

static bool pieces_write(pieces *p, wg_script script, const wg_node *top) {
  wg_scope scope = {.script = script, .term = term_of, .context = p};
  qsort(p->all, p->count, sizeof *p->all, piece_compare);
  for (size_t k = 0; k < p->count; k++)
    if (!piece_write(p, &scope, &p->all[k], p->all[k].node == top)) return false;
  return true;
}

size_t wg_formula(const wg_node *node, wg_script script, char *text, size_t size) {
  if (wg_node_inert(node) || wg_node_is_leaf(node)) return wg_symbol(node, script, text, size);
  const wg_allocator *allocator = wg_tape_allocator(node->tape);
  pieces p = {.allocator = allocator, .text = WG_TEXT_EMPTY(allocator)};
  if (!pieces_gather(&p, node) || !pieces_write(&p, script, node)) p.text.failed = true;
  size_t length = wg_text_copy(&p.text, text, size);
  wg_text_free(&p.text);
  wg_arena_free(&p.arena, allocator);
  wg_release(allocator, p.all);
  return length;
}
