/* unfold.h: windows over a tensor as rows and columns of a matrix, and back. For the files of this folder only. */
#ifndef WG_UNFOLD_H
#define WG_UNFOLD_H

#include "product.h"
#include "vector.h"

enum { LAST_AXIS = WG_GRID_AXES - 1, RUNS = 64 };

/* A place in the tensor that is unfolded: in elements, and by axis; either may be relative to another place. */
typedef struct place {
  int64_t offset, at[WG_GRID_AXES];
} place;

/* Where a point of a grid lies, counted from `start`. */
static inline place place_of(const wg_unfolded *u, const wg_grid *grid, const int64_t start[WG_GRID_AXES],
                             const int64_t index[WG_GRID_AXES]) {
  place p = {0};
  for (int axis = 0; axis < WG_GRID_AXES; axis++) {
    p.at[axis] = start[axis] + index[axis] * grid->step[axis];
    p.offset = p.offset * u->size[axis] + p.at[axis];
  }
  return p;
}

/* The index of point number n of a grid, and of the point after it. */
static inline void index_of(const wg_grid *grid, int64_t n, int64_t index[WG_GRID_AXES]) {
  for (int axis = LAST_AXIS; axis >= 0; axis--, n /= grid->size[axis + 1]) index[axis] = n % grid->size[axis];
}

static inline void index_next(const wg_grid *grid, int64_t index[WG_GRID_AXES]) {
  for (int axis = LAST_AXIS; axis >= 0 && ++index[axis] == grid->size[axis]; axis--) index[axis] = 0;
}

/* Row k of the matrix and those after it, relative to the places of the columns. */
static inline void rows_of(const wg_unfolded *u, int64_t k, int64_t count, place *rows) {
  static const int64_t origin[WG_GRID_AXES] = {0};
  int64_t index[WG_GRID_AXES];
  for (int64_t i = 0; i < count; i++, index_next(&u->rows, index)) {
    if (i == 0) index_of(&u->rows, k, index);
    rows[i] = place_of(u, &u->rows, origin, index);
  }
}

/* Columns that are neighbours along the last axis: number `first` of a panel and those after it. */
typedef struct run {
  place from;
  int64_t first, length;
} run;

/* The run that begins with column j, of at most `most` columns. */
static inline run run_of(const wg_unfolded *u, int64_t j, int64_t first, int64_t most) {
  int64_t index[WG_GRID_AXES];
  index_of(&u->columns, j, index);
  return (run){place_of(u, &u->columns, u->start, index), first,
               smaller(u->columns.size[LAST_AXIS] - index[LAST_AXIS], most)};
}

/* A stretch of a run. */
typedef struct span {
  int64_t first, end;
} span;

/* Those elements at + e·step, e < length, that are in 0 … size − 1. */
static inline span span_within(int64_t at, int64_t step, int64_t length, int64_t size) {
  const int64_t room = size - at, first = at < 0 ? (-at + step - 1) / step : 0;
  const int64_t end = room > 0 ? smaller((room + step - 1) / step, length) : 0;
  return (span){smaller(first, end), end};
}

/* Whether the line of the tensor in which a run lies, in the row at `row`, is inside. */
static inline bool line_inside(const wg_unfolded *u, const run *r, const place *row) {
  for (int axis = 0; axis < LAST_AXIS; axis++) {
    const int64_t at = r->from.at[axis] + row->at[axis];
    if (at < 0 || at >= u->size[axis]) return false;
  }
  return true;
}

/* The elements of a run that are inside of the tensor, in the row at `row`. */
static inline span span_in_row(const wg_unfolded *u, const run *r, const place *row) {
  if (!line_inside(u, r, row)) return (span){0, 0};
  return span_within(r->from.at[LAST_AXIS] + row->at[LAST_AXIS], u->columns.step[LAST_AXIS], r->length,
                     u->size[LAST_AXIS]);
}

/* Those that are inside in every row. */
static inline span span_in_all_rows(const wg_unfolded *u, const run *r) {
  int64_t reach[WG_GRID_AXES];
  for (int axis = 0; axis < WG_GRID_AXES; axis++) reach[axis] = (u->rows.size[axis] - 1) * u->rows.step[axis];
  for (int axis = 0; axis < LAST_AXIS; axis++)
    if (r->from.at[axis] < 0 || r->from.at[axis] + reach[axis] >= u->size[axis]) return (span){0, 0};
  return span_within(r->from.at[LAST_AXIS], u->columns.step[LAST_AXIS], r->length,
                     u->size[LAST_AXIS] - reach[LAST_AXIS]);
}

#endif
