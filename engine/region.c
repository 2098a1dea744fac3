#include "region.h"

enum { REACHES_WANTED = 1, REACHED_FROM_ROOT = 2, BOTH = 3 };

bool wg_region_find(wg_region *region, wg_node *root, size_t count, wg_node *const *wanted) {
  wg_tape *tape = root->tape;
  *region = (wg_region){.low = root->id + 1, .high = root->id};
  for (size_t k = 0; k < count; k++)
    if (wanted[k]->id < region->low) region->low = wanted[k]->id;
  size_t length = region->high + 1 - region->low;
  unsigned char *mark = region->inside = wg_allocate_zeroed(&tape->allocator, length, 1);
  if (!mark) return false;

  for (size_t k = 0; k < count; k++)
    if (wanted[k]->id <= region->high) mark[wanted[k]->id - region->low] = REACHES_WANTED;
  for (size_t id = region->low; id <= region->high; id++) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < node->input_count && !mark[id - region->low]; i++)
      if (wg_region_edge(region, node, i)) mark[id - region->low] = REACHES_WANTED;
  }
  if (length) mark[root->id - region->low] |= REACHED_FROM_ROOT;
  for (size_t step = length; step-- > 0;) {
    const wg_node *node = wg_tape_node(tape, region->low + step);
    bool inside = mark[step] == BOTH;
    for (int i = 0; i < node->input_count && inside; i++)
      if (wg_region_edge(region, node, i)) mark[node->inputs[i]->id - region->low] |= REACHED_FROM_ROOT;
    mark[step] = inside; /* nothing below asks for it any more */
  }
  return true;
}

void wg_region_free(wg_region *region, const wg_tape *tape) {
  wg_release(wg_tape_allocator(tape), region->inside);
  region->inside = NULL;
}

wg_node *wg_sweep_seed(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt) {
  wg_tape *tape = wg_node_tape(root);
  char text[WG_NODE_TEXT_SIZE];
  if (!wg_nodes_usable(tape, "gradient of the root", 1, &root) || !wg_nodes_usable(tape, "gradient by", count, wrt) ||
      (seed && !wg_nodes_usable(tape, "gradient with the seed", 1, &seed)))
    return NULL;
  if (root->dtype == WG_I64) {
    wg_tape_fail(tape, WG_ERROR_DTYPE, "gradient of %s: integers have no derivative", wg_node_text(root, text));
    return NULL;
  }
  for (size_t k = 0; k < count; k++)
    if (wrt[k]->dtype == WG_I64) {
      wg_tape_fail(tape, WG_ERROR_DTYPE, "gradient by %s: integers have no derivative", wg_node_text(wrt[k], text));
      return NULL;
    }
  if (seed && (seed->dtype != root->dtype || !wg_shape_equal(seed->shape, root->shape))) {
    char seed_text[WG_NODE_TEXT_SIZE];
    wg_tape_fail(tape, WG_ERROR_SHAPE, "gradient of %s: the seed %s is of another shape or element type",
                 wg_node_text(root, text), wg_node_text(seed, seed_text));
    return NULL;
  }
  if (!seed && wg_node_size(root) != 1) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "gradient of %s: it is not a scalar, so it needs a seed (wg_vjp)",
                 wg_node_text(root, text));
    return NULL;
  }
  if (seed) return seed;
  seed = wg_fill(tape, root->dtype, *root->shape, 1);
  return wg_node_inert(seed) ? NULL : seed;
}
