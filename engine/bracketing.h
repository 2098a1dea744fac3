/* bracketing.h: what the order of multiplication costs in a chain of Jacobians; internal to the library and the program.
 *
 * y = f_n(… f_1(x)) with widths w_0 (of x) … w_n (of y) has ∂y/∂x = J_n ⋯ J_1, J_i of w_i rows and w_(i−1) columns. The
 * product is the same however it is bracketed, but its multiply-adds are not: (p,q)·(q,r) takes p·q·r. */
#ifndef WG_BRACKETING_H
#define WG_BRACKETING_H

#include "text.h"

enum { WG_BRACKETING_MAX = 512 }; /* Jacobians in a chain: the best order takes time with their cube */

typedef struct wg_bracketing {
  uint64_t reverse; /* from the output's side: ((J_n·J_(n−1))⋯)·J_1 */
  uint64_t forward; /* from the input's side: J_n·(⋯(J_2·J_1)) */
  uint64_t best; /* the least of all orders, by dynamic programming (Godbole 1973); all UINT64_MAX if they are more */
} wg_bracketing;

/* Counts for n = width_count − 1 Jacobians, 1 … WG_BRACKETING_MAX, and widths of 1 or more; and appends to `order`, if
 * not NULL, the best order: "((J3·J2)·J1)". Errors: WG_ERROR_ARGUMENT (numbers beyond these), WG_ERROR_MEMORY. */
wg_status wg_bracketing_count(size_t width_count, const int64_t *widths, wg_bracketing *counts, wg_text *order);

#endif
