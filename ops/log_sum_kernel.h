/* log_sum_kernel.h: the largest element of each row, sums over rows, and ln Σ_j e^(x_j − max), for one element type; included
 * once for each, with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * Eight terms at a time are added in the type itself, these sums in double for both types: there may be many. For the
 * logarithm the largest element is left out, Σ e^(x_j − max) = 1 + rest, so that ln(1 + rest) is precise where rest is
 * tiny, that is, where a probability is nearly 1. Of several that are equal, one is left out. */

enum { NAME(TERMS) = 8 };

WG_SPECIALIZED void NAME(largest_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, REAL *largest) {
  for (int64_t r = 0; r < rows; r++) largest[r] = x[r];
  for (int64_t k = 1; k < n; k++)
    for (int64_t r = 0; r < rows; r++) largest[r] = x[k * step + r] > largest[r] ? x[k * step + r] : largest[r];
}

WG_SPECIALIZED void NAME(sum_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, double *sum) {
  for (int64_t r = 0; r < rows; r++) sum[r] = 0;
  for (int64_t first = 0; first < n; first += NAME(TERMS)) {
    const int64_t end = n - first < NAME(TERMS) ? n : first + NAME(TERMS);
    REAL part[WG_ROWS];
    for (int64_t r = 0; r < rows; r++) part[r] = 0;
    for (int64_t k = first; k < end; k++)
      for (int64_t r = 0; r < rows; r++) part[r] += x[k * step + r];
    for (int64_t r = 0; r < rows; r++) sum[r] += part[r];
  }
}

/* log_sum = ln Σ_j e^(x_j − largest); where `e` is not NULL, the terms are kept there. */
WG_SPECIALIZED void NAME(log_of_sum)(const int64_t rows, int64_t n, const REAL *x, int64_t step, const REAL *largest,
                                     REAL *e, int64_t e_step, REAL *log_sum, bool fused) {
  REAL others[WG_ROWS]; /* elements that equal the largest, without one */
  double rest[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) others[r] = -1, rest[r] = 0;
  for (int64_t first = 0; first < n; first += NAME(TERMS)) {
    const int64_t end = n - first < NAME(TERMS) ? n : first + NAME(TERMS);
    REAL part[WG_ROWS];
    for (int64_t r = 0; r < rows; r++) part[r] = 0;
    for (int64_t k = first; k < end; k++) WG_INDEPENDENT
    for (int64_t r = 0; r < rows; r++) {
      const REAL z = x[k * step + r], power = exp_below(z - largest[r]);
      part[r] += z == largest[r] ? 0 : power;
      others[r] += z == largest[r] ? 1 : 0;
      if (e) e[k * e_step + r] = power;
    }
    for (int64_t r = 0; r < rows; r++) rest[r] += part[r];
  }
  for (int64_t r = 0; r < rows; r++) log_sum[r] = log1p_above((REAL)rest[r] + others[r]);
}

/* Divides each row by its sum. */
WG_SPECIALIZED void NAME(divide_by_sum)(const int64_t rows, int64_t n, REAL *y, int64_t step) {
  REAL share[WG_ROWS];
  double sum[WG_ROWS];
  NAME(sum_of)(rows, n, y, step, sum);
  for (int64_t r = 0; r < rows; r++) share[r] = 1 / (REAL)sum[r];
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) y[k * step + r] *= share[r];
}
