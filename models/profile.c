/* profile.c: the steps of a plan, what they compute and move, and what bounds them. */
#include "profile.h"

#include "../engine/memory.h"
#include "../engine/op.h"
#include "study_internal.h"

#include <stdint.h>

const char *wg_phase_text(wg_phase phase) {
  static const char *const texts[WG_PHASE_COUNT] = {"forward", "reverse", "update"};
  return (unsigned)phase < WG_PHASE_COUNT ? texts[phase] : "";
}

const char *wg_bound_text(wg_bound bound) {
  static const char *const texts[WG_BOUND_COUNT] = {"compute", "memory", "cache", "overhead", "none"};
  return (unsigned)bound < WG_BOUND_COUNT ? texts[bound] : "";
}

double wg_cost_flops(const wg_cost *cost) { return (double)cost->operations + (double)cost->multiply_adds; }

/* ---- Lines ---- */

/* Which line read or wrote a node last, by its number: what several steps of a line read comes from memory once. */
typedef struct line_reads {
  size_t *line; /* 1 + its number */
  size_t count;
} line_reads;

static bool is_new(line_reads *reads, const wg_node *node, size_t line) {
  while (node->op->view && node->input_count == 1) node = node->inputs[0];
  if (node->id >= reads->count) return true;
  bool fresh = reads->line[node->id] != line + 1;
  reads->line[node->id] = line + 1;
  return fresh;
}

/* A copy belongs to what it is made for, which comes next. */
static const wg_node *purpose_of(const wg_plan *plan, const wg_plan_step *step, size_t i) {
  wg_plan_step next = *step;
  while (next.copy && wg_plan_step_at(plan, ++i, &next)) continue;
  return next.copy ? step->node : next.node;
}

static void place(wg_profile_line *line, const wg_node *node, const wg_tape_parts *parts) {
  line->phase = node->id < parts->forward_end   ? WG_PHASE_FORWARD
                : node->id < parts->reverse_end ? WG_PHASE_REVERSE
                                                : WG_PHASE_UPDATE;
  line->layer = parts->layers && node->id < parts->layer_count ? parts->layers[node->id] : 0;
}

static uint64_t sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

/* Bytes that a step of a line reads from memory and writes there. */
static uint64_t step_moves(const wg_plan_step *step, const wg_cost *work, line_reads *reads, size_t line) {
  if (step->copy) return work->bytes;
  uint64_t bytes = 0;
  for (int i = 0; i < step->node->input_count; i++)
    if (is_new(reads, step->node->inputs[i], line)) bytes = sum(bytes, wg_work_bytes_read(step->node, i));
  is_new(reads, step->node, line);
  bool written = step->bytes > 0 || step->updates;
  return written ? sum(bytes, (uint64_t)wg_node_size(step->node) * wg_dtype_size(step->node->dtype)) : bytes;
}

/* The line that begins with step `begin`; its number is for `reads`. */
static wg_profile_line line_of(const wg_plan *plan, size_t begin, size_t number, const wg_tape_parts *parts,
                               line_reads *reads) {
  wg_profile_line line = {.begin = begin, .end = begin + 1};
  wg_plan_step step;
  uint64_t most = 0;
  for (size_t i = begin; i < line.end && wg_plan_step_at(plan, i, &step); i++) {
    line.end = step.pass_end;
    wg_cost work = wg_step_work(&step);
    line.cost.steps++;
    line.cost.multiply_adds = sum(line.cost.multiply_adds, work.multiply_adds);
    line.cost.operations = sum(line.cost.operations, work.operations);
    line.cost.bytes = sum(line.cost.bytes, step_moves(&step, &work, reads, number));
    if (i > begin && work.operations <= most) continue;
    most = work.operations;
    line.lead = step;
    place(&line, purpose_of(plan, &step, i), parts);
  }
  wg_plan_profile_at(plan, begin, &line.time);
  return line;
}

wg_status wg_profile_new(wg_profile *profile, const wg_plan *plan, const wg_tape_parts *parts,
                         const wg_allocator *allocator, wg_error *error) {
  *profile = (wg_profile){.allocator = allocator ? *allocator : wg_allocator_default};
  wg_plan_step step;
  line_reads seen = {0};
  size_t lines = 0;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i = step.pass_end) {
    lines++;
    seen.count = wg_tape_count(step.node->tape);
  }
  seen.line = wg_allocate_zeroed(&profile->allocator, seen.count, sizeof *seen.line);
  profile->lines = wg_allocate(&profile->allocator, lines, sizeof *profile->lines);
  bool complete = seen.line && profile->lines;
  for (size_t i = 0; complete && profile->count < lines; i = profile->lines[profile->count++].end)
    profile->lines[profile->count] = line_of(plan, i, profile->count, parts, &seen);
  wg_release(&profile->allocator, seen.line);
  return complete ? WG_OK : wg_error_memory(error);
}

void wg_profile_free(wg_profile *profile) {
  if (profile->lines) wg_release(&profile->allocator, profile->lines);
  *profile = (wg_profile){0};
}

/* ---- Bounds ---- */

wg_bound wg_bound_of(const wg_machine *machine, const wg_cost *cost, size_t steps, double seconds, double *share) {
  *share = 1;
  if (!(seconds > 0)) return WG_BOUND_OVERHEAD;
  double compute = wg_cost_flops(cost) / machine->flops / seconds;
  double memory = (double)cost->bytes / machine->bytes / seconds;
  double overhead = (double)steps * machine->step / seconds;
  *share = compute;
  wg_bound bound = WG_BOUND_COMPUTE;
  if (memory > *share) {
    *share = memory;
    bound = memory > 1 ? WG_BOUND_CACHE : WG_BOUND_MEMORY;
  }
  if (overhead > *share || (overhead > 0.5 && bound == WG_BOUND_CACHE)) {
    *share = overhead;
    bound = WG_BOUND_OVERHEAD;
  }
  if (*share > 1) *share = 1;
  return *share < 0.25 ? WG_BOUND_NONE : bound;
}
