/* plan_memory.c: lifetimes of the values, and their places in the plan's one allocation. */
#include "plan_internal.h"

#include <string.h>

/* ---- Lifetimes ---- */

bool wg_step_reads_alike(const wg_plan *plan, const wg_step *step, const wg_value *home, const wg_value *result) {
  for (int i = 0; i < step->input_count; i++) {
    const uint32_t index = wg_step_input(plan, step, i);
    const wg_node *input = plan->values[index].node;
    if (wg_home_of(plan, index) != home) continue;
    if (!wg_value_dense(plan, index) || !wg_shape_equal(input->shape, result->node->shape) ||
        wg_dtype_size(input->dtype) != wg_dtype_size(result->node->dtype))
      return false;
  }
  return true;
}

/* An elementwise step may write its result over input i when no later step reads that memory and it is read in no other
 * order: element k is read just before element k is written. Of a pass, whose steps run tile by tile, that goes for all
 * steps up to this one. */
static bool overwrites(const wg_plan *plan, uint32_t number, int i) {
  const wg_step *step = &plan->steps[number];
  const wg_value *result = &plan->values[step->result], *home = wg_home_of(plan, wg_step_input(plan, step, i));
  if (home->place != WG_PLACE_PLAN || home->dies != number || wg_value_bytes(home) != wg_value_bytes(result))
    return false;
  for (uint32_t k = step->tiled ? step->pass->begin : number; k <= number; k++)
    if (!wg_step_reads_alike(plan, &plan->steps[k], home, result)) return false;
  return true;
}

void wg_plan_live(wg_plan *plan) {
  for (uint32_t number = 0; plan->tuning.overwrites && number < plan->step_count; number++) {
    wg_step *step = &plan->steps[number];
    wg_value *result = &plan->values[step->result];
    if (step->kind != WG_STEP_LOOP || wg_home_of(plan, step->result)->place != WG_PLACE_PLAN) continue;
    for (int i = 0; i < step->input_count && !step->in_place; i++) {
      if (!overwrites(plan, number, i)) continue;
      wg_value *home = wg_home_of(plan, wg_step_input(plan, step, i));
      result->home = (uint32_t)(home - plan->values);
      home->dies = result->dies;
      step->in_place = true;
    }
  }
}

/* ---- Places: the free piece that fits best, in the order of the steps ---- */

typedef struct piece {
  size_t offset, size;
} piece;

typedef struct free_list {
  piece *pieces; /* by offset, no two adjacent */
  size_t count, capacity;
  size_t end; /* of all memory given out so far */
  const wg_allocator *allocator;
} free_list;

/* Cache lines for what is large; small values lie close together. */
static size_t size_padded(size_t bytes) {
  if (bytes > PTRDIFF_MAX - 64) return bytes; /* more than there is */
  size_t unit = 8;
  while (unit < bytes && unit < 64) unit *= 2;
  return (bytes + unit - 1) / unit * unit;
}

/* Offsets are multiples of 64, or of the size itself where that is a smaller power of two. */
static size_t offset_padded(size_t offset, size_t size) {
  size_t unit = size < 64 ? size : 64;
  return (offset + unit - 1) / unit * unit;
}

static bool piece_insert(free_list *list, size_t at, piece new_piece) {
  piece *pieces = wg_grow(list->allocator, list->pieces, list->count, &list->capacity, sizeof *pieces);
  if (!pieces) return false;
  list->pieces = pieces;
  memmove(pieces + at + 1, pieces + at, (list->count - at) * sizeof *pieces);
  pieces[at] = new_piece;
  list->count++;
  return true;
}

static void piece_remove(free_list *list, size_t at) {
  list->count--;
  memmove(list->pieces + at, list->pieces + at + 1, (list->count - at) * sizeof *list->pieces);
}

/* The number of pieces that begin before the offset. */
static size_t pieces_before(const free_list *list, size_t offset) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (list->pieces[middle].offset < offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool place_give_back(free_list *list, piece back) {
  size_t at = pieces_before(list, back.offset);
  if (at < list->count && back.offset + back.size == list->pieces[at].offset) {
    back.size += list->pieces[at].size;
    piece_remove(list, at);
  }
  if (at > 0 && list->pieces[at - 1].offset + list->pieces[at - 1].size == back.offset) {
    list->pieces[at - 1].size += back.size;
    return true;
  }
  return piece_insert(list, at, back);
}

static bool place_take(free_list *list, size_t size, size_t *offset) {
  size_t best = SIZE_MAX, waste = SIZE_MAX;
  for (size_t at = 0; at < list->count && waste > 0; at++) {
    piece p = list->pieces[at];
    size_t skip = offset_padded(p.offset, size) - p.offset;
    if (p.size < skip || p.size - skip < size || p.size - size >= waste) continue;
    best = at;
    waste = p.size - size;
  }
  if (best == SIZE_MAX) {
    /* Beyond all memory so far; a free piece at its end is grown. */
    bool grows = list->count && list->pieces[list->count - 1].offset + list->pieces[list->count - 1].size == list->end;
    size_t begin = grows ? list->pieces[list->count - 1].offset : list->end;
    size_t start = offset_padded(begin, size), end;
    if (!wg_size_add(start, size, &end) || end > PTRDIFF_MAX) return false;
    if (grows) piece_remove(list, list->count - 1);
    list->end = end;
    *offset = start;
    return start == begin || piece_insert(list, list->count, (piece){begin, start - begin});
  }
  piece p = list->pieces[best];
  *offset = offset_padded(p.offset, size);
  piece_remove(list, best);
  size_t before = *offset - p.offset, after = p.size - before - size;
  if (after && !piece_insert(list, best, (piece){*offset + size, after})) return false;
  return !before || piece_insert(list, best, (piece){p.offset, before});
}

/* After step `number`: gives back what it was the last to read, and what only it needed. */
static bool places_give_back(wg_plan *plan, free_list *list, const wg_step *step, uint32_t number) {
  for (int i = -1; i < step->input_count; i++) {
    wg_value *home = wg_home_of(plan, i < 0 ? step->result : wg_step_input(plan, step, i));
    if (home->place != WG_PLACE_PLAN || home->dies != number || !home->placed) continue;
    home->placed = false;
    if (!place_give_back(list, (piece){home->offset, size_padded(wg_value_bytes(home))})) return false;
  }
  const size_t scratch = step->kind == WG_STEP_KERNEL ? size_padded(step->frame->scratch_bytes) : 0;
  return !scratch || place_give_back(list, (piece){step->frame->scratch_offset, scratch});
}

static bool places_take(wg_plan *plan, free_list *list, const wg_step *step) {
  wg_value *result = &plan->values[step->result];
  const size_t bytes = size_padded(wg_value_bytes(result));
  if (result->home == step->result && result->place == WG_PLACE_PLAN && bytes) {
    if (!place_take(list, bytes, &result->offset)) return false;
    result->placed = true;
  }
  const size_t scratch = step->kind == WG_STEP_KERNEL ? size_padded(step->frame->scratch_bytes) : 0;
  return !scratch || place_take(list, scratch, &step->frame->scratch_offset);
}

bool wg_plan_place(wg_plan *plan) {
  free_list list = {.allocator = plan->allocator};
  bool placed = true;
  for (uint32_t number = 0, end; placed && number < plan->step_count; number = end) {
    const wg_step *step = &plan->steps[number];
    /* a pass writes all its results before it gives anything back */
    end = step->tiled ? step->pass->end : number + 1;
    for (uint32_t k = number; placed && k < end; k++) placed = places_take(plan, &list, &plan->steps[k]);
    for (uint32_t k = number; placed && k < end; k++) placed = places_give_back(plan, &list, &plan->steps[k], k);
  }
  wg_release(plan->allocator, list.pieces);
  plan->bytes = list.end;
  return placed;
}
