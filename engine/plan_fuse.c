/* plan_fuse.c: which elementwise steps go through their elements together, in one pass over memory.
 *
 * Steps that follow each other and have results of one shape form a pass if each reads what another of them writes or reads.
 * A pass runs all its steps on a tile, then on the next: what only they need stays in the cache and gets no place in the
 * plan's memory. Element k of a step needs element k of the others only, so the results have the same bits.
 *
 * An input that is broadcast or transposed is walked row by row where rows are long. Where they are short, its elements are
 * first gathered into a tile of their own, once for all tiles if every tile sees the same. */
#include "plan_internal.h"

#include <string.h>

enum { IN_MEMORY = -1 };

enum {
  PASS_STEPS = 32,  /* in one pass, at most */
  PASS_INPUTS = 48, /* values that it reads from outside, at most */
  PASS_SLOTS = 16   /* tiles that it works in, at most */
};

/* A pass being made. */
typedef struct draft {
  wg_plan *plan;
  uint32_t like;  /* its first result: all others have its shape and layout */
  wg_shape shape; /* the axes along which these are written */
  int64_t elements;
  uint32_t begin, end;           /* its steps */
  uint32_t outside[PASS_INPUTS]; /* values that it reads and does not compute */
  int outside_count;
  int rank; /* of the walk over all its elements */
  int64_t size[WG_RANK_MAX], stride[WG_RANK_MAX * PASS_INPUTS];
  bool gathered[PASS_INPUTS];
  int outside_slot[PASS_INPUTS], slot[PASS_STEPS]; /* or IN_MEMORY */
  int slot_count;
} draft;

/* ---- Which steps ---- */

static int outside_find(const draft *d, uint32_t value) {
  for (int k = 0; k < d->outside_count; k++)
    if (d->outside[k] == value) return k;
  return -1;
}

static bool inside(const draft *d, uint32_t value) {
  const uint32_t born = wg_owner_of(d->plan, value)->born;
  return born != WG_NOWHERE && born >= d->begin && born < d->end;
}

/* Adds the next step if it fits. What it reads of the pass's own results must be dense and of the same shape and layout,
 * so that element k needs no other element. */
static bool step_joins(draft *d) {
  const wg_plan *plan = d->plan;
  const wg_step *step = &plan->steps[d->end];
  if (step->kind != WG_STEP_LOOP || !wg_values_alike(plan, step->result, d->like)) return false;
  const int before = d->outside_count;
  bool linked = d->end == d->begin, fits = d->end - d->begin < PASS_STEPS;
  for (int i = 0; i < step->input_count && fits; i++) {
    const uint32_t value = wg_step_input(plan, step, i);
    if (inside(d, value)) {
      linked = true;
      fits = wg_values_alike(plan, value, d->like);
    } else if (outside_find(d, value) >= 0) {
      linked = linked || outside_find(d, value) < before;
    } else {
      fits = d->outside_count < PASS_INPUTS;
      if (fits) d->outside[d->outside_count++] = value;
    }
  }
  /* What is written over a leaf's old value: none of the steps before may read it in another order. */
  const wg_value *result = &plan->values[step->result], *home = wg_home_of(plan, step->result);
  for (uint32_t number = d->begin; home != result && number < d->end && fits; number++)
    fits = wg_step_reads_alike(plan, &plan->steps[number], home, result);
  if (fits && linked)
    d->end++;
  else
    d->outside_count = before;
  return fits && linked;
}

static void outside_collect(draft *d) {
  const uint32_t end = d->end;
  d->outside_count = 0;
  for (d->end = d->begin; d->end < end && step_joins(d);) continue;
}

/* ---- How they walk ---- */

/* One walk for all: its axes, and which inputs have to be gathered so that it is one row or has long ones. */
static void walk_find(draft *d) {
  const int count = d->outside_count;
  int64_t own[WG_RANK_MAX];
  for (int k = 0; k < count; k++) {
    wg_value_steps(d->plan, d->outside[k], d->like, own);
    for (int axis = 0; axis < d->shape.rank; axis++) d->stride[axis * count + k] = own[axis];
    d->gathered[k] = false;
  }
  d->rank = wg_axes_merge(&d->shape, count, d->stride, d->size);
  if (d->rank == 1 || d->size[d->rank - 1] >= d->plan->tuning.row) return;
  for (int k = 0; k < count; k++) {
    wg_value_steps(d->plan, d->outside[k], d->like, own);
    int64_t size[WG_RANK_MAX];
    d->gathered[k] = wg_axes_merge(&d->shape, 1, own, size) > 1;
    d->stride[k] = own[0];
  }
  d->rank = 1;
  d->size[0] = d->elements;
}

/* Whether a kernel may run the pass on parts of its result (plan_epilogue.c). */
static bool behind_kernel(const draft *d) {
  const wg_step *before = &d->plan->steps[d->begin - (d->begin > 0)];
  return before->kind == WG_STEP_ADDED || (before->kind == WG_STEP_KERNEL && before->node->op->flags & WG_OP_TELLS);
}

static bool worthwhile(const draft *d) {
  if ((d->end - d->begin > 1 || behind_kernel(d)) && d->elements > d->plan->tuning.few) return true;
  for (int k = 0; k < d->outside_count; k++)
    if (d->gathered[k]) return true;
  return false;
}

/* ---- Where they work ---- */

static uint32_t element_size(const wg_plan *plan, uint32_t value) {
  return (uint32_t)wg_dtype_size(plan->values[value].node->dtype);
}

/* The first slot that is free; IN_MEMORY if there is none. */
static int slot_take(draft *d, bool taken[PASS_SLOTS]) {
  int slot = 0;
  while (slot < PASS_SLOTS && taken[slot]) slot++;
  if (slot == PASS_SLOTS) return IN_MEMORY;
  taken[slot] = true;
  if (slot >= d->slot_count) d->slot_count = slot + 1;
  return slot;
}

/* The slot of a value that the step is the last to read; IN_MEMORY if it is another value's turn. */
static int slot_left(const draft *d, uint32_t number, uint32_t value) {
  const wg_value *owner = wg_owner_of(d->plan, value);
  return inside(d, value) && owner->dies == number ? d->slot[owner->born - d->begin] : IN_MEMORY;
}

/* Gives a slot to all that is gathered, and to each result that nobody outside needs, for as long as somebody inside
 * does. A step may write over an input that it is the last to read. False if there are not enough. */
static bool slots_find(draft *d) {
  const wg_plan *plan = d->plan;
  bool taken[PASS_SLOTS] = {false};
  d->slot_count = 0;
  for (int k = 0; k < d->outside_count; k++) {
    d->outside_slot[k] = d->gathered[k] ? slot_take(d, taken) : IN_MEMORY;
    if (d->gathered[k] && d->outside_slot[k] == IN_MEMORY) return false;
  }
  for (uint32_t number = d->begin; number < d->end; number++) {
    const wg_step *step = &plan->steps[number];
    int slot = IN_MEMORY;
    if (plan->values[step->result].dies < d->end) {
      for (int i = 0; i < step->input_count && slot == IN_MEMORY; i++) {
        const uint32_t input = wg_step_input(plan, step, i);
        if (element_size(plan, input) == element_size(plan, step->result)) slot = slot_left(d, number, input);
      }
      if (slot == IN_MEMORY) slot = slot_take(d, taken);
      if (slot == IN_MEMORY) return false;
    }
    for (int i = 0; i < step->input_count; i++) {
      const int left = slot_left(d, number, wg_step_input(plan, step, i));
      if (left != IN_MEMORY && left != slot) taken[left] = false;
    }
    d->slot[number - d->begin] = slot;
  }
  return true;
}

/* ---- The pass ---- */

/* How often the elements of a gathered input repeat: after so many it looks the same again. */
static int64_t period_of(const draft *d, const wg_gathered *gather) {
  return gather->stride[0] == 0 ? d->elements / gather->size[0] : d->elements;
}

/* As many elements as the scratch memory holds. Where inputs repeat after fewer, a multiple of that and several tiles, so
 * that they are gathered once for all. */
static int64_t tile_find(const draft *d, const wg_pass *pass) {
  uint32_t width = sizeof(float);
  int64_t period = 0, tile = d->plan->tuning.tile;
  for (uint32_t number = d->begin; number < d->end; number++)
    if (element_size(d->plan, d->plan->steps[number].result) > width) width = sizeof(double);
  for (int k = 0; k < d->outside_count; k++)
    if (d->gathered[k] && element_size(d->plan, d->outside[k]) > width) width = sizeof(double);
  if (d->slot_count && (int64_t)(pass->slot_bytes / width) < tile) tile = (int64_t)(pass->slot_bytes / width);
  for (int k = 0; k < pass->gather_count; k++) {
    const int64_t own = period_of(d, &pass->gathers[k]);
    if (own > period && own <= tile) period = own;
  }
  if (!period) return tile;
  while (tile > d->elements / 4 && tile / 2 >= d->plan->tuning.tile_small && tile / 2 >= period) tile /= 2;
  return tile / period * period;
}

static void gathers_fill(const draft *d, wg_pass *pass) {
  for (int k = 0; k < d->outside_count; k++) {
    if (!d->gathered[k]) continue;
    wg_gathered *gather = &pass->gathers[pass->gather_count++];
    *gather = (wg_gathered){.slot = d->outside_slot[k], .size_of_element = element_size(d->plan, d->outside[k])};
    wg_value_steps(d->plan, d->outside[k], d->like, gather->stride);
    gather->rank = wg_axes_merge(&d->shape, 1, gather->stride, gather->size);
  }
  pass->tile = tile_find(d, pass);
  for (int k = 0; k < pass->gather_count; k++) {
    const int64_t period = period_of(d, &pass->gathers[k]);
    pass->gathers[k].once = pass->tile % period == 0 ? period : 0;
  }
}

/* Where an input of a step is found: in a slot, or in memory with the strides of the walk. */
static wg_tile_operand input_operand(const draft *d, const wg_pass *pass, const int64_t *strides, uint32_t at) {
  const uint32_t value = d->plan->inputs[at];
  wg_tile_operand operand = {.stride = strides, .size = element_size(d->plan, value), .slot = IN_MEMORY};
  if (inside(d, value)) {
    operand.slot = d->slot[wg_owner_of(d->plan, value)->born - d->begin];
    return operand;
  }
  const int k = outside_find(d, value);
  operand.slot = d->outside_slot[k];
  operand.stride = strides + (1 + k) * d->rank;
  for (int g = 0; g < pass->gather_count; g++)
    if (pass->gathers[g].slot == operand.slot) pass->gathers[g].input = at;
  return operand;
}

/* What is the pass's own of the dense strides of results, then those of each input from outside. */
static void strides_fill(const draft *d, int64_t *strides) {
  strides[d->rank - 1] = 1;
  for (int axis = d->rank - 1; axis-- > 0;) strides[axis] = strides[axis + 1] * d->size[axis + 1];
  for (int k = 0; k < d->outside_count; k++)
    for (int axis = 0; axis < d->rank; axis++)
      strides[(1 + k) * d->rank + axis] = d->stride[axis * d->outside_count + k];
}

static bool pass_make(draft *d) {
  wg_plan *plan = d->plan;
  size_t operand_count = 0, gather_count = 0, rank = (size_t)d->rank, outside = (size_t)d->outside_count;
  for (uint32_t number = d->begin; number < d->end; number++)
    operand_count += 1 + (size_t)plan->steps[number].input_count;
  for (size_t k = 0; k < outside; k++) gather_count += d->gathered[k];
  wg_pass *pass = wg_arena_take(&plan->arena, plan->allocator, sizeof *pass);
  wg_tile_operand *operands = wg_arena_take(&plan->arena, plan->allocator, operand_count * sizeof *operands);
  wg_gathered *gathers = wg_arena_take(&plan->arena, plan->allocator, gather_count * sizeof *gathers);
  int64_t *size = wg_arena_take(&plan->arena, plan->allocator, rank * (2 + outside) * sizeof *size);
  if (!pass || !operands || !gathers || !size) return wg_plan_fail_memory(plan);

  memcpy(size, d->size, rank * sizeof *size);
  int64_t *strides = size + rank;
  strides_fill(d, strides);
  *pass = (wg_pass){.begin = d->begin,
                    .end = d->end,
                    .first = d->begin,
                    .rank = d->rank,
                    .size = size,
                    .operands = operands,
                    .gathers = gathers};
  if (d->slot_count) pass->slot_bytes = WG_TILE_SCRATCH / (size_t)d->slot_count / 64 * 64;
  gathers_fill(d, pass);
  for (uint32_t number = d->begin; number < d->end; number++) {
    wg_step *step = &plan->steps[number];
    wg_value *result = &plan->values[step->result];
    const int slot = d->slot[number - d->begin];
    *operands++ = (wg_tile_operand){.stride = strides, .size = element_size(plan, step->result), .slot = slot};
    for (int i = 0; i < step->input_count; i++)
      *operands++ = input_operand(d, pass, strides, step->input_begin + (uint32_t)i);
    step->pass = pass;
    step->tiled = true;
    if (slot != IN_MEMORY) result->place = WG_PLACE_TILE;
  }
  return true;
}

bool wg_plan_fuse(wg_plan *plan) {
  for (uint32_t number = 0; plan->tuning.fuses && number < plan->step_count;) {
    draft d = {.plan = plan, .begin = number, .end = number, .like = plan->steps[number].result};
    d.shape = wg_value_walk(plan, d.like);
    wg_shape_count(&d.shape, &d.elements);
    if (d.elements > 1)
      while (d.end < plan->step_count && step_joins(&d)) continue;
    number = d.end > d.begin ? d.end : d.begin + 1;
    if (d.end == d.begin) continue;
    for (walk_find(&d); worthwhile(&d) && !slots_find(&d);
         walk_find(&d)) { /* half of it then, and the rest by itself */
      d.end = d.begin + (d.end - d.begin) / 2;
      outside_collect(&d);
      number = d.end;
    }
    if (worthwhile(&d) && !pass_make(&d)) return false;
  }
  return true;
}
