/* sum_kernel.h: the value of sum for one element type; sum.c includes it once for each, with REAL and NAME defined.
 *
 * n numbers are added in an order that depends on n alone, and not on strides: in blocks of 128, in each block as 8
 * interleaved sums (which a processor adds at once), and the sums of blocks in pairs, pairs of pairs and so on, so that
 * rounding errors grow with log n instead of n (Higham, Accuracy and Stability of Numerical Algorithms, 4.2).
 * Up to 16 neighbouring sums (columns) are formed together, each in that order. */

#ifndef WG_SUM_KERNEL_H
#define WG_SUM_KERNEL_H
enum { BLOCK = 128, LANES = 8, COLUMNS = 16, LEVELS = 64 };

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
#endif

/* The sum of up to one block. */
static inline REAL NAME(block_sum)(int64_t n, const REAL *x, int64_t step) {
  REAL lane[LANES] = {0};
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    for (int j = 0; j < LANES; j++) lane[j] += x[(k + j) * step];
  for (int j = 0; k + j < n; j++) lane[j] += x[(k + j) * step];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* The same for `width` neighbouring columns of contiguous rows. */
static inline void NAME(block_sums_of_rows)(int64_t n, const REAL *x, int64_t step, int64_t width, REAL *sum) {
  REAL lane[LANES][COLUMNS] = {{0}};
  for (int64_t k = 0; k < n; k++)
    for (int64_t c = 0; c < width; c++) lane[k % LANES][c] += x[k * step + c];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++)
      for (int64_t c = 0; c < width; c++) lane[j][c] += lane[j + half][c];
  memcpy(sum, lane[0], (size_t)width * sizeof *sum);
}

static void NAME(block_sums)(int64_t n, const REAL *x, int64_t step, int64_t width, int64_t column_step, REAL *sum) {
  if (column_step == 1 && width == COLUMNS)
    NAME(block_sums_of_rows)(n, x, step, COLUMNS, sum);
  else if (column_step == 1 && width >= LANES)
    NAME(block_sums_of_rows)(n, x, step, width, sum);
  else
    for (int64_t c = 0; c < width; c++)
      sum[c] = step == 1 ? NAME(block_sum)(n, x + c * column_step, 1) : NAME(block_sum)(n, x + c * column_step, step);
}

/* Copies elements first … first + n − 1 of the axes to be summed over into dense rows of `width` columns. */
static void NAME(gather)(const axes_joined *axes, int64_t first, int64_t n, const REAL *x, int64_t width,
                         int64_t column_step, REAL *rows) {
  int64_t run = axes->shape.size[axes->shape.rank - 1], step = axes->stride[axes->shape.rank - 1];
  for (int64_t k = 0; k < n;) {
    const REAL *start = x + wg_row_start(&axes->shape, axes->stride, -1, first + k);
    int64_t end = smaller(n, k + run - (first + k) % run);
    for (; k < end; k++, start += step)
      for (int64_t c = 0; c < width; c++) *rows++ = start[c * column_step];
  }
}

/* The sums of `width` columns over all the axes. */
static void NAME(sum_columns)(const axes_joined *axes, const REAL *x, int64_t width, int64_t column_step, REAL *sum) {
  REAL gathered[BLOCK * COLUMNS], partial[LEVELS][COLUMNS]; /* partial[l]: the sum of 2^l blocks */
  int64_t n = wg_row_count(&axes->shape, -1), blocks = n / BLOCK + (n % BLOCK != 0);
  int64_t step = axes->shape.rank ? axes->stride[0] : 0;
  for (int64_t block = 0; block < blocks; block++) {
    int64_t first = block * BLOCK, length = smaller(BLOCK, n - first);
    if (axes->shape.rank > 1) {
      NAME(gather)(axes, first, length, x, width, column_step, gathered);
      NAME(block_sums)(length, gathered, width, width, 1, sum);
    } else {
      NAME(block_sums)(length, x + first * step, step, width, column_step, sum);
    }
    int level = 0;
    for (; block >> level & 1; level++)
      for (int64_t c = 0; c < width; c++) sum[c] = partial[level][c] + sum[c];
    memcpy(partial[level], sum, (size_t)width * sizeof *sum);
  }
  memset(sum, 0, (size_t)width * sizeof *sum);
  for (int level = 0; blocks >> level; level++)
    for (int64_t c = 0; c < width && (blocks >> level & 1); c++) sum[c] = partial[level][c] + sum[c];
}

static wg_status NAME(sum)(wg_call *call) {
  const wg_tensor *in = &call->in[0];
  axes_joined summed = {0}, kept = {0};
  bool marked[WG_RANK_MAX];
  int twice;
  axes_mark(&call->node->attrs[AXES], in->shape->rank, marked, &twice);
  for (int axis = 0; axis < in->shape->rank; axis++)
    axes_join(marked[axis] ? &summed : &kept, in->shape->size[axis], in->stride[axis]);

  int last = kept.shape.rank - 1;
  int64_t columns = last >= 0 ? kept.shape.size[last] : 1, column_step = last >= 0 ? kept.stride[last] : 0;
  int64_t rows = wg_row_count(&kept.shape, last);
  for (int64_t row = 0; row < rows; row++) {
    const REAL *x = (const REAL *)in->data + wg_row_start(&kept.shape, kept.stride, last, row);
    REAL *sum = (REAL *)call->out.data + row * columns;
    for (int64_t c = 0; c < columns; c += COLUMNS)
      NAME(sum_columns)(&summed, x + c * column_step, smaller(COLUMNS, columns - c), column_step, sum + c);
  }
  return WG_OK;
}
