/* layer.h: what layers with weights have in common; for the files of ops/ only. */
#ifndef WG_LAYER_H
#define WG_LAYER_H

#include "axis.h"
#include "rule.h"

/* Applies the operation to the inputs before the first NULL: those after `least` are optional, and one without those
 * before it is an error. */
wg_node *wg_apply_present(const wg_op *op, int least, int count, wg_node *const *inputs, const wg_attr *attrs);

/* Fails the draft unless it has `least` to `most` inputs, of one floating dtype. */
bool wg_infer_layer(wg_draft *draft, int least, int most);

/* Input i of a composite operation, NULL where it was not given. */
static inline wg_node *wg_input_at(const wg_draft *draft, int i) {
  return i < draft->input_count ? draft->inputs[i] : NULL;
}

/* Fails the draft unless input i, if given, has just this shape; `name` is what it is called. */
bool wg_infer_shape_of(const wg_draft *draft, int i, const char *name, wg_shape shape);

/* One number for each channel, (C), as (C,1,…) to broadcast with x (N,C,…). */
wg_node *wg_along_channels(wg_node *channels, const wg_node *x);

#endif
