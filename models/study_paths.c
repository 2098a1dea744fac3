/* study_paths.c: the paths from the loss to a net's nodes: one pass over four semirings. */
#include "../engine/op.h"
#include "study.h"

#include <string.h>

static bool is(const wg_node *node, const char *op) { return strcmp(wg_node_op(node), op) == 0; }

/* How often elements of the inputs enter elements of y, for one input: a product sums over k, and each probability of a
 * softmax depends on all logits of its row. */
static int64_t entries(const wg_node *y, int input) {
  wg_shape shape = wg_node_shape(wg_node_input(y, 0));
  int64_t all = wg_node_size(y), elements = wg_node_size(wg_node_input(y, input));
  if (is(y, "matmul")) return all * shape.size[shape.rank - 1];
  if (is(y, "softmax") || is(y, "log_softmax")) return all * shape.size[y->attrs[0].integer];
  return all > elements ? all : elements;
}

static void elements_zero(void *value, const wg_allocator *allocator) {
  *(wg_natural *)value = WG_NATURAL_ZERO(allocator);
}
static void elements_release(void *value) { wg_natural_free(value); }
static bool elements_one(void *value) { return wg_natural_add_count(value, 1); }
static bool elements_extend(void *value, const void *from, const wg_edge *edge) {
  int64_t elements = wg_node_size(wg_node_input(edge->consumer, edge->input));
  int64_t reached = elements ? entries(edge->consumer, edge->input) / elements : 0;
  return wg_natural_add_product(value, from, (uint32_t)reached);
}
const wg_semiring wg_semiring_elements = {sizeof(wg_natural), elements_zero, elements_one, elements_extend,
                                          elements_release};

static bool study_fill(wg_path_study *study, wg_downward *const *passes) {
  study->reaches = *(const bool *)wg_downward_at(passes[0], study->node);
  study->longest = *(const int64_t *)wg_downward_at(passes[1], study->node);
  return wg_natural_add(&study->paths, wg_downward_at(passes[2], study->node)) &&
         wg_natural_add(&study->elements, wg_downward_at(passes[3], study->node));
}

wg_status wg_path_study_new(wg_path_study *studies, wg_node *root, size_t count, wg_node *const *nodes,
                            const wg_allocator *allocator, wg_error *error) {
  const wg_semiring *semirings[] = {&wg_semiring_reaches, &wg_semiring_longest, &wg_semiring_paths,
                                    &wg_semiring_elements};
  wg_downward *passes[4];
  bool good = true;
  wg_natural zero = WG_NATURAL_ZERO(allocator ? allocator : &wg_allocator_default);
  for (size_t k = 0; k < count; k++) studies[k] = (wg_path_study){.node = nodes[k], .paths = zero, .elements = zero};
  for (int i = 0; i < 4; i++) {
    passes[i] = wg_downward_new(root, count, nodes, semirings[i]);
    good = good && passes[i];
  }
  wg_status status = wg_tape_status(wg_node_tape(root));
  for (size_t k = 0; good && k < count; k++) good = study_fill(&studies[k], passes);
  for (int i = 0; i < 4; i++) wg_downward_free(passes[i]);
  if (good) return WG_OK;
  return status == WG_OK ? wg_error_memory(error)
                         : wg_error_set(error, status, "%s", wg_tape_error(wg_node_tape(root)));
}

void wg_path_study_free(wg_path_study *studies, size_t count) {
  for (size_t k = 0; k < count; k++) {
    wg_natural_free(&studies[k].paths);
    wg_natural_free(&studies[k].elements);
  }
}
