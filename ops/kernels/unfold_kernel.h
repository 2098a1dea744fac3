/* unfold_kernel.h: windows over a tensor as a matrix and back, for one element type; product.c includes it once for each,
 * with REAL and NAME defined. */

#define VECTOR NAME(vector)
#define PART NAME(part)
#define LANES LANES_OF(REAL)

/* ---- Unfolding ---- */

/* A stretch of a run in all rows, where it is inside of the tensor: a vector at a time, down the rows. */
INLINE void NAME(unfold_inside)(const wg_unfolded *u, int64_t inner, const place *rows, const run *r, span part,
                                REAL *to, int64_t to_row) {
  const REAL *x = (const REAL *)u->data + r->from.offset;
  const int64_t step = u->columns.step[LAST_AXIS];
  for (int64_t e = part.first; e < part.end; e += LANES) {
    const int64_t count = smaller(LANES, part.end - e);
    const PART lanes = NAME(part_of)(count);
    REAL *line = to + r->first + e;
    if (step == 1)
      for (int64_t i = 0; i < inner; i++)
        NAME(store_part)(lanes, line + i * to_row, NAME(load_part)(lanes, x + e + rows[i].offset));
    else
      for (int64_t i = 0; i < inner; i++)
        for (int64_t lane = 0; lane < count; lane++) line[i * to_row + lane] = x[(e + lane) * step + rows[i].offset];
  }
}

/* A stretch that is outside in some rows, there 0. */
static void NAME(unfold_border)(const wg_unfolded *u, int64_t inner, const place *rows, const run *r, span part,
                                REAL *to, int64_t to_row) {
  const REAL *x = (const REAL *)u->data + r->from.offset;
  const int64_t step = u->columns.step[LAST_AXIS];
  to += r->first;
  for (int64_t i = 0; i < inner && part.first < part.end; i++, to += to_row) {
    const span inside = span_in_row(u, r, &rows[i]);
    int64_t e = part.first;
    if (step == 1)
      for (int64_t count; e < part.end; e += count) {
        count = smaller(LANES, part.end - e);
        const int64_t first = inside.first > e ? smaller(inside.first - e, count) : 0;
        const int64_t end = inside.end > e + first ? smaller(inside.end - e, count) : first;
        NAME(store_part)
        (NAME(part_of)(count), to + e, NAME(load_part)(NAME(part_between)(first, end), x + e + rows[i].offset));
      }
    else
      for (; e < part.end; e++) to[e] = e >= inside.first && e < inside.end ? x[e * step + rows[i].offset] : 0;
  }
}

/* `inner` rows of `width` columns from number j, as lines to_row apart; what is beyond the width becomes 0. */
static void NAME(unfold)(const wg_unfolded *u, int64_t inner, const place *rows, int64_t j, int64_t width, REAL *to,
                         int64_t to_row) {
  run r;
  for (int64_t first = 0; first < width; first += r.length) {
    r = run_of(u, j + first, first, width - first);
    const span inside = span_in_all_rows(u, &r);
    NAME(unfold_border)(u, inner, rows, &r, (span){0, inside.first}, to, to_row);
    NAME(unfold_inside)(u, inner, rows, &r, inside, to, to_row);
    NAME(unfold_border)(u, inner, rows, &r, (span){inside.end, r.length}, to, to_row);
  }
  for (int64_t i = 0; i < inner && width < to_row; i++)
    memset(to + i * to_row + width, 0, (size_t)(to_row - width) * sizeof *to);
}

/* ---- Folding ---- */

/* `taps` rows that differ along the last axis alone, in the columns of one run: every element of the tensor gets the sum
 * of what belongs to it. `x` is the tensor's line at 0, where element e of tap t belongs at + e·step + t·dilation. */
static void NAME(fold_line)(int64_t taps, int64_t dilation, int64_t length, int64_t step, int64_t at, const REAL *from,
                            int64_t from_row, REAL *x, int64_t size) {
  if (step != 1) {
    for (int64_t t = 0; t < taps; t++, at += dilation, from += from_row) {
      const span inside = span_within(at, step, length, size);
      for (int64_t e = inside.first; e < inside.end; e++) x[at + e * step] += from[e];
    }
    return;
  }
  const int64_t end = smaller(size, at + length + (taps - 1) * dilation);
  for (int64_t i = at < 0 ? 0 : at; i < end; i += LANES) {
    const int64_t count = smaller(LANES, end - i);
    VECTOR sum = {0};
    for (int64_t t = 0; t < taps; t++) {
      const int64_t e = i - at - t * dilation; /* in the first lane */
      const int64_t first = e < 0 ? -e : 0, stop = smaller(count, length - e);
      if (first < stop) sum += NAME(load_part)(NAME(part_between)(first, stop), from + t * from_row + e);
    }
    const PART lanes = NAME(part_of)(count);
    NAME(store_part)(lanes, x + i, NAME(load_part)(lanes, x + i) + sum);
  }
}

void WG_LEVEL(NAME(wg_fold))(const wg_unfolded *u, const wg_range *range, const void *matrix, int64_t row_step,
                             void *tensor) {
  const int64_t taps = u->rows.size[LAST_AXIS], dilation = u->rows.step[LAST_AXIS];
  run runs[RUNS];
  int64_t end_column;
  for (int64_t j = range->first_column, together; j < range->end_column; j = end_column) {
    int count = 0;
    for (end_column = j; count < RUNS && end_column < range->end_column; count++) {
      runs[count] = run_of(u, end_column, end_column - range->first_column, range->end_column - end_column);
      end_column += runs[count].length;
    }
    for (int64_t k = range->first_row; k < range->end_row; k += together) {
      const REAL *from = (const REAL *)matrix + (k - range->first_row) * row_step;
      place row;
      rows_of(u, k, 1, &row);
      together = smaller(taps - k % taps, range->end_row - k);
      for (int number = 0; number < count; number++) {
        const run *r = &runs[number];
        const int64_t at = r->from.at[LAST_AXIS] + row.at[LAST_AXIS];
        if (line_inside(u, r, &row)) NAME(fold_line)
        (together, dilation, r->length, u->columns.step[LAST_AXIS], at, from + r->first, row_step,
         (REAL *)tensor + r->from.offset + row.offset - at, u->size[LAST_AXIS]);
      }
    }
  }
}

#undef VECTOR
#undef PART
#undef LANES
