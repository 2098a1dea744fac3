/* natural.h: natural numbers of any size, for counts that 64 bits do not hold; internal to the library and the program. */
#ifndef WG_NATURAL_H
#define WG_NATURAL_H

#include "text.h"

/* A sum of 9 decimal digits a limb, the lowest first, without zeros at the top. Made by WG_NATURAL_ZERO(allocator). */
typedef struct wg_natural {
  const wg_allocator *allocator;
  uint32_t *limbs; /* NULL for 0 */
  size_t count, capacity;
} wg_natural;

#define WG_NATURAL_ZERO(memory) ((wg_natural){.allocator = (memory)})

void wg_natural_free(wg_natural *number); /* it is 0 again */

/* sum ← sum + term, or + term·factor; false without memory: the sum is then of no use. The two may be the same. */
bool wg_natural_add(wg_natural *sum, const wg_natural *term);
bool wg_natural_add_product(wg_natural *sum, const wg_natural *term, uint32_t factor);
bool wg_natural_add_count(wg_natural *sum, uint64_t term);

/* Appends the decimal digits, "0" for 0. */
void wg_natural_print(const wg_natural *number, wg_text *text);

double wg_natural_log2(const wg_natural *number); /* −∞ for 0 */

#endif
