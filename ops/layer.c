#include "layer.h"

wg_node *wg_apply_present(const wg_op *op, int least, int count, wg_node *const *inputs, const wg_attr *attrs) {
  int present = least;
  while (present < count && inputs[present]) present++;
  for (int i = present; i < count; i++)
    if (inputs[i])
      return wg_fail(inputs[i], WG_ERROR_ARGUMENT, "%s: input %d was given, and input %d was not", op->name, i,
                     present);
  return wg_apply(op, present, inputs, attrs);
}

bool wg_infer_layer(wg_draft *draft, int least, int most) {
  if (draft->input_count >= least && draft->input_count <= most) return wg_infer_floats(draft);
  return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%d inputs instead of %d to %d", draft->input_count, least, most);
}

bool wg_infer_shape_of(const wg_draft *draft, int i, const char *name, wg_shape shape) {
  const wg_node *input = wg_input_at(draft, i);
  char want[WG_SHAPE_TEXT_SIZE], is[WG_SHAPE_TEXT_SIZE];
  if (!input || wg_shape_equal(input->shape, &shape)) return true;
  return wg_draft_fail(draft, WG_ERROR_SHAPE, "%s has the shape %s instead of %s", name,
                       wg_shape_text(input->shape, is), wg_shape_text(&shape, want));
}

wg_node *wg_along_channels(wg_node *channels, const wg_node *x) {
  if (wg_node_inert(channels) || wg_node_inert(x)) return wg_reshape(channels, WG_SCALAR);
  wg_shape shape = {.rank = x->shape->rank - 1, .size = {channels->shape->size[0]}};
  for (int axis = 1; axis < shape.rank; axis++) shape.size[axis] = 1;
  return wg_reshape(channels, shape);
}
