/* made.h: sets of samples in the plane that are made by seed, each hard for another reason. */
#ifndef WG_MADE_H
#define WG_MADE_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_made {
  WG_MADE_SPIRAL,  /* arms that wind around each other: wg_spiral */
  WG_MADE_MOONS,   /* two half circles, each reaching into the other: (cos t, sin t) and (1 − cos t, ½ − sin t) */
  WG_MADE_CIRCLES, /* class 0 on the circle of radius 1, class 1 on that of radius ½ inside of it */
  WG_MADE_XOR,     /* class 0 around (−1, −1) and (1, 1), class 1 around (−1, 1) and (1, −1), in turn */
  WG_MADE_BLOBS,   /* each class around a center of its own, drawn evenly from −10 to 10 in both directions */
  WG_MADE_COUNT
} wg_made;

WG_API const char *wg_made_text(wg_made set);             /* "spiral", "moons" …; "" out of range */
WG_API bool wg_made_find(const char *name, wg_made *set); /* by that text */

/* How to make one; start from wg_made_options_of. Points of a half circle or circle are evenly spaced along it. */
typedef struct wg_made_options {
  int64_t classes; /* 1 or more; 2 for moons, circles and xor */
  int64_t points;  /* of each class, 0 or more */
  double noise;    /* σ ≥ 0: N(0, σ²) is added to both coordinates, or to the spiral's angles */
  uint64_t seed;
  bool test; /* other points than without, of the same shape: the same centers of blobs */
} wg_made_options;

/* The usual: 100 points a class, seed 1; noise 0.2 for spiral (3 classes), 0.1 for moons, 0.05 for circles, 0.3 for xor, 1
 * for blobs (3 classes). */
WG_API wg_made_options wg_made_options_of(wg_made set);

/* Makes the set, class after class, features in f64. The caller frees *table. Errors (*table is NULL then):
 * WG_ERROR_ARGUMENT (a set or a number out of range), WG_ERROR_MEMORY. `allocator` NULL means malloc and free. */
WG_API wg_status wg_made_table(wg_made set, const wg_made_options *options, const wg_allocator *allocator,
                               wg_table **table, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
