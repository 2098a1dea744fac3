/* study_count.c: natural numbers of any size, as what a study gives its caller; and whether there is room for them. */
#include "study_internal.h"

#include <math.h>

bool wg_big_count_of(wg_big_count *count, const wg_natural *number, const wg_allocator *allocator) {
  wg_text digits = WG_TEXT_EMPTY(allocator);
  wg_natural_print(number, &digits);
  if (digits.failed) {
    wg_text_free(&digits);
    return false;
  }
  *count = (wg_big_count){.digits = digits.data, .log2 = wg_natural_log2(number)};
  return true;
}

void wg_big_count_free(wg_big_count *count, const wg_allocator *allocator) {
  wg_release(allocator, count->digits);
  *count = (wg_big_count){0};
}

/* ---- How many digits ---- */

/* log₂ of the paths to one element, or to a node where that is not known: a double under log₂(2^a + 2^b) and +. */
static void digits_zero(void *value, const wg_allocator *allocator) {
  (void)allocator;
  *(double *)value = -INFINITY;
}
static bool digits_one(void *value) {
  *(double *)value = 0;
  return true;
}
static bool digits_extend(void *value, const void *from, const wg_edge *edge) {
  uint32_t reach;
  double *sum = value, term = *(const double *)from;
  if (wg_reach(edge->consumer, edge->input, &reach) && reach > 1) term += log2(reach);
  double high = fmax(*sum, term), low = fmin(*sum, term);
  *sum = high == -INFINITY ? high : high + log1p(exp2(low - high)) / log(2);
  return true;
}
static const wg_semiring digits_semiring = {sizeof(double), digits_zero, digits_one, digits_extend, NULL};

wg_status wg_counts_affordable(wg_node *root, size_t count, wg_node *const *wanted, wg_error *error) {
  const wg_tape *tape = wg_node_tape(root);
  if (wg_node_inert(root))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the root is NULL, or comes from a failed call");
  wg_downward *pass = wg_downward_new(root, count, wanted, &digits_semiring);
  double digits = 0;
  if (!pass) return wg_error_set(error, wg_tape_status(tape), "%s", wg_tape_error(tape));
  for (size_t id = 0; id <= wg_node_id(root); id++) {
    double size = *(const double *)wg_downward_at(pass, wg_tape_node(tape, id));
    if (size > 0) digits += size * log10(2);
  }
  wg_downward_free(pass);
  if (digits <= WG_COUNT_DIGITS_MAX) return WG_OK;
  return wg_error_set(error, WG_ERROR_ARGUMENT,
                      "the graph is too large: its numbers of paths have %.3g digits in all, more than %.3g", digits,
                      WG_COUNT_DIGITS_MAX);
}
