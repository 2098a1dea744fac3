#include "natural.h"

#include <inttypes.h>
#include <math.h>

enum { LIMB = 1000000000, DIGITS = 9 };

void wg_natural_free(wg_natural *number) {
  wg_release(number->allocator, number->limbs);
  *number = WG_NATURAL_ZERO(number->allocator);
}

static bool push(wg_natural *number, uint32_t limb) {
  uint32_t *limbs = wg_grow(number->allocator, number->limbs, number->count, &number->capacity, sizeof *limbs);
  if (!limbs) return false;
  number->limbs = limbs;
  limbs[number->count++] = limb;
  return true;
}

bool wg_natural_add_product(wg_natural *sum, const wg_natural *term, uint32_t factor) {
  size_t length = factor ? term->count : 0;
  uint64_t carry = 0;
  for (size_t i = 0; i < length || carry; i++) {
    if (i == sum->count && !push(sum, 0)) return false;
    carry += sum->limbs[i] + (i < length ? (uint64_t)term->limbs[i] * factor : 0); /* below 2⁶³ */
    sum->limbs[i] = (uint32_t)(carry % LIMB);
    carry /= LIMB;
  }
  return true;
}

bool wg_natural_add(wg_natural *sum, const wg_natural *term) { return wg_natural_add_product(sum, term, 1); }

bool wg_natural_add_count(wg_natural *sum, uint64_t term) {
  uint32_t limbs[3];
  size_t count = 0;
  for (; term; term /= LIMB) limbs[count++] = (uint32_t)(term % LIMB);
  return wg_natural_add(sum, &(wg_natural){.limbs = limbs, .count = count});
}

void wg_natural_print(const wg_natural *number, wg_text *text) {
  if (number->count == 0)
    wg_text_add(text, "0");
  else
    wg_text_print(text, "%" PRIu32, number->limbs[number->count - 1]);
  for (size_t i = number->count ? number->count - 1 : 0; i-- > 0;) wg_text_print(text, "%09" PRIu32, number->limbs[i]);
}

/* The three highest limbs hold more digits than a double. */
double wg_natural_log2(const wg_natural *number) {
  double high = 0;
  size_t used = 0;
  for (; used < 3 && used < number->count; used++) high = high * LIMB + number->limbs[number->count - 1 - used];
  return log2(high) + (double)(number->count - used) * DIGITS * log2(10);
}
