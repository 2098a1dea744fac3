/* study_count.c: natural numbers of any size as what a study gives its caller. */
#include "study_internal.h"

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
