/* log_sum_kernel.h: the largest element of each row, the powers e^(x_j − max), and their sum in two parts, for one element type;
 * included once for each, with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * Σ = top + rest, where top is the largest power, 1, and rest is the sum of all others: of the largest so far, 0 to begin with,
 * and the next one, the smaller is added to it. So ln Σ = ln(1 + rest) is precise where rest is tiny, that is, where a probability is nearly 1.
 * Up to eight terms are added in the type itself, sums of eight in double for both types: there may be many. */

enum { NAME(TERMS) = 8 };

WG_SPECIALIZED void NAME(largest_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, REAL *largest) {
  for (int64_t r = 0; r < rows; r++) largest[r] = x[r];
  for (int64_t k = 1; k < n; k++)
    for (int64_t r = 0; r < rows; r++) largest[r] = x[k * step + r] > largest[r] ? x[k * step + r] : largest[r];
}

/* Elements `first` to `end` − 1 of each row: the largest so far, and the sum of the others. A NaN is in one of them. */
WG_SPECIALIZED void NAME(others_of)(const int64_t rows, int64_t first, int64_t end, const REAL *e, int64_t step,
                                    REAL *top, REAL *others) {
  for (int64_t r = 0; r < rows; r++) others[r] = 0;
  for (int64_t k = first; k < end; k++)
    for (int64_t r = 0; r < rows; r++) {
      const REAL power = e[k * step + r], before = top[r];
      others[r] += before < power ? before : power;
      top[r] = power > before ? power : before;
    }
}

/* Writes the powers to e, which has room for so many of each row, the last ones at the end, and forms their sum. */
WG_SPECIALIZED void NAME(powers_of)(const int64_t rows, int64_t n, const REAL *x, int64_t step, const REAL *largest,
                                    int64_t room, REAL *e, int64_t e_step, REAL *top, REAL *rest, bool fused) {
  double total[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) total[r] = 0, top[r] = 0;
  for (int64_t first = 0; first < n; first += room) {
    const int64_t some = n - first < room ? n - first : room;
    for (int64_t k = 0; k < some; k++) {
      WG_INDEPENDENT
      for (int64_t r = 0; r < rows; r++) e[k * e_step + r] = exp_below(x[(first + k) * step + r] - largest[r]);
    }
    if (n <= NAME(TERMS)) {
      NAME(others_of)(rows, 0, n, e, e_step, top, rest);
      return;
    }
    for (int64_t k = 0; k < some; k += NAME(TERMS)) {
      REAL part[WG_ROWS];
      const int64_t end = some - k < NAME(TERMS) ? some : k + NAME(TERMS);
      NAME(others_of)(rows, k, end, e, e_step, top, part);
      for (int64_t r = 0; r < rows; r++) total[r] += part[r];
    }
  }
  for (int64_t r = 0; r < rows; r++) rest[r] = (REAL)total[r];
}

/* The same of one long row of neighbours, and its largest element: as WG_ROWS rows, of every WG_ROWS-th element each, and of
 * the elements left over. */
WG_SPECIALIZED void NAME(powers_along)(int64_t n, const REAL *x, int64_t room, REAL *e, REAL *largest, REAL *top,
                                       REAL *rest, bool fused) {
  const int64_t length = n / WG_ROWS, whole = length * WG_ROWS, left = n - whole;
  REAL most[WG_ROWS], tops[WG_ROWS], rests[WG_ROWS], part;
  NAME(largest_of)(WG_ROWS, length, x, WG_ROWS, most);
  NAME(largest_of)(1, WG_ROWS, most, 1, largest);
  for (int64_t k = whole; k < n; k++) *largest = x[k] > *largest ? x[k] : *largest;
  for (int64_t r = 0; r < WG_ROWS; r++) most[r] = *largest;
  NAME(powers_of)(WG_ROWS, length, x, WG_ROWS, most, room / WG_ROWS, e, WG_ROWS, tops, rests, fused);
  REAL *last = room < n ? e : e + whole;
  WG_INDEPENDENT
  for (int64_t k = 0; k < left; k++) last[k] = exp_below(x[whole + k] - *largest);
  NAME(others_of)(1, 0, left, last, 1, tops, &part);
  rests[0] += part;
  for (int64_t half = WG_ROWS / 2; half > 0; half /= 2)
    for (int64_t r = 0; r < half; r++) {
      const REAL one = tops[r], other = tops[half + r];
      rests[r] += rests[half + r] + (one < other ? one : other);
      tops[r] = other > one ? other : one;
    }
  *top = tops[0];
  *rest = rests[0];
}

/* Whichever of them it is. */
WG_SPECIALIZED void NAME(row_powers)(const int64_t rows, int64_t n, const REAL *x, int64_t step, int64_t room, REAL *e,
                                     int64_t e_step, REAL *largest, REAL *top, REAL *rest, bool fused) {
  if (rows == 1 && step == 1 && e_step == 1) {
    NAME(powers_along)(n, x, room, e, largest, top, rest, fused);
  } else {
    NAME(largest_of)(rows, n, x, step, largest);
    NAME(powers_of)(rows, n, x, step, largest, room, e, e_step, top, rest, fused);
  }
}

/* Divides each power by the sum. */
WG_SPECIALIZED void NAME(shares_of)(const int64_t rows, int64_t n, const REAL *top, const REAL *rest, REAL *e,
                                    int64_t step) {
  REAL share[WG_ROWS];
  for (int64_t r = 0; r < rows; r++) share[r] = 1 / (top[r] + rest[r]);
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) e[k * step + r] *= share[r];
}

/* ln Σ; NaN where the largest power is. */
WG_SPECIALIZED void NAME(log_of_sum)(const int64_t rows, const REAL *top, const REAL *rest, REAL *log_sum, bool fused) {
  for (int64_t r = 0; r < rows; r++) log_sum[r] = log1p_above(rest[r] + (top[r] - 1));
}
