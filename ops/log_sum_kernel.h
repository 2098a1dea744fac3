/* log_sum_kernel.h: the largest element of each row, the powers e^(x_j − max), and their sum in two parts, for one element type;
 * included once for each, with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * Powers that are 1, those of the largest element and of what equals it, are counted, and the others added: Σ = ones + rest.
 * So ln Σ = ln(1 + (rest + (ones − 1))) is precise where rest is tiny, that is, where a probability is nearly 1. Eight terms
 * at a time are added in the type itself, these sums in double for both types: there may be many. */

enum { NAME(TERMS) = 8 };

WG_SPECIALIZED void NAME(largest_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, REAL *largest) {
  for (int64_t r = 0; r < rows; r++) largest[r] = x[r];
  for (int64_t k = 1; k < n; k++)
    for (int64_t r = 0; r < rows; r++) largest[r] = x[k * step + r] > largest[r] ? x[k * step + r] : largest[r];
}

/* Up to TERMS powers of each row: those that are 1 are counted too. A NaN is none of them, and in the part. */
WG_SPECIALIZED void NAME(part_of)(const int64_t rows, int64_t n, const REAL *e, int64_t step, REAL *ones, REAL *part) {
  for (int64_t r = 0; r < rows; r++) part[r] = 0;
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) {
      const REAL power = e[k * step + r];
      ones[r] += power == 1 ? 1 : 0;
      part[r] += power == 1 ? 0 : power;
    }
}

/* Writes the powers to e, which has room for so many of each row, the last ones at the end, and forms their sum. */
WG_SPECIALIZED void NAME(powers_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, const REAL *largest,
                                    int64_t room, REAL *e, int64_t e_step, REAL *ones, REAL *rest, bool fused) {
  double total[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) ones[r] = 0, total[r] = 0;
  for (int64_t first = 0; first < n; first += room) {
    const int64_t some = n - first < room ? n - first : room;
    for (int64_t k = 0; k < some; k++) {
      WG_INDEPENDENT
      for (int64_t r = 0; r < rows; r++) e[k * e_step + r] = exp_below(x[(first + k) * step + r] - largest[r]);
    }
    if (n <= NAME(TERMS)) {
      NAME(part_of)(rows, n, e, e_step, ones, rest);
      return;
    }
    for (int64_t k = 0; k < some; k += NAME(TERMS)) {
      REAL part[WG_ROWS];
      NAME(part_of)(rows, some - k < NAME(TERMS) ? some - k : NAME(TERMS), e + k * e_step, e_step, ones, part);
      for (int64_t r = 0; r < rows; r++) total[r] += part[r];
    }
  }
  for (int64_t r = 0; r < rows; r++) rest[r] = (REAL)total[r];
}

/* Divides each power by the sum. */
WG_SPECIALIZED void NAME(shares_of)(const int64_t rows, int64_t n, const REAL *ones, const REAL *rest, REAL *e,
                                    int64_t step) {
  REAL share[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) share[r] = 1 / (ones[r] + rest[r]);
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) e[k * step + r] *= share[r];
}

/* ln Σ; NaN where there is no power of 1. */
WG_SPECIALIZED void NAME(log_of_sum)(const int64_t rows, const REAL *ones, const REAL *rest, REAL *log_sum,
                                     bool fused) {
  for (int64_t r = 0; r < rows; r++) log_sum[r] = log1p_above(rest[r] + (ones[r] - 1));
}
