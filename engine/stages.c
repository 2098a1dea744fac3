/* stages.c: a plan's nodes as a chain of stages, for checkpointing. */
#include "checkpoint_internal.h"

/* Scratch arrays over node ids. */
typedef struct marks {
  unsigned char *forward; /* the root depends on it, and it is no leaf */
  size_t *place;          /* its place among the forward nodes */
  size_t *stage;          /* of a forward or backward node */
} marks;

static bool is_leaf(const wg_node *node) { return node->input_count == 0; }

/* Marks what the root depends on, itself included, then unmarks what is a leaf or not needed; returns how many are left.
 * The root need not be needed: gradients alone do not read the loss. */
static size_t forward_mark(const wg_sequence *needed, const wg_node *root, unsigned char *forward) {
  enum { ANCESTOR = 1, NEEDED = 2, BOTH = 3 };
  size_t count = 0;
  forward[root->id] = ANCESTOR;
  for (size_t id = root->id + 1; id-- > 0;) {
    const wg_node *node = wg_tape_node(root->tape, id);
    for (int i = 0; forward[id] && i < node->input_count; i++) forward[node->inputs[i]->id] = ANCESTOR;
  }
  for (size_t k = needed->leaf_count; k < needed->count; k++) forward[needed->nodes[k]->id] |= NEEDED;
  for (size_t k = 0; k < needed->count; k++) {
    unsigned char *mark = &forward[needed->nodes[k]->id];
    *mark = *mark == BOTH;
    count += *mark;
  }
  return count;
}

/* last[i]: the place of the last forward node that reads value i, 0 if none does. */
static void last_readers_find(const wg_stages *stages, size_t n, const marks *m, size_t *last) {
  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < stages->forward[i]->input_count; k++)
      if (!is_leaf(stages->forward[i]->inputs[k])) last[m->place[stages->forward[i]->inputs[k]->id]] = i;
}

/* Cuts where as few values cross as anywhere. Walking up, `open` counts the values that cross the cut before place i:
 * made before it, and last read there or later; dying[i] of them are read at i for the last time. */
static void cuts_make(wg_stages *stages, size_t n, const size_t *last, size_t *dying) {
  size_t least = SIZE_MAX, open = 0;
  for (size_t i = 0; i < n; i++)
    if (last[i]) dying[last[i]]++;
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && open < least) least = open;
    open = open - dying[i] + (last[i] > 0);
  }
  open = 0;
  stages->forward_begin[stages->count++] = 0;
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && open == least) stages->forward_begin[stages->count++] = i;
    open = open - dying[i] + (last[i] > 0);
  }
  stages->forward_begin[stages->count] = n;
}

/* A backward node belongs to the earliest stage that it, or what it reads, depends on. */
static void backward_order(wg_stages *stages, const wg_sequence *needed, const marks *m, size_t *next) {
  size_t l = stages->count;
  for (size_t t = 0; t < l; t++)
    for (size_t i = stages->forward_begin[t]; i < stages->forward_begin[t + 1]; i++)
      m->stage[stages->forward[i]->id] = t;
  for (size_t k = needed->leaf_count; k < needed->count; k++) {
    const wg_node *node = needed->nodes[k];
    if (m->forward[node->id]) continue;
    size_t stage = l - 1;
    for (int i = 0; i < node->input_count; i++)
      if (!is_leaf(node->inputs[i]) && m->stage[node->inputs[i]->id] < stage) stage = m->stage[node->inputs[i]->id];
    m->stage[node->id] = stage;
    next[stage]++;
  }
  size_t begin = 0;
  for (size_t t = l; t-- > 0;) {
    stages->backward_begin[t] = begin;
    begin += next[t];
    stages->backward_end[t] = begin;
    next[t] = stages->backward_begin[t];
  }
  for (size_t k = needed->leaf_count; k < needed->count; k++) {
    const wg_node *node = needed->nodes[k];
    if (!m->forward[node->id]) stages->backward[next[m->stage[node->id]]++] = node;
  }
}

static void stages_fill(wg_stages *stages, const wg_sequence *needed, const marks *m, size_t n, size_t *scratch) {
  size_t place = 0;
  for (size_t k = needed->leaf_count; k < needed->count; k++) {
    const wg_node *node = needed->nodes[k];
    if (!m->forward[node->id]) continue;
    m->place[node->id] = place;
    stages->forward[place++] = node;
  }
  size_t *last = scratch, *dying = scratch + n, *next = scratch + 2 * n;
  last_readers_find(stages, n, m, last);
  cuts_make(stages, n, last, dying);
  backward_order(stages, needed, m, next);
}

bool wg_stages_make(wg_stages *stages, const wg_tape *tape, const wg_sequence *needed, const wg_node *root) {
  const wg_allocator *allocator = wg_tape_allocator(tape);
  size_t end = needed->end > root->id ? needed->end : root->id + 1;
  *stages = (wg_stages){0};
  marks m = {.forward = wg_allocate_zeroed(allocator, end, 1),
             .place = wg_allocate(allocator, end, sizeof *m.place),
             .stage = wg_allocate(allocator, end, sizeof *m.stage)};
  size_t n = m.forward ? forward_mark(needed, root, m.forward) : 0;
  size_t *scratch = wg_allocate_zeroed(allocator, n + 2, 3 * sizeof *scratch);
  stages->forward = wg_allocate(allocator, n, sizeof *stages->forward);
  stages->backward = wg_allocate(allocator, needed->count, sizeof *stages->backward);
  stages->forward_begin = wg_allocate(allocator, n + 2, sizeof *stages->forward_begin);
  stages->backward_begin = wg_allocate(allocator, n + 1, sizeof *stages->backward_begin);
  stages->backward_end = wg_allocate(allocator, n + 1, sizeof *stages->backward_end);
  bool made = m.forward && m.place && m.stage && scratch && stages->forward && stages->backward &&
              stages->forward_begin && stages->backward_begin && stages->backward_end;
  if (made) stages_fill(stages, needed, &m, n, scratch);
  wg_release(allocator, scratch);
  wg_release(allocator, m.stage);
  wg_release(allocator, m.place);
  wg_release(allocator, m.forward);
  if (!made) wg_stages_free(stages, tape);
  return made;
}

void wg_stages_free(wg_stages *stages, const wg_tape *tape) {
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_release(allocator, stages->forward);
  wg_release(allocator, stages->backward);
  wg_release(allocator, stages->forward_begin);
  wg_release(allocator, stages->backward_begin);
  wg_release(allocator, stages->backward_end);
  *stages = (wg_stages){0};
}
