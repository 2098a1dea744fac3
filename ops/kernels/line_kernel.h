/* line_kernel.h: the product of a matrix and a vector for one element type; line.c includes it once for each, with REAL and
 * NAME defined. */

#define VECTOR NAME(vector)
#define PART NAME(part)
#define LANES LANES_OF(REAL)
#define SUM_LANES ((int)(LANE_BYTES / sizeof(REAL)))

/* y_i = Σ_k m_{i,k} x_k: where lines of m, and elements of a line, are so many elements apart. */
typedef struct NAME(line_product) {
  const REAL *m, *x, *term; /* term: NULL for none */
  REAL *y;
  int64_t count, inner, m_line, m_step, x_step, y_step, term_step;
} NAME(line_product);

static NAME(line_product) NAME(line_product_of)(const wg_product *p, const wg_range *range) {
  if (p->rows == 1) {
    const int64_t first = range->first_column;
    return (NAME(line_product)){.m = (const REAL *)p->b.data + first * p->b.column,
                                .x = p->a.data,
                                .y = (REAL *)p->c + first,
                                .count = range->end_column - first,
                                .inner = p->inner,
                                .m_line = p->b.column,
                                .m_step = p->b.row,
                                .x_step = p->a.column,
                                .y_step = 1,
                                .term = NAME(further)(p->term.data, first * p->term.column),
                                .term_step = p->term.column};
  }
  const int64_t first = range->first_row;
  return (NAME(line_product)){.m = (const REAL *)p->a.data + first * p->a.row,
                              .x = p->b.data,
                              .y = (REAL *)p->c + first * p->c_row,
                              .count = range->end_row - first,
                              .inner = p->inner,
                              .m_line = p->a.row,
                              .m_step = p->a.column,
                              .x_step = p->b.row,
                              .y_step = p->c_row,
                              .term = NAME(further)(p->term.data, first * p->term.row),
                              .term_step = p->term.row};
}

/* ---- Lane l of the sums of some y, each y in a lane of its own: sums[l][v] ---- */

/* Lines lie along m: lanes are those of vectors along a line; they are then transposed. What is missing of LANES lines
 * repeats the last one. */
static void NAME(sums_along)(const REAL *m, int64_t m_line, int64_t lines, const REAL *x, int64_t n,
                             VECTOR sums[SUM_LANES][WIDE]) {
  VECTOR lanes[LANES][PARTS];
  for (int first = 0; first < LANES; first += TOGETHER) {
    const REAL *line[TOGETHER];
    VECTOR sum[TOGETHER][PARTS] = {{{0}}};
    UNROLL
    for (int i = 0; i < TOGETHER; i++) line[i] = m + smaller(first + i, lines - 1) * m_line;
    int64_t k = 0;
    for (; k + SUM_LANES <= n; k += SUM_LANES) {
      UNROLL
      for (int p = 0; p < PARTS; p++) {
        const VECTOR some = NAME(load)(x + k + p * LANES);
        UNROLL
        for (int i = 0; i < TOGETHER; i++)
          sum[i][p] = NAME(fused)(some, NAME(load)(line[i] + k + p * LANES), sum[i][p]);
      }
    }
    for (int p = 0; p < PARTS && k < n; p++, k += LANES) {
      const PART rest = NAME(part_of)(smaller(LANES, n - k));
      const VECTOR some = NAME(load_part)(rest, x + k);
      UNROLL
      for (int i = 0; i < TOGETHER; i++) sum[i][p] = NAME(fused)(some, NAME(load_part)(rest, line[i] + k), sum[i][p]);
    }
    UNROLL
    for (int i = 0; i < TOGETHER; i++) {
      UNROLL
      for (int p = 0; p < PARTS; p++) lanes[first + i][p] = sum[i][p];
    }
  }
  const char *from[QUARTERS];
  for (int q = 0; q < QUARTERS; q++) from[q] = (const char *)lanes[q * NAME(DEPTH)];
  for (int l = 0; l < SUM_LANES; l += NAME(DEPTH)) {
    NAME(transpose_even)(from, LANE_BYTES, (REAL *)sums[l], WIDE * LANES);
    for (int q = 0; q < QUARTERS; q++) from[q] += NAME(DEPTH) * sizeof(REAL);
  }
}

/* Adds the products of one k. */
INLINE void NAME(line_add)(const int vectors, PART last, const REAL *m, REAL x, VECTOR sum[WIDE]) {
  const VECTOR factor = NAME(all)(x);
  UNROLL
  for (int v = 0; v < vectors - 1; v++) sum[v] = NAME(fused)(factor, NAME(load)(m + v * LANES), sum[v]);
  const VECTOR end = NAME(load_part)(last, m + (vectors - 1) * LANES);
  sum[vectors - 1] = NAME(fused)(factor, end, sum[vectors - 1]);
}

/* Lines lie side by side: every SUM_LANES-th k belongs to the same lane. */
INLINE void NAME(sums_across)(const int vectors, PART last, const REAL *m, int64_t m_step, const REAL *x,
                              int64_t x_step, int64_t n, VECTOR sums[SUM_LANES][WIDE]) {
  for (int l = 0; l < SUM_LANES; l += LANES_AT_ONCE) {
    VECTOR sum[LANES_AT_ONCE][WIDE] = {{{0}}};
    int64_t k = l;
    for (; k + LANES_AT_ONCE <= n; k += SUM_LANES) {
      UNROLL
      for (int at = 0; at < LANES_AT_ONCE; at++)
        NAME(line_add)(vectors, last, m + (k + at) * m_step, x[(k + at) * x_step], sum[at]);
    }
    UNROLL
    for (int at = 0; at < LANES_AT_ONCE; at++)
      if (k + at < n) NAME(line_add)(vectors, last, m + (k + at) * m_step, x[(k + at) * x_step], sum[at]);
    UNROLL
    for (int at = 0; at < LANES_AT_ONCE; at++) {
      UNROLL
      for (int v = 0; v < vectors; v++) sums[l + at][v] = sum[at][v];
    }
  }
}

/* Lines lie anywhere. What is missing of LANES lines repeats the last one. */
static void NAME(sums_apart)(const REAL *m, int64_t m_line, int64_t m_step, int64_t lines, const REAL *x,
                             int64_t x_step, int64_t n, VECTOR sums[SUM_LANES][WIDE]) {
  memset(sums, 0, SUM_LANES * sizeof *sums);
  for (int64_t k = 0; k < n; k++, m += m_step, x += x_step) {
    VECTOR *sum = sums[k % SUM_LANES], some;
    for (int lane = 0; lane < LANES; lane++) some[lane] = m[smaller(lane, lines - 1) * m_line];
    sum[0] = NAME(fused)(NAME(all)(*x), some, sum[0]);
  }
}

/* ---- The product ---- */

/* Adds up lanes in halves, l + 8, then l + 4 …, and writes some y, or adds to them. */
INLINE void NAME(lanes_end)(const int vectors, VECTOR sums[SUM_LANES][WIDE], bool begins, int64_t count, REAL *y,
                            int64_t y_step) {
  UNROLL
  for (int v = 0; v < vectors; v++) {
    for (int half = SUM_LANES / 2; half > 0; half /= 2)
      for (int l = 0; l < half; l++) sums[l][v] += sums[l + half][v];
    const int64_t some = smaller(LANES, count - v * LANES);
    const PART part = NAME(part_of)(some);
    REAL *to = y + v * LANES * y_step;
    if (y_step == 1)
      NAME(store_part)(part, to, begins ? sums[0][v] : NAME(load_part)(part, to) + sums[0][v]);
    else
      for (int64_t i = 0; i < some; i++) to[i * y_step] = begins ? sums[0][v][i] : to[i * y_step] + sums[0][v][i];
  }
}

void WG_LEVEL(NAME(wg_line))(const wg_product *product, const wg_range *range, const wg_product_scratch *scratch) {
  (void)scratch;
  const NAME(line_product) p = NAME(line_product_of)(product, range);
  VECTOR sums[SUM_LANES][WIDE];
  REAL dense[WG_NARROW_BLOCK];
  for (int64_t k = 0, n; k < p.inner; k += n) {
    n = smaller(WG_NARROW_BLOCK, p.inner - k);
    const REAL *m = p.m + k * p.m_step, *x = p.x + k * p.x_step;
    for (int64_t at = 0; p.m_step == 1 && p.x_step != 1 && at < n; at++) dense[at] = x[at * p.x_step];
    for (int64_t i = 0, some; i < p.count; i += some) {
      some = smaller(p.m_line == 1 ? WIDE * LANES : LANES, p.count - i);
      REAL *y = p.y + i * p.y_step;
      const PART last = NAME(part_of)((some - 1) % LANES + 1);
      if (p.m_step == 1)
        NAME(sums_along)(m + i * p.m_line, p.m_line, some, p.x_step == 1 ? x : dense, n, sums);
      else if (p.m_line != 1)
        NAME(sums_apart)(m + i * p.m_line, p.m_line, p.m_step, some, x, p.x_step, n, sums);
      else if (some > (WIDE - 1) * LANES)
        NAME(sums_across)(WIDE, last, m + i, p.m_step, x, p.x_step, n, sums);
      else
        NAME(sums_across)(1, NAME(part_of)(some = smaller(some, LANES)), m + i, p.m_step, x, p.x_step, n, sums);
      if (some > LANES)
        NAME(lanes_end)(WIDE, sums, k == 0, some, y, p.y_step);
      else
        NAME(lanes_end)(1, sums, k == 0, some, y, p.y_step);
    }
  }
  for (int64_t i = 0; p.term && i < p.count; i++) p.y[i * p.y_step] += p.term[i * p.term_step];
  if (product->done) product->done(product->context, range);
}

#undef VECTOR
#undef PART
#undef LANES
#undef SUM_LANES
