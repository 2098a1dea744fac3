/* sequence.c: which nodes a plan needs, and in which order it computes them. */
#include "plan_internal.h"

static bool is_leaf(const wg_node *node) { return node->input_count == 0; }

/* How a needed node is computed: a leaf not at all; a TAIL, which is elementwise and leads to updates through other tails
 * only, as early as possible; all else in the order of the tape. */
enum { TAIL = 1, IN_ORDER = 2, LEAF = 4 };

static size_t end_of(const wg_goal *goal) {
  size_t end = 0;
  for (size_t k = 0; k < goal->count; k++)
    if (goal->outputs[k]->id >= end) end = goal->outputs[k]->id + 1;
  for (size_t k = 0; k < goal->update_count; k++) {
    if (goal->updates[k].leaf->id >= end) end = goal->updates[k].leaf->id + 1;
    if (goal->updates[k].value->id >= end) end = goal->updates[k].value->id + 1;
  }
  return end;
}

/* Marks all that the goal needs, and counts it. */
static void needed_mark(wg_sequence *sequence, const wg_tape *tape, const wg_goal *goal, unsigned char *marks) {
  for (size_t k = 0; k < goal->update_count; k++)
    marks[goal->updates[k].leaf->id] = marks[goal->updates[k].value->id] = TAIL;
  for (size_t k = 0; k < goal->count; k++) marks[goal->outputs[k]->id] = IN_ORDER;
  for (size_t id = sequence->end; id-- > 0;) {
    if (!marks[id]) continue;
    const wg_node *node = wg_tape_node(tape, id);
    if (is_leaf(node))
      marks[id] = LEAF;
    else if (marks[id] != TAIL || !(node->op->view || node->op->loop[node->inputs[0]->dtype]))
      marks[id] = IN_ORDER;
    for (int i = 0; i < node->input_count; i++) marks[node->inputs[i]->id] |= marks[id];
    sequence->leaf_count += is_leaf(node);
    sequence->count++;
  }
}

/* ---- Updates, as early as they can be ---- */

/* A tail stands behind the last node that has to come before it, so that a gradient is used up while it is in the cache,
 * and its memory is free for the next one. Numbers are ids. */
typedef struct delays {
  uint32_t *reader; /* of each node: the last one that reads it, itself or through views */
  uint32_t *ready;  /* of a tail: the node behind which it can stand */
  uint32_t *first;  /* of each node: the first of the tails that stand behind it */
  uint32_t *next;   /* … and the next after each of them */
} delays;

/* An updated leaf is written over once everybody else has read it. */
static void ready_find(delays *d, const wg_tape *tape, const wg_goal *goal, const unsigned char *marks, size_t end) {
  for (size_t id = end; id-- > 0;) {
    const wg_node *node = wg_tape_node(tape, id);
    const uint32_t last = node->op->view && d->reader[id] > id ? d->reader[id] : (uint32_t)id;
    for (int i = 0; marks[id] == IN_ORDER && i < node->input_count; i++) {
      uint32_t *reader = &d->reader[node->inputs[i]->id];
      if (*reader < last) *reader = last;
    }
  }
  for (size_t k = 0; k < goal->update_count; k++)
    d->ready[goal->updates[k].value->id] = d->reader[goal->updates[k].leaf->id];
  for (size_t id = 0; id < end; id++) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; marks[id] == TAIL && i < node->input_count; i++) {
      const size_t input = node->inputs[i]->id;
      const uint32_t ready = marks[input] == TAIL ? d->ready[input] : (uint32_t)input;
      if (d->ready[id] < ready) d->ready[id] = ready;
    }
  }
}

/* A tail waits for the first of its readers, so that it runs together with it. */
static void readers_join(delays *d, const wg_tape *tape, const wg_goal *goal, const unsigned char *marks, size_t end) {
  for (size_t id = 0; id < end; id++) d->reader[id] = d->first[id] = WG_NOWHERE;
  for (size_t k = 0; k < goal->update_count; k++)
    d->reader[goal->updates[k].value->id] = d->ready[goal->updates[k].value->id];
  for (size_t id = end; id-- > 0;) {
    if (marks[id] != TAIL) continue;
    const wg_node *node = wg_tape_node(tape, id);
    const uint32_t behind = d->reader[id];
    for (int i = 0; i < node->input_count; i++)
      if (d->reader[node->inputs[i]->id] > behind) d->reader[node->inputs[i]->id] = behind;
    d->next[id] = d->first[behind];
    d->first[behind] = (uint32_t)id;
  }
}

static bool delays_find(delays *d, const wg_tape *tape, const wg_goal *goal, const unsigned char *marks, size_t end) {
  uint32_t *memory = end < WG_NOWHERE ? wg_allocate_zeroed(&tape->allocator, end, 4 * sizeof *memory) : NULL;
  *d = (delays){.reader = memory};
  if (!memory) return false;
  d->ready = memory + end;
  d->first = memory + 2 * end;
  d->next = memory + 3 * end;
  ready_find(d, tape, goal, marks, end);
  readers_join(d, tape, goal, marks, end);
  return true;
}

/* ---- Twins ---- */

static const wg_node *without_views(const wg_node *node) {
  while (node->op->view) node = node->inputs[0];
  return node;
}

bool wg_is_twin(const wg_node *node, const wg_node *twin) {
  const wg_twin *of = node->op->twin;
  if (!of || twin->op != of->op || twin->inputs[0] != node->inputs[0]) return false;
  for (int i = 0; i < node->input_count; i++)
    if (without_views(node->inputs[i]) == twin) return false;
  return !of->fits || of->fits(node, twin);
}

/* Of each node with a twin (op.h) that the sweep recorded later, such as the softmax of a cross-entropy, that twin, by ids: it is
 * to stand right before the node. The caller gives it back; false without memory. */
static bool twins_find(uint32_t **found, const wg_tape *tape, const unsigned char *marks, size_t end) {
  bool any = false;
  *found = NULL;
  for (size_t id = 0; id < end && !any; id++) any = marks[id] == IN_ORDER && wg_tape_node(tape, id)->op->twin;
  if (!any) return true;
  uint32_t *twin = wg_allocate(&tape->allocator, end, 2 * sizeof *twin);
  if (!twin) return false;
  uint32_t *reader = twin + end; /* of an input 0 */
  for (size_t id = 0; id < end; id++) twin[id] = reader[id] = WG_NOWHERE;
  for (size_t id = 0; id < end; id++) {
    const wg_node *node = wg_tape_node(tape, id);
    if (marks[id] != IN_ORDER) continue;
    const uint32_t before = reader[node->inputs[0]->id];
    if (before != WG_NOWHERE && node->input_count == 1 && wg_is_twin(wg_tape_node(tape, before), node))
      twin[before] = (uint32_t)id;
    if (node->op->twin) reader[node->inputs[0]->id] = (uint32_t)id;
  }
  *found = twin;
  return true;
}

/* ---- The sequence ---- */

bool wg_sequence_needed(wg_sequence *sequence, const wg_tape *tape, const wg_goal *goal) {
  const wg_allocator *allocator = &tape->allocator;
  *sequence = (wg_sequence){.end = end_of(goal)};
  unsigned char *marks = wg_allocate_zeroed(allocator, sequence->end, 1);
  if (!marks) return false;
  needed_mark(sequence, tape, goal, marks);
  sequence->nodes = wg_allocate(allocator, sequence->count, sizeof *sequence->nodes);
  delays d = {0};
  uint32_t *twin = NULL;
  bool made = sequence->nodes && (!goal->update_count || delays_find(&d, tape, goal, marks, sequence->end)) &&
              twins_find(&twin, tape, marks, sequence->end);
  size_t leaves = 0, others = sequence->leaf_count;
  for (size_t id = 0; made && id < sequence->end; id++) {
    if (marks[id] == LEAF) sequence->nodes[leaves++] = wg_tape_node(tape, id);
    if (marks[id] == IN_ORDER && twin && twin[id] != WG_NOWHERE) {
      sequence->nodes[others++] = wg_tape_node(tape, twin[id]);
      marks[twin[id]] = 0;
    }
    if (marks[id] == IN_ORDER) sequence->nodes[others++] = wg_tape_node(tape, id);
    for (uint32_t k = d.first ? d.first[id] : WG_NOWHERE; k != WG_NOWHERE; k = d.next[k])
      sequence->nodes[others++] = wg_tape_node(tape, k);
  }
  wg_release(allocator, twin);
  wg_release(allocator, d.reader);
  wg_release(allocator, marks);
  return made;
}

void wg_sequence_free(wg_sequence *sequence, const wg_tape *tape) {
  wg_release(wg_tape_allocator(tape), sequence->nodes);
  *sequence = (wg_sequence){0};
}
