/* checkpoint.c: sequences that compute stages again, and plans made of them. */
#include "checkpoint_internal.h"

#include <string.h>

/* A schedule being written: the entries so far, leaves first. */
typedef struct schedule {
  const wg_tape *tape;
  const wg_stages *stages;
  wg_sequence sequence;
  size_t capacity;
  wg_checkpoint_counts counts;
  bool failed;
} schedule;

static void emit(schedule *s, const wg_node *node) {
  const wg_allocator *allocator = wg_tape_allocator(s->tape);
  const wg_node **nodes =
      s->failed ? NULL : wg_grow(allocator, s->sequence.nodes, s->sequence.count, &s->capacity, sizeof(wg_node *));
  if (!nodes) {
    s->failed = true;
    return;
  }
  s->sequence.nodes = nodes;
  nodes[s->sequence.count++] = node;
}

static void emit_forward(schedule *s, size_t stage) {
  for (size_t i = s->stages->forward_begin[stage]; i < s->stages->forward_begin[stage + 1]; i++)
    emit(s, s->stages->forward[i]);
}

static void emit_backward(schedule *s, size_t stage) {
  for (size_t i = s->stages->backward_begin[stage]; i < s->stages->backward_end[stage]; i++)
    emit(s, s->stages->backward[i]);
}

/* ---- Policies ---- */

static void schedule_all(schedule *s) {
  for (size_t t = 0; t < s->stages->count; t++) emit_forward(s, t);
  for (size_t t = s->stages->count; t-- > 0;) emit_backward(s, t);
}

/* Forward once, keeping what stands between segments; then, from the last segment, all its stages again and back. The
 * last segment's values are still there. */
static void schedule_sqrt(schedule *s) {
  size_t l = s->stages->count, length = 1;
  while (length * length < l) length++;
  size_t last = l ? (l - 1) / length * length : 0;
  for (size_t t = 0; t < l; t++) emit_forward(s, t);
  for (size_t begin = last, end = l; end > 0; end = begin, begin -= begin ? length : 0) {
    for (size_t t = begin; t < end && end < l; t++) emit_forward(s, t);
    for (size_t t = end; t-- > begin;) emit_backward(s, t);
  }
  s->counts.advances = last;
}

/* Stages begin … end − 1 are to be reversed; the checkpoint before `begin` is there. */
typedef struct task {
  size_t begin, end, slots;
} task;

static size_t split_of(const wg_checkpoint_options *options, const task *t) {
  size_t length = t->end - t->begin;
  if (options->policy == WG_CHECKPOINT_RECURSIVE) return length / 2;
  return (size_t)wg_revolve_split(length, t->slots);
}

/* Advances to the split, reverses what lies beyond it, then what lies before: the part beyond lies on top of the stack. */
static void schedule_split(schedule *s, const wg_checkpoint_options *options, size_t slots) {
  const wg_allocator *allocator = wg_tape_allocator(s->tape);
  task *stack = NULL;
  size_t depth = 0, capacity = 0;
  task next = {0, s->stages->count, slots};
  bool more = s->stages->count > 0;
  while (more && !s->failed) {
    if (next.end - next.begin == 1) {
      emit_forward(s, next.begin);
      emit_backward(s, next.begin);
      more = depth > 0;
      if (more) next = stack[--depth];
      continue;
    }
    task *grown = wg_grow(allocator, stack, depth, &capacity, sizeof *stack);
    if (!grown) {
      s->failed = true;
      break;
    }
    stack = grown;
    size_t middle = next.begin + split_of(options, &next);
    for (size_t t = next.begin; t < middle; t++) emit_forward(s, t);
    s->counts.advances += middle - next.begin;
    stack[depth++] = (task){next.begin, middle, next.slots};
    next = (task){middle, next.end, next.slots > 0 ? next.slots - 1 : 0};
  }
  wg_release(allocator, stack);
}

/* ---- Leaving out what nobody reads ---- */

/* An entry stays if a later one reads it before its node is computed again, or if it is what an output is in the end. */
static bool schedule_prune(schedule *s, size_t count, wg_node *const *outputs) {
  const wg_allocator *allocator = wg_tape_allocator(s->tape);
  wg_sequence *sequence = &s->sequence;
  unsigned char *read = wg_allocate_zeroed(allocator, sequence->end, 1);
  if (!read) return false;
  for (size_t k = 0; k < count; k++) read[outputs[k]->id] = 1;
  size_t kept = sequence->count;
  for (size_t k = sequence->count; k-- > sequence->leaf_count;) {
    const wg_node *node = sequence->nodes[k];
    if (!read[node->id]) continue;
    read[node->id] = 0;
    for (int i = 0; i < node->input_count; i++) read[node->inputs[i]->id] = 1;
    sequence->nodes[--kept] = node;
  }
  memmove(sequence->nodes + sequence->leaf_count, sequence->nodes + kept,
          (sequence->count - kept) * sizeof *sequence->nodes);
  sequence->count = sequence->leaf_count + sequence->count - kept;
  wg_release(allocator, read);
  return true;
}

/* ---- Plans ---- */

static bool schedule_make(schedule *s, const wg_sequence *needed, size_t count, wg_node *const *outputs,
                          const wg_checkpoint_options *options, size_t slots) {
  s->sequence = (wg_sequence){.leaf_count = needed->leaf_count, .end = needed->end};
  s->counts = (wg_checkpoint_counts){.stages = s->stages->count, .slots = slots};
  for (size_t k = 0; k < needed->leaf_count; k++) emit(s, needed->nodes[k]);
  switch (options->policy) {
  case WG_CHECKPOINT_ALL:
    schedule_all(s);
    break;
  case WG_CHECKPOINT_SQRT:
    schedule_sqrt(s);
    break;
  case WG_CHECKPOINT_RECURSIVE:
  case WG_CHECKPOINT_BINOMIAL:
    schedule_split(s, options, slots);
    break;
  }
  if (s->failed || !schedule_prune(s, count, outputs)) return false;
  s->counts.recomputed = s->sequence.count - needed->count;
  return true;
}

/* The plan for one number of slots, or NULL without memory. */
static wg_plan *plan_with(const wg_stages *stages, const wg_sequence *needed, size_t count, wg_node *const *outputs,
                          const wg_checkpoint_options *options, size_t slots, wg_checkpoint_counts *counts) {
  schedule s = {.tape = outputs[0]->tape, .stages = stages};
  wg_plan_tuning tuning = wg_plan_tuned;
  tuning.fuses =
      false; /* a pass keeps the first of its inputs until the last is there: nothing for a plan to be small */
  wg_plan *plan = NULL;
  if (schedule_make(&s, needed, count, outputs, options, slots))
    plan = wg_plan_make(&(wg_goal){.count = count, .outputs = outputs}, &s.sequence, &tuning);
  wg_sequence_free(&s.sequence, s.tape);
  *counts = s.counts;
  return plan;
}

static bool fits(const wg_plan *plan, size_t budget) {
  return wg_plan_status(plan) == WG_OK && (!budget || wg_plan_bytes(plan) <= budget);
}

/* The most slots with which the plan fits the budget: more slots keep more and compute less. */
static wg_plan *plan_within(const wg_stages *stages, const wg_sequence *needed, size_t count, wg_node *const *outputs,
                            const wg_checkpoint_options *options, wg_checkpoint_counts *counts) {
  size_t low = 1, high = stages->count > 1 ? stages->count : 1, least = SIZE_MAX;
  wg_plan *best = NULL;
  while (low <= high) {
    wg_checkpoint_counts tried;
    size_t slots = low + (high - low) / 2;
    wg_plan *plan = plan_with(stages, needed, count, outputs, options, slots, &tried);
    if (wg_plan_status(plan) != WG_OK) {
      wg_plan_free(best);
      return plan;
    }
    if (wg_plan_bytes(plan) < least) least = wg_plan_bytes(plan);
    if (fits(plan, options->byte_budget)) {
      wg_plan_free(best);
      best = plan;
      *counts = tried;
      low = slots + 1;
    } else {
      wg_plan_free(plan);
      high = slots - 1;
    }
  }
  if (best) return best;
  wg_plan *refused = plan_with(stages, needed, count, outputs, options, 1, counts);
  if (wg_plan_status(refused) == WG_OK)
    wg_plan_refuse(refused, WG_ERROR_ARGUMENT, "plan: %zu bytes are too few; it needs %zu even with one checkpoint",
                   options->byte_budget, least);
  return refused;
}

wg_plan *wg_plan_new_checkpointed(size_t count, wg_node *const *outputs, const wg_checkpoint_options *options,
                                  wg_checkpoint_counts *counts) {
  wg_checkpoint_counts ignored;
  if (!counts) counts = &ignored;
  *counts = (wg_checkpoint_counts){0};
  wg_plan *plan = wg_plan_new(count, outputs);
  if (wg_plan_status(plan) != WG_OK || !count) return plan;
  wg_tape *tape = outputs[0]->tape;
  const char *wrong = NULL;
  if (!options || wg_node_inert(options->root) || options->root->tape != tape)
    wrong = "there is no root of the same tape";
  if (!wrong && options->policy == WG_CHECKPOINT_BINOMIAL && !options->slots && !options->byte_budget)
    wrong = "no slots at all: the first stage's inputs need one";
  if (wrong) {
    wg_plan_refuse(plan, WG_ERROR_ARGUMENT, "checkpoints: %s", wrong);
    return plan;
  }
  wg_plan_free(plan);

  wg_sequence needed = {0};
  wg_stages stages = {0};
  plan = NULL;
  if (wg_sequence_needed(&needed, tape, &(wg_goal){.count = count, .outputs = outputs}) &&
      wg_stages_make(&stages, tape, &needed, options->root)) {
    bool search = options->policy == WG_CHECKPOINT_BINOMIAL && options->byte_budget && !options->slots;
    plan = search ? plan_within(&stages, &needed, count, outputs, options, counts)
                  : plan_with(&stages, &needed, count, outputs, options, options->slots, counts);
    if (wg_plan_status(plan) == WG_OK && !fits(plan, options->byte_budget))
      wg_plan_refuse(plan, WG_ERROR_ARGUMENT, "plan: %zu bytes are too few; this policy needs %zu",
                     options->byte_budget, wg_plan_bytes(plan));
  }
  wg_stages_free(&stages, tape);
  wg_sequence_free(&needed, tape);
  return plan;
}
