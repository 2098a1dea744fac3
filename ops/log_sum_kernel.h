/* log_sum_kernel.h: the largest element of each row, and ln Σ_j e^(x_j − max), for one element type; included once for each,
 * with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * The largest element is left out of the sum, Σ e^(x_j − max) = 1 + rest, so that ln(1 + rest) is precise where rest is
 * tiny, that is, where a probability is nearly 1. Of several that are equal, one is left out. Sums are formed in double
 * for both types: they may have many small terms. */

WG_SPECIALIZED void NAME(largest_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, REAL *largest) {
  for (int64_t r = 0; r < rows; r++) largest[r] = x[r];
  for (int64_t k = 1; k < n; k++)
    for (int64_t r = 0; r < rows; r++) largest[r] = x[k * step + r] > largest[r] ? x[k * step + r] : largest[r];
}

WG_SPECIALIZED void NAME(log_of_sum)(const int64_t rows, int64_t n, const REAL *x, int64_t step, const REAL *largest,
                                     REAL *log_sum) {
  REAL left[WG_ROWS]; /* 1 until the largest has been left out */
  double rest[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) left[r] = 1, rest[r] = 0;
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) {
      const REAL z = x[k * step + r], e = exp(z - largest[r]), leaves = z == largest[r] ? left[r] : 0;
      rest[r] += leaves != 0 ? 0 : e;
      left[r] -= leaves;
    }
  for (int64_t r = 0; r < rows; r++) log_sum[r] = log1p((REAL)rest[r]);
}
