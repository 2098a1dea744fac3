/* model.c: a net with weights. */
#include "recording.h"

#include "../engine/memory.h"

#include <string.h>

wg_status wg_model_new(const wg_net_spec *spec, wg_init init, uint64_t seed, wg_model **model, wg_error *error) {
  *model = NULL;
  if ((unsigned)init >= WG_INIT_COUNT)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "there is no initializer %d", (int)init);
  wg_net_spec small = *spec;
  small.samples = 1;
  wg_net *net = wg_net_new(&small);
  wg_status status = wg_net_status(net);
  if (status != WG_OK) {
    wg_error_set(error, status, "%s", wg_net_error(net));
    wg_net_free(net);
    return status;
  }
  const wg_allocator *allocator = spec->allocator ? spec->allocator : &wg_allocator_default;
  size_t width_count = net->spec.width_count;
  wg_model *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  wg_weights *weights = wg_weights_new(net, allocator);
  int64_t *widths = wg_allocate(allocator, width_count, sizeof *widths);
  bool complete = made && weights && widths;
  if (complete) {
    memcpy(widths, net->spec.widths, width_count * sizeof *widths);
    *made = (wg_model){.spec = net->spec, .weights = weights, .allocator = *allocator};
    made->spec.widths = widths;
    wg_random random = wg_random_new(seed, WG_STREAM_WEIGHTS);
    wg_weights_init(weights, net, init, &random);
    *model = made;
  } else {
    wg_weights_free(weights);
    wg_release(allocator, widths);
    wg_release(allocator, made);
  }
  wg_net_free(net);
  return complete ? WG_OK : wg_error_memory(error);
}

void wg_model_free(wg_model *model) {
  if (!model) return;
  wg_allocator allocator = model->allocator;
  wg_weights_free(model->weights);
  wg_release(&allocator, (void *)model->spec.widths);
  wg_release(&allocator, model);
}
