/* state.h: what an object of training remembers from step to step, shown so that it can be saved and brought back bit
 * for bit. An optimizer, a schedule, an average and an early stopping each list theirs as named arrays. */
#ifndef WG_STATE_H
#define WG_STATE_H

#include "../engine/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WG_STATE_NAME_SIZE 48

/* One array, in the object's own memory: to save it, copy the elements away; to bring it back, write them there. Names
 * and sizes depend only on what the object was made from, so an object made from the same lists the same arrays. */
typedef struct wg_state_array {
  char name[WG_STATE_NAME_SIZE]; /* "step", "momentum.0": lower case, unique in its object */
  wg_dtype dtype;
  size_t count; /* elements, 0 or more; a number is an array of one */
  void *data;
} wg_state_array;

#ifdef __cplusplus
}
#endif
#endif
