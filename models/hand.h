/* hand.h: net D differentiated by hand, in plain C loops without any engine: what the reverse sweep is compared
 * with. */
#ifndef WG_HAND_H
#define WG_HAND_H

#include "../engine/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All values of net D, f64, row-major. dV is ∂V as the lecture writes it: 1/m stands at the parameters, so dZ2, dA1 and
 * dZ1 are m times what a chain-rule engine has there, and dW1, db1, dW2, db2 are the same. */
typedef struct wg_hand {
  int64_t samples, features, hidden, classes;
  double *Z1, *A1; /* (m,hidden) */
  double *Z2, *A2; /* (m,classes) */
  double J;
  double *dZ2;       /* (m,classes) */
  double *dW2, *db2; /* (hidden,classes), (1,classes) */
  double *dA1, *dZ1; /* (m,hidden) */
  double *dW1, *db1; /* (features,hidden), (1,hidden) */
  double *memory;    /* the one allocation that holds them all */
  wg_allocator allocator;
} wg_hand;

/* Room for these sizes, or NULL without memory, for negative sizes and for sizes that overflow. The caller frees it. */
WG_API wg_hand *wg_hand_new(int64_t samples, int64_t features, int64_t hidden, int64_t classes,
                            const wg_allocator *allocator);
WG_API void wg_hand_free(wg_hand *hand);

/* The forward pass and the lecture's seven lines. X is (m,features), Y (m,classes) with rows that sum to 1, W1
 * (features,hidden), b1 (1,hidden), W2 (hidden,classes), b2 (1,classes). J is NaN without samples. */
WG_API void wg_hand_run(wg_hand *hand, const double *X, const double *Y, const double *W1, const double *b1,
                        const double *W2, const double *b2);

#ifdef __cplusplus
}
#endif
#endif
