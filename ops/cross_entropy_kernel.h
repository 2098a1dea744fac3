/* cross_entropy_kernel.h: the value of cross_entropy_terms for one element type; cross_entropy.c includes it once for
 * each, with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * With M = max z, ln Σ_j e^(z_j) − z_k = (M − z_k) + ln(1 + rest), where rest = Σ e^(z_j − M) leaves the largest element
 * out: nothing overflows, and a tiny rest, that is, a probability of nearly 1, keeps its digits. */

WG_SPECIALIZED void NAME(label_terms)(const int64_t rows, int64_t n, const REAL *z, int64_t step, const int64_t *label,
                                      REAL *term) {
  REAL largest[WG_ROWS], log_sum[WG_ROWS], chosen[WG_ROWS];
  NAME(largest_of)(rows, n, z, step, largest);
  NAME(log_of_sum)(rows, n, z, step, largest, log_sum);
  for (int64_t r = 0; r < rows; r++) chosen[r] = 0;
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) chosen[r] = label[r] == k ? z[k * step + r] : chosen[r];
  for (int64_t r = 0; r < rows; r++) term[r] = (largest[r] - chosen[r]) + log_sum[r];
}

/* A target of 0 counts 0, even where z_k = −∞. */
WG_SPECIALIZED void NAME(target_terms)(const int64_t rows, int64_t n, const REAL *z, int64_t step, const REAL *y,
                                       int64_t y_step, REAL *term, double *sum) {
  REAL largest[WG_ROWS], log_sum[WG_ROWS];
  double total[WG_ROWS];
  NAME(largest_of)(rows, n, z, step, largest);
  NAME(log_of_sum)(rows, n, z, step, largest, log_sum);
  for (int64_t r = 0; r < rows; r++) total[r] = sum[r] = 0;
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) {
      const REAL target = y[k * y_step + r], part = target * ((largest[r] - z[k * step + r]) + log_sum[r]);
      sum[r] += target;
      total[r] += target != 0 ? part : 0;
    }
  for (int64_t r = 0; r < rows; r++) term[r] = (REAL)total[r];
}

WG_ROWS_LEVELS(NAME(label_terms_beside), (int64_t n, const REAL *z, int64_t step, const int64_t *label, REAL *term),
               NAME(label_terms)(WG_ROWS, n, z, step, label, term))
WG_ROWS_LEVELS(NAME(label_terms_dense), (int64_t n, const REAL *z, const int64_t *label, REAL *term),
               NAME(label_terms)(1, n, z, 1, label, term))
WG_ROWS_LEVELS(NAME(target_terms_beside),
               (int64_t n, const REAL *z, int64_t step, const REAL *y, int64_t y_step, REAL *term, double *sum),
               NAME(target_terms)(WG_ROWS, n, z, step, y, y_step, term, sum))

/* The rows from number `first` on, whose logits are at z. */
static wg_status NAME(some_labels)(wg_call *call, const wg_rows *labels, int64_t first, int64_t some, int64_t n,
                                   const REAL *z, int64_t step, REAL *term) {
  int64_t label[WG_ROWS];
  const int64_t wrong = wg_labels_read(labels, first, some, n, label), row = first + wrong;
  if (wrong < some)
    return wg_call_fail(call, WG_ERROR_DATA, "label %lld at index %lld is not in 0 … %lld", (long long)label[wrong],
                        (long long)row, (long long)n - 1);
  if (n <= WG_ROW_SHORT)
    WG_ROWS_AT_LEVEL(NAME(label_terms_beside), WG_ROWS, (n, z, step, label, term));
  else if (step == 1)
    WG_ROWS_AT_LEVEL(NAME(label_terms_dense), n, (n, z, label, term));
  else
    NAME(label_terms)(1, n, z, step, label, term);
  return WG_OK;
}

static wg_status NAME(some_targets)(wg_call *call, const wg_rows *targets, int64_t first, int64_t some, int64_t n,
                                    const REAL *z, int64_t step, REAL *term) {
  REAL copy[WG_ROW_SHORT * WG_ROWS];
  double sum[WG_ROWS];
  int64_t y_step;
  const REAL *y = NAME(wg_rows_read)(targets, first, some, copy, &y_step);
  if (n <= WG_ROW_SHORT)
    WG_ROWS_AT_LEVEL(NAME(target_terms_beside), WG_ROWS, (n, z, step, y, y_step, term, sum));
  else
    NAME(target_terms)(1, n, z, step, y, y_step, term, sum);
  for (int64_t r = 0, row = first; r < some; r++, row++)
    if (fabs(sum[r] - 1) > NAME(sum_tolerance))
      return wg_call_fail(call, WG_ERROR_DATA, "the targets of row %lld sum to %.9g, not to 1", (long long)row, sum[r]);
  return WG_OK;
}

static wg_status NAME(cross_entropy_terms)(wg_call *call) {
  const wg_tensor *logits = &call->in[0], *y = &call->in[1];
  const int last = logits->shape->rank - 1;
  const bool labeled = y->dtype == WG_I64;
  const wg_rows rows = wg_rows_of(logits, last), targets = wg_rows_of(y, labeled ? -1 : last);
  const wg_rows terms = wg_rows_of(&call->out, -1);
  REAL copy[WG_ROW_SHORT * WG_ROWS], term_copy[WG_ROWS];
  wg_status status = WG_OK;
  for (int64_t first = 0, some; status == WG_OK && (some = wg_rows_some(&rows, first)) > 0; first += some) {
    int64_t step, term_step;
    REAL *term = NAME(wg_rows_place)(&terms, first, some, term_copy, &term_step);
    const REAL *z = NAME(wg_rows_read)(&rows, first, some, copy, &step);
    status =
        (labeled ? NAME(some_labels) : NAME(some_targets))(call, &targets, first, some, rows.length, z, step, term);
    NAME(wg_rows_write)(&terms, first, some, term_copy, term);
  }
  return status;
}
