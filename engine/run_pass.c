/* run_pass.c: elementwise steps that go through their elements together, tile by tile. */
#include "plan_internal.h"

#include <stdalign.h>
#include <string.h>

/* ---- Gathering ---- */

/* How many elements row number `row` of a walk is away from its first one; rows are along the last axis. */
static int64_t row_offset(int rank, const int64_t *size, const int64_t *stride, int64_t row) {
  int64_t offset = 0;
  for (int axis = rank - 2; axis > 0; axis--) {
    offset += row % size[axis] * stride[axis];
    row /= size[axis];
  }
  return rank > 1 ? offset + row * stride[0] : offset;
}

#define GATHER(type, name)                                                                                             \
  static void name(const wg_gathered *gather, const type *base, int64_t first, int64_t n, type *to) {                  \
    const int64_t length = gather->size[gather->rank - 1], stride = gather->stride[gather->rank - 1];                  \
    int64_t row = first / length, at = first % length;                                                                 \
    for (int64_t k = 0; k < n; row++, at = 0) {                                                                        \
      const type *from = base + row_offset(gather->rank, gather->size, gather->stride, row);                           \
      const int64_t end = n - k < length - at ? at + n - k : length;                                                   \
      for (; at < end; at++) to[k++] = from[at * stride];                                                              \
    }                                                                                                                  \
  }
GATHER(uint32_t, gather_4)
GATHER(uint64_t, gather_8)

/* Elements first … first + n − 1 of the pass; those of an input that repeats are gathered once, then doubled. */
static void gather(const wg_gathered *gather, const void *base, int64_t first, int64_t n, void *to) {
  const int64_t some = gather->once && gather->once < n ? gather->once : n;
  const size_t size = gather->size_of_element, bytes = (size_t)n * size;
  if (size == sizeof(uint32_t))
    gather_4(gather, base, first, some, to);
  else
    gather_8(gather, base, first, some, to);
  for (size_t done = (size_t)some * size; done < bytes; done *= 2)
    memcpy((unsigned char *)to + done, to, done < bytes - done ? done : bytes - done);
}

/* ---- One tile after the other ---- */

/* Part of a pass: rows first_row … end_row − 1, of each the elements first … end − 1. */
typedef struct stretch {
  const wg_plan *plan;
  const wg_pass *pass;
  int64_t first_row, end_row, first, end;
} stretch;

static const void *operand_at(const wg_pass *pass, const wg_tile_operand *operand, const void *base,
                              const unsigned char *scratch, int64_t row, int64_t at) {
  if (operand->slot >= 0) return scratch + (size_t)operand->slot * pass->slot_bytes;
  const int64_t elements =
      row_offset(pass->rank, pass->size, operand->stride, row) + at * operand->stride[pass->rank - 1];
  return (const unsigned char *)base + elements * (int64_t)operand->size;
}

static void tile_run(const stretch *s, unsigned char *scratch, int64_t row, int64_t at, int64_t n) {
  const wg_pass *pass = s->pass;
  const wg_tile_operand *operand = pass->operands;
  for (uint32_t number = pass->begin; number < pass->end; number++) {
    const wg_step *step = &s->plan->steps[number];
    const void *const *bases = s->plan->in + step->input_begin, *in[WG_LOOP_INPUTS_MAX];
    int64_t stride[WG_LOOP_INPUTS_MAX];
    void *out = (void *)operand_at(pass, operand++, step->out, scratch, row, at);
    for (int i = 0; i < step->input_count; i++, operand++) {
      in[i] = operand_at(pass, operand, bases[i], scratch, row, at);
      stride[i] = operand->slot >= 0 ? 1 : operand->stride[pass->rank - 1];
    }
    step->loop(step->node, n, out, in, stride);
  }
}

static void stretch_run(const stretch *s) {
  alignas(64) unsigned char scratch[WG_TILE_SCRATCH];
  const wg_pass *pass = s->pass;
  for (int64_t row = s->first_row; row < s->end_row; row++)
    for (int64_t at = s->first; at < s->end; at += pass->tile) {
      const int64_t n = s->end - at < pass->tile ? s->end - at : pass->tile;
      for (int k = 0; k < pass->gather_count; k++) {
        const wg_gathered *g = &pass->gathers[k];
        if (g->once && at > s->first) continue;
        gather(g, s->plan->in[g->input], at, n, scratch + (size_t)g->slot * pass->slot_bytes);
      }
      tile_run(s, scratch, row, at, n);
    }
}

/* ---- In pieces ---- */

typedef struct pieces {
  const wg_plan *plan;
  const wg_pass *pass;
  int64_t rows, row; /* how many, and the elements of one */
  int64_t rows_of_piece, elements_of_piece;
} pieces;

/* Long rows are cut at tiles, short ones stay whole. */
static void piece_run(void *context, int64_t piece) {
  const pieces *p = context;
  const int64_t cuts = p->row > p->elements_of_piece ? (p->row - 1) / p->elements_of_piece + 1 : 1;
  stretch s = {.plan = p->plan, .pass = p->pass, .first_row = piece / cuts * p->rows_of_piece};
  s.end_row = p->rows - s.first_row < p->rows_of_piece ? p->rows : s.first_row + p->rows_of_piece;
  s.first = piece % cuts * p->elements_of_piece;
  s.end = p->row - s.first < p->elements_of_piece ? p->row : s.first + p->elements_of_piece;
  stretch_run(&s);
}

void wg_pass_run(const wg_plan *plan, const wg_pass *pass) {
  pieces p = {.plan = plan, .pass = pass, .rows = 1, .row = pass->size[pass->rank - 1]};
  for (int axis = 0; axis < pass->rank - 1; axis++) p.rows *= pass->size[axis];
  if (p.rows == 0 || p.row == 0) return;
  const int64_t piece = plan->tuning.piece;
  p.elements_of_piece = piece > pass->tile ? piece / pass->tile * pass->tile : pass->tile;
  p.rows_of_piece = p.row < piece ? piece / p.row : 1;
  const int64_t cuts = p.row > p.elements_of_piece ? (p.row - 1) / p.elements_of_piece + 1 : 1;
  const int64_t count = ((p.rows - 1) / p.rows_of_piece + 1) * cuts;
  if (plan->threads && count > 1)
    wg_threads_run(plan->threads, count, piece_run, &p);
  else
    stretch_run(&(stretch){.plan = plan, .pass = pass, .end_row = p.rows, .end = p.row});
}

/* A pass that walks all its elements as one row goes through them row by row, or at once where whole rows are done. */
void wg_pass_run_part(const wg_epilogue *epilogue, int64_t columns, int64_t first_row, int64_t end_row,
                      int64_t first_column, int64_t end_column) {
  stretch s = {.plan = epilogue->plan, .pass = epilogue->pass};
  if (s.pass->rank == 2) {
    s.first_row = first_row, s.end_row = end_row, s.first = first_column, s.end = end_column;
    stretch_run(&s);
    return;
  }
  const int64_t together = first_column == 0 && end_column == columns ? end_row - first_row : 1;
  s.end_row = 1;
  for (int64_t row = first_row; row < end_row; row += together) {
    s.first = row * columns + first_column;
    s.end = (row + together - 1) * columns + end_column;
    stretch_run(&s);
  }
}
