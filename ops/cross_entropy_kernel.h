/* cross_entropy_kernel.h: the value of cross_entropy_terms for one element type; cross_entropy.c includes it once for
 * each, with REAL and NAME defined. Element k of row r is at [k·step + r].
 *
 * With M = max z, ln Σ_j e^(z_j) − z_k = (M − z_k) + ln(1 + rest), where rest = Σ e^(z_j − M) leaves the largest element
 * out: nothing overflows, and a tiny rest, that is, a probability of nearly 1, keeps its digits. The powers are those of the
 * softmax, which are kept and divided by their sum where a plan wants that too. */
#include "log_sum_kernel.h"

/* Some rows of n logits each, their targets, and what is written for them. */
typedef struct NAME(some_rows) {
  int64_t n, z_step, y_step, a_step;
  const REAL *z;
  const int64_t *label; /* or, if that is NULL, */
  const REAL *y;
  int64_t room; /* elements of each row */
  REAL *a;      /* for its powers, which become the softmax if that is wanted */
  bool wanted;
  REAL *term;
  int64_t blocks; /* of WG_ROWS rows, one after the other, which all lie side by side if there are several */
} NAME(some_rows);

WG_SPECIALIZED void NAME(logarithms)(const int64_t rows, const NAME(some_rows) * s, REAL *largest, REAL *log_sum,
                                     bool fused) {
  REAL top[WG_ROWS], rest[WG_ROWS];
  NAME(row_powers)(rows, s->n, s->z, s->z_step, s->room, s->a, s->a_step, largest, top, rest, fused);
  NAME(log_of_sum)(rows, top, rest, log_sum, fused);
  if (s->wanted) NAME(shares_of)(rows, s->n, top, rest, s->a, s->a_step);
}

WG_SPECIALIZED void NAME(label_terms)(const int64_t rows, const NAME(some_rows) * s, bool fused) {
  REAL largest[WG_ROWS], log_sum[WG_ROWS], chosen[WG_ROWS];
  int32_t label[WG_ROWS]; /* as wide as f32: a vector of them decides on one of logits */
  NAME(logarithms)(rows, s, largest, log_sum, fused);
  for (int64_t r = 0; r < rows; r++) label[r] = (int32_t)s->label[r], chosen[r] = 0;
  if (rows == 1)
    chosen[0] = s->z[s->label[0] * s->z_step];
  else
    for (int64_t k = 0; k < s->n; k++)
      for (int64_t r = 0; r < rows; r++) {
        const REAL z = s->z[k * s->z_step + r];
        chosen[r] = label[r] == (int32_t)k ? z : chosen[r];
      }
  for (int64_t r = 0; r < rows; r++) s->term[r] = (largest[r] - chosen[r]) + log_sum[r];
}

/* Of targets `first` to `end` − 1 of each row: the terms and the targets themselves, added. A target of 0 counts 0, even where
 * z_k = −∞. */
WG_SPECIALIZED void NAME(part_of_targets)(const int64_t rows, int64_t first, int64_t end, const NAME(some_rows) * s,
                                          const REAL *largest, const REAL *log_sum, REAL *terms, REAL *targets) {
  for (int64_t r = 0; r < rows; r++) terms[r] = targets[r] = 0;
  for (int64_t k = first; k < end; k++)
    for (int64_t r = 0; r < rows; r++) {
      const REAL target = s->y[k * s->y_step + r];
      const REAL term = target * ((largest[r] - s->z[k * s->z_step + r]) + log_sum[r]);
      targets[r] += target;
      terms[r] += target != 0 ? term : 0;
    }
}

/* Returns whether the targets of some row do not sum to 1. */
WG_SPECIALIZED bool NAME(target_terms)(const int64_t rows, const NAME(some_rows) * s, bool fused) {
  REAL largest[WG_ROWS], log_sum[WG_ROWS], terms[WG_ROWS], targets[WG_ROWS];
  NAME(logarithms)(rows, s, largest, log_sum, fused);
  if (s->n <= NAME(TERMS)) {
    NAME(part_of_targets)(rows, 0, s->n, s, largest, log_sum, terms, targets);
  } else {
    double total[WG_ROWS], sum[WG_ROWS];
    for (int64_t r = 0; r < rows; r++) total[r] = sum[r] = 0;
    for (int64_t first = 0; first < s->n; first += NAME(TERMS)) {
      const int64_t end = s->n - first < NAME(TERMS) ? s->n : first + NAME(TERMS);
      NAME(part_of_targets)(rows, first, end, s, largest, log_sum, terms, targets);
      for (int64_t r = 0; r < rows; r++) total[r] += terms[r], sum[r] += targets[r];
    }
    for (int64_t r = 0; r < rows; r++) terms[r] = (REAL)total[r], targets[r] = (REAL)sum[r];
  }
  int wrong = 0;
  for (int64_t r = 0; r < rows; r++) {
    s->term[r] = terms[r];
    wrong |= fabs(targets[r] - 1) > (REAL)NAME(sum_tolerance);
  }
  return wrong;
}

WG_SPECIALIZED void NAME(next_block)(NAME(some_rows) * s) {
  s->blocks--;
  s->z += WG_ROWS;
  s->term += WG_ROWS;
  if (s->label) s->label += WG_ROWS;
  if (s->y) s->y += WG_ROWS;
  if (s->wanted) s->a += WG_ROWS;
}

WG_SPECIALIZED void NAME(label_blocks)(NAME(some_rows) s, bool fused) {
  for (; s.blocks > 0; NAME(next_block)(&s)) NAME(label_terms)(WG_ROWS, &s, fused);
}

WG_SPECIALIZED bool NAME(target_blocks)(NAME(some_rows) s, bool fused) {
  bool wrong = false;
  for (; s.blocks > 0; NAME(next_block)(&s)) wrong |= NAME(target_terms)(WG_ROWS, &s, fused);
  return wrong;
}

WG_ROWS_LEVELS(NAME(label_terms_beside), (const NAME(some_rows) * s), NAME(label_blocks)(*s, fused))
WG_ROWS_LEVELS(NAME(label_terms_alone), (const NAME(some_rows) * s), NAME(label_terms)(1, s, fused))
WG_ROWS_LEVELS(NAME(target_terms_beside), (const NAME(some_rows) * s, bool *wrong),
               *wrong = NAME(target_blocks)(*s, fused))
WG_ROWS_LEVELS(NAME(target_terms_alone), (const NAME(some_rows) * s, bool *wrong),
               *wrong = NAME(target_terms)(1, s, fused))

/* The rows from number `first` on, so many of each block. */
static wg_status NAME(some_labels)(wg_call *call, const wg_rows *labels, int64_t first, int64_t some,
                                   NAME(some_rows) * s) {
  int64_t copy[WG_ROWS];
  s->label = wg_labels_read(labels, first, some, copy);
  const int64_t wrong = wg_label_wrong(s->label, some * s->blocks, s->n), row = first + wrong;
  if (wrong < some * s->blocks)
    return wg_call_fail(call, WG_ERROR_DATA, "label %lld at index %lld is not in 0 … %lld", (long long)s->label[wrong],
                        (long long)row, (long long)s->n - 1);
  if (s->n <= WG_ROW_SHORT)
    WG_ROWS_AT_LEVEL(NAME(label_terms_beside), WG_ROWS, (s));
  else
    WG_ROWS_AT_LEVEL(NAME(label_terms_alone), s->n, (s));
  return WG_OK;
}

static wg_status NAME(some_targets)(wg_call *call, const wg_rows *targets, int64_t first, int64_t some,
                                    NAME(some_rows) * s) {
  REAL copy[WG_ROW_SHORT * WG_ROWS];
  bool wrong;
  s->y = NAME(wg_rows_read)(targets, first, some, copy, &s->y_step);
  if (s->n <= WG_ROW_SHORT)
    WG_ROWS_AT_LEVEL(NAME(target_terms_beside), WG_ROWS, (s, &wrong));
  else
    WG_ROWS_AT_LEVEL(NAME(target_terms_alone), s->n, (s, &wrong));
  for (int64_t r = 0, row = first; wrong && r < some * s->blocks; r++, row++) {
    double sum = 0;
    for (int64_t k = 0; k < s->n; k++) sum += s->y[k * s->y_step + r];
    if (fabs(sum - 1) > NAME(sum_tolerance))
      return wg_call_fail(call, WG_ERROR_DATA, "the targets of row %lld sum to %.9g, not to 1", (long long)row, sum);
  }
  return WG_OK;
}

static wg_status NAME(cross_entropy_terms)(wg_call *call) {
  const wg_tensor *logits = &call->in[0], *y = &call->in[1];
  const int last = logits->shape->rank - 1;
  const bool labeled = y->dtype == WG_I64;
  const wg_rows rows = wg_rows_of(logits, last), targets = wg_rows_of(y, labeled ? -1 : last);
  const wg_rows terms = wg_rows_of(&call->out, -1), shares = wg_rows_of(call->twin ? call->twin : logits, last);
  REAL z_copy[WG_ROW_SHORT * WG_ROWS], a_copy[WG_ROW_SHORT * WG_ROWS], term_copy[WG_ROWS];
  const bool beside = wg_rows_beside(&rows) && wg_rows_beside(&terms) && wg_rows_beside(&targets) &&
                      (!call->twin || wg_rows_beside(&shares));
  wg_status status = WG_OK;
  for (int64_t first = 0, some, blocks = 1; status == WG_OK && (some = wg_rows_some(&rows, &first)) > 0;
       first += some * blocks) {
    if (beside) blocks = (rows.count - first) / WG_ROWS;
    NAME(some_rows)
    s = {.n = rows.length, .wanted = call->twin, .room = rows.length, .a = a_copy, .a_step = WG_ROWS, .blocks = blocks};
    int64_t term_step;
    s.term = NAME(wg_rows_place)(&terms, first, some, term_copy, &term_step);
    s.z = NAME(wg_rows_read)(&rows, first, some, z_copy, &s.z_step);
    if (call->twin)
      s.a = NAME(wg_rows_place)(&shares, first, some, a_copy, &s.a_step);
    else if (s.n > WG_ROW_SHORT)
      s.a_step = 1, s.room = WG_ROW_SHORT * WG_ROWS;
    status = (labeled ? NAME(some_labels) : NAME(some_targets))(call, &targets, first, some, &s);
    NAME(wg_rows_write)(&terms, first, some, term_copy, s.term);
    if (call->twin) NAME(wg_rows_write)(&shares, first, some, a_copy, s.a);
  }
  return status;
}
