/* growth.h: the law by which a count grows with the size of the problem; internal to the library and the program. */
#ifndef WG_GROWTH_H
#define WG_GROWTH_H

#include <stddef.h>

typedef enum wg_growth_kind {
  WG_GROWTH_UNKNOWN, /* fewer than three sizes, or no law of these fits */
  WG_GROWTH_CONSTANT,
  WG_GROWTH_LINEAR,
  WG_GROWTH_QUADRATIC,
  WG_GROWTH_POWER,      /* n^rate */
  WG_GROWTH_EXPONENTIAL /* 2^(rate·n) */
} wg_growth_kind;

typedef struct wg_growth {
  wg_growth_kind kind;
  double rate;  /* p of n^p, or b of 2^(b·n), by least squares */
  double error; /* root of the mean squared distance of log₂ of the counts from the law */
} wg_growth;

const char *wg_growth_text(wg_growth_kind kind); /* "linear", "exponential" …; "unknown" */

/* Fits n^p and 2^(b·n) to the counts, given as logarithms to the base 2, at growing sizes above 0; the law that comes
 * nearer is the answer. Only the larger half of the sizes is looked at: lower terms fade there. */
wg_growth wg_growth_fit(size_t count, const double *sizes, const double *log2_counts);

#endif
