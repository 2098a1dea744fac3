/* sum_kernel.h: the value of sum for one element type; sum.c includes it once for each, with REAL and NAME defined.
 *
 * n numbers are added in an order that depends on n alone, and not on strides: in blocks of 128, in each block as 8
 * interleaved sums (which a processor adds at once), and the sums of blocks in pairs, pairs of pairs and so on, so that
 * rounding errors grow with log n instead of n (Higham, Accuracy and Stability of Numerical Algorithms, 4.2).
 * Up to 32 neighbouring sums (columns) are formed together, each in that order. */

#ifndef WG_SUM_KERNEL_H
#define WG_SUM_KERNEL_H
enum { BLOCK = 128, LANES = 8, COLUMNS = 32, LEVELS = 56, BLOCKS_AT_ONCE = 4 };

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined __GNUC__
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#endif

/* ---- Vectors of LANES numbers ---- */

typedef REAL NAME(lanes) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

WG_SPECIALIZED REAL NAME(total)(const REAL lane[LANES]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* The sums of `n` blocks of dense numbers, up to BLOCKS_AT_ONCE, each of `size`. */
WG_SPECIALIZED void NAME(dense_blocks)(const int64_t n, int64_t size, const REAL *x, REAL *sum) {
  NAME(lanes) lane[BLOCKS_AT_ONCE] = {{0}};
  int64_t k = 0;
  for (; k + LANES <= size; k += LANES)
    UNROLL for (int64_t b = 0; b < n; b++) lane[b] += *(const NAME(lanes) *)(x + b * BLOCK + k);
  for (int64_t b = 0; b < n; b++) {
    REAL last[LANES];
    memcpy(last, &lane[b], sizeof last);
    for (int64_t j = 0; k + j < size; j++) last[j] += x[b * BLOCK + k + j];
    sum[b] = NAME(total)(last);
  }
}

/* The sums of up to BLOCKS_AT_ONCE blocks of n dense numbers, all whole but the last. */
WG_SPECIALIZED void NAME(blocks_inlined)(int64_t n, const REAL *x, REAL *sum) {
  const int64_t whole = n / BLOCK, rest = n % BLOCK;
  if (whole == 4)
    NAME(dense_blocks)(4, BLOCK, x, sum);
  else if (whole == 3)
    NAME(dense_blocks)(3, BLOCK, x, sum);
  else if (whole == 2)
    NAME(dense_blocks)(2, BLOCK, x, sum);
  else if (whole == 1)
    NAME(dense_blocks)(1, BLOCK, x, sum);
  if (rest) NAME(dense_blocks)(1, rest, x + whole * BLOCK, sum + whole);
}

/* Sums of up to one block over LANES neighbouring columns. */
WG_SPECIALIZED void NAME(lanes_of_columns)(int64_t n, const REAL *x, int64_t step, REAL *sum) {
  NAME(lanes) lane[LANES] = {{0}};
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    UNROLL for (int64_t j = 0; j < LANES; j++) lane[j] += *(const NAME(lanes) *)(x + (k + j) * step);
  UNROLL for (int64_t j = 0; j < LANES; j++) if (k + j < n) lane[j] += *(const NAME(lanes) *)(x + (k + j) * step);
  *(NAME(lanes) *)sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

WG_SPECIALIZED void NAME(columns_inlined)(int64_t n, const REAL *x, int64_t step, int64_t width, REAL *sum) {
  for (int64_t c = 0; c + LANES <= width; c += LANES) NAME(lanes_of_columns)(n, x + c, step, sum + c);
  if (width % LANES) NAME(lanes_of_columns)(n, x + width - LANES, step, sum + width - LANES);
}

/* The same for fewer columns of rows that follow each other: LANES rows are as many vectors as there are columns. */
WG_SPECIALIZED void NAME(rows_inlined)(int64_t n, const REAL *x, int64_t width, REAL *sum) {
  NAME(lanes) lane[LANES] = {{0}};
  REAL flat[LANES * LANES];
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    for (int64_t j = 0; j < width; j++) lane[j] += *(const NAME(lanes) *)(x + k * width + j * LANES);
  memcpy(flat, lane, sizeof flat);
  for (int64_t j = 0; j < (n - k) * width; j++) flat[j] += x[k * width + j];
  for (int64_t c = 0; c < width; c++) {
    REAL of_column[LANES];
    for (int64_t j = 0; j < LANES; j++) of_column[j] = flat[j * width + c];
    sum[c] = NAME(total)(of_column);
  }
}

LEVELS_OF(NAME(blocks), (int64_t n, const REAL *x, REAL *sum), NAME(blocks_inlined)(n, x, sum))
LEVELS_OF(NAME(columns), (int64_t n, const REAL *x, int64_t step, int64_t width, REAL *sum),
          NAME(columns_inlined)(n, x, step, width, sum))
LEVELS_OF(NAME(rows), (int64_t n, const REAL *x, int64_t width, REAL *sum), NAME(rows_inlined)(n, x, width, sum))

/* ---- Blocks ---- */

/* The sum of up to one block. */
static inline REAL NAME(block_sum)(int64_t n, const REAL *x, int64_t step) {
  REAL lane[LANES] = {0};
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    for (int j = 0; j < LANES; j++) lane[j] += x[(k + j) * step];
  for (int j = 0; k + j < n; j++) lane[j] += x[(k + j) * step];
  return NAME(total)(lane);
}

/* The same for `width` neighbouring columns. */
static void NAME(block_sums)(int64_t n, const REAL *x, int64_t step, int64_t width, int64_t column_step, REAL *sum) {
  if (column_step == 1 && width >= LANES)
    AT_LEVEL(NAME(columns), LANES * n, (n, x, step, width, sum));
  else if (column_step == 1 && step == width && width > 1)
    AT_LEVEL(NAME(rows), width * n, (n, x, width, sum));
  else
    for (int64_t c = 0; c < width; c++)
      if (step == 1)
        AT_LEVEL(NAME(blocks), n, (n, x + c * column_step, sum + c));
      else
        sum[c] = NAME(block_sum)(n, x + c * column_step, step);
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

/* ---- Sums of blocks ---- */

/* Adds the sums of block number `block` to those that it makes a pair with: partial[l] is the sum of 2^l blocks. */
static inline void NAME(pairs_add)(int64_t block, int64_t width, REAL *sum, REAL (*partial)[COLUMNS]) {
  int level = 0;
  for (; block >> level & 1; level++)
    for (int64_t c = 0; c < width; c++) sum[c] = partial[level][c] + sum[c];
  memcpy(partial[level], sum, (size_t)width * sizeof *sum);
}

static inline void NAME(pairs_end)(int64_t blocks, int64_t width, REAL *sum, REAL (*partial)[COLUMNS]) {
  memset(sum, 0, (size_t)width * sizeof *sum);
  for (int level = 0; blocks >> level; level++)
    for (int64_t c = 0; c < width && (blocks >> level & 1); c++) sum[c] = partial[level][c] + sum[c];
}

/* The sum of 1 … BLOCKS_AT_ONCE blocks, as by pairs_add and pairs_end, which for so few take longer than the numbers. */
static inline REAL NAME(few_blocks_end)(int64_t blocks, const REAL *sum) {
  if (blocks == 1) return sum[0];
  const REAL pair = sum[0] + sum[1];
  return blocks == 2 ? pair + 0 : blocks == 3 ? pair + (sum[2] + 0) : pair + (sum[2] + sum[3]) + 0;
}

/* The sum of n dense numbers. */
static REAL NAME(sum_dense)(int64_t n, const REAL *x) {
  enum { SOME = BLOCK * BLOCKS_AT_ONCE };
  REAL sum[BLOCKS_AT_ONCE] = {0}, partial[LEVELS][COLUMNS];
  int64_t block = 0;
  if (n <= SOME) {
    AT_LEVEL(NAME(blocks), n, (n, x, sum));
    return NAME(few_blocks_end)((n + BLOCK - 1) / BLOCK, sum);
  }
  for (int64_t k = 0; k < n; k += SOME) {
    const int64_t some = smaller(SOME, n - k);
    AT_LEVEL(NAME(blocks), some, (some, x + k, sum));
    for (int64_t b = 0; b * BLOCK < some; b++) NAME(pairs_add)(block++, 1, sum + b, partial);
  }
  NAME(pairs_end)(block, 1, sum, partial);
  return sum[0];
}

/* The sums of `width` columns over all the axes. */
static void NAME(sum_columns)(const axes_joined *axes, const REAL *x, int64_t width, int64_t column_step, REAL *sum) {
  REAL gathered[BLOCK * COLUMNS], partial[LEVELS][COLUMNS];
  int64_t n = wg_row_count(&axes->shape, -1), blocks = n / BLOCK + (n % BLOCK != 0);
  int64_t step = axes->shape.rank ? axes->stride[0] : 0;
  if (blocks == 1 && axes->shape.rank <= 1) {
    NAME(block_sums)(n, x, step, width, column_step, sum);
    return;
  }
  for (int64_t block = 0; block < blocks; block++) {
    int64_t first = block * BLOCK, length = smaller(BLOCK, n - first);
    if (axes->shape.rank > 1) {
      NAME(gather)(axes, first, length, x, width, column_step, gathered);
      NAME(block_sums)(length, gathered, width, width, 1, sum);
    } else {
      NAME(block_sums)(length, x + first * step, step, width, column_step, sum);
    }
    NAME(pairs_add)(block, width, sum, partial);
  }
  NAME(pairs_end)(blocks, width, sum, partial);
}

/* Part number `piece` of the rows of columns. */
static void NAME(sum_piece)(void *context, int64_t piece) {
  const sum_work *work = context;
  const wg_call *call = work->call;
  const axes_joined *kept = &work->kept;
  const int last = kept->shape.rank - 1;
  const int64_t columns = work->columns, column_step = last >= 0 ? kept->stride[last] : 0;
  const int64_t end = smaller(work->rows, (piece + 1) * work->rows_of_piece);
  for (int64_t row = piece * work->rows_of_piece; row < end; row++) {
    const REAL *x = (const REAL *)call->in[0].data + wg_row_start(&kept->shape, kept->stride, last, row);
    REAL *sum = (REAL *)call->out.data + row * columns;
    if (work->summed.shape.rank == 1 && work->summed.stride[0] == 1)
      for (int64_t c = 0; c < columns; c++) sum[c] = NAME(sum_dense)(work->summed.shape.size[0], x + c * column_step);
    else
      for (int64_t c = 0; c < columns; c += COLUMNS)
        NAME(sum_columns)(&work->summed, x + c * column_step, smaller(COLUMNS, columns - c), column_step, sum + c);
  }
}

static wg_status NAME(sum)(wg_call *call) {
  const wg_tensor *in = &call->in[0];
  if (wg_row_count(call->out.shape, -1) == 1 && wg_tensor_dense(in)) {
    *(REAL *)call->out.data = NAME(sum_dense)(wg_row_count(in->shape, -1), in->data);
    return WG_OK;
  }
  sum_work work;
  const int64_t pieces = sum_cut(&work, call);
  wg_call_parallel(call, pieces, NAME(sum_piece), &work);
  return WG_OK;
}
