/* cross_entropy_kernel.h: the value of cross_entropy_terms for one element type; cross_entropy.c includes it once for
 * each, with REAL and NAME defined.
 *
 * With M = max z, ln Σ_j e^(z_j) − z_k = (M − z_k) + ln(1 + rest), where rest = Σ e^(z_j − M) leaves the largest element
 * out: nothing overflows, and a tiny rest, that is, a probability of nearly 1, keeps its digits. Sums are formed in
 * double for both types. */

/* ln(1 + rest) of a row, and its largest element. A NaN in the row makes one of the two NaN. */
static double NAME(log_of_sum)(int64_t n, const REAL *z, int64_t step, double *largest) {
  int64_t at = 0;
  double rest = 0;
  for (int64_t k = 1; k < n; k++) at = z[k * step] > z[at * step] ? k : at;
  *largest = z[at * step];
  for (int64_t k = 0; k < n; k++) rest += k == at ? 0 : exp(z[k * step] - *largest);
  return log1p(rest);
}

static wg_status NAME(label_term)(wg_call *call, int64_t row, const REAL *z, int64_t label, REAL *term) {
  const wg_tensor *logits = &call->in[0];
  int last = logits->shape->rank - 1;
  int64_t n = logits->shape->size[last], step = logits->stride[last];
  if (label < 0 || label >= n)
    return wg_call_fail(call, WG_ERROR_DATA, "label %lld at index %lld is not in 0 … %lld", (long long)label,
                        (long long)row, (long long)n - 1);
  double largest, log_of_sum = NAME(log_of_sum)(n, z, step, &largest);
  *term = (REAL)((largest - z[label * step]) + log_of_sum);
  return WG_OK;
}

/* A target of 0 counts 0, even where z_k = −∞. */
static wg_status NAME(row_term)(wg_call *call, int64_t row, const REAL *z, const REAL *y, REAL *term) {
  const wg_tensor *logits = &call->in[0], *targets = &call->in[1];
  int last = logits->shape->rank - 1;
  int64_t n = logits->shape->size[last], step = logits->stride[last];
  double largest, log_of_sum = NAME(log_of_sum)(n, z, step, &largest), total = 0, sum = 0;
  for (int64_t k = 0; k < n; k++) {
    double target = y[k * targets->stride[last]];
    sum += target;
    if (target != 0) total += target * ((largest - z[k * step]) + log_of_sum);
  }
  if (fabs(sum - 1) > NAME(sum_tolerance))
    return wg_call_fail(call, WG_ERROR_DATA, "the targets of row %lld sum to %.9g, not to 1", (long long)row, sum);
  *term = (REAL)total;
  return WG_OK;
}

static wg_status NAME(cross_entropy_terms)(wg_call *call) {
  const wg_tensor *z = &call->in[0], *y = &call->in[1];
  int last = z->shape->rank - 1;
  int64_t rows = wg_row_count(z->shape, last);
  wg_status status = WG_OK;
  for (int64_t row = 0; row < rows && status == WG_OK; row++) {
    const REAL *logits = (const REAL *)z->data + wg_row_start(z->shape, z->stride, last, row);
    REAL *term = (REAL *)call->out.data + row;
    if (y->dtype == WG_I64) {
      int64_t label = ((const int64_t *)y->data)[wg_row_start(y->shape, y->stride, -1, row)];
      status = NAME(label_term)(call, row, logits, label, term);
    } else {
      const REAL *targets = (const REAL *)y->data + wg_row_start(y->shape, y->stride, last, row);
      status = NAME(row_term)(call, row, logits, targets, term);
    }
  }
  return status;
}
