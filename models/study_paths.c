/* study_paths.c: the paths from the loss to a net's nodes: one pass over four semirings. */
#include "../engine/op.h"
#include "study_internal.h"

static void elements_zero(void *value, const wg_allocator *allocator) {
  *(wg_element_paths *)value = (wg_element_paths){.paths = WG_NATURAL_ZERO(allocator)};
}
static void elements_release(void *value) { wg_natural_free(&((wg_element_paths *)value)->paths); }
static bool elements_one(void *value) { return wg_natural_add_count(&((wg_element_paths *)value)->paths, 1); }
static bool elements_extend(void *value, const void *from, const wg_edge *edge) {
  wg_element_paths *to = value;
  const wg_element_paths *above = from;
  uint32_t reach = 0;
  if (above->unlike)
    to->unlike = above->unlike;
  else if (!wg_reach(edge->consumer, edge->input, &reach))
    to->unlike = edge->consumer;
  return to->unlike || wg_natural_add_product(&to->paths, &above->paths, reach);
}
const wg_semiring wg_semiring_elements = {sizeof(wg_element_paths), elements_zero, elements_one, elements_extend,
                                          elements_release};

enum { REACHES, LONGEST, PATHS, ELEMENTS, PASSES };

static bool study_fill(wg_path_study *study, wg_downward *const *passes) {
  const wg_element_paths *elements = wg_downward_at(passes[ELEMENTS], study->node);
  study->reaches = *(const bool *)wg_downward_at(passes[REACHES], study->node);
  study->longest = *(const int64_t *)wg_downward_at(passes[LONGEST], study->node);
  study->unlike = elements->unlike;
  return wg_big_count_of(&study->paths, wg_downward_at(passes[PATHS], study->node), study->allocator) &&
         (study->unlike || wg_big_count_of(&study->elements, &elements->paths, study->allocator));
}

/* The tape's failure, or, where it has none, that there is no memory. */
static wg_status pass_failure(wg_node *root, wg_error *error) {
  wg_status status = wg_tape_status(wg_node_tape(root));
  return status == WG_OK ? wg_error_memory(error)
                         : wg_error_set(error, status, "%s", wg_tape_error(wg_node_tape(root)));
}

wg_status wg_path_study_new(wg_path_study *studies, wg_node *root, size_t count, wg_node *const *nodes,
                            const wg_allocator *allocator, wg_error *error) {
  static const wg_semiring *const semirings[PASSES] = {&wg_semiring_reaches, &wg_semiring_longest, &wg_semiring_paths,
                                                       &wg_semiring_elements};
  wg_downward *passes[PASSES] = {NULL};
  bool good = true;
  if (!allocator) allocator = &wg_allocator_default;
  for (size_t k = 0; k < count; k++) studies[k] = (wg_path_study){.node = nodes[k], .allocator = allocator};
  wg_status status = wg_counts_affordable(root, count, nodes, error);
  if (status != WG_OK) return status;
  for (int i = 0; i < PASSES && good; i++) {
    passes[i] = wg_downward_new(root, count, nodes, semirings[i]);
    good = passes[i];
  }
  if (!good) status = pass_failure(root, error);
  for (size_t k = 0; status == WG_OK && k < count; k++)
    if (!study_fill(&studies[k], passes)) status = wg_error_memory(error);
  for (int i = 0; i < PASSES; i++) wg_downward_free(passes[i]);
  return status;
}

void wg_path_study_free(wg_path_study *studies, size_t count) {
  for (size_t k = 0; k < count; k++) {
    if (!studies[k].allocator) continue;
    wg_big_count_free(&studies[k].paths, studies[k].allocator);
    wg_big_count_free(&studies[k].elements, studies[k].allocator);
  }
}

/* ---- The longest path ---- */

static bool reads(const wg_node *consumer, const wg_node *node) {
  for (int i = 0; i < consumer->input_count; i++)
    if (consumer->inputs[i] == node && wg_node_differentiable(consumer, i)) return true;
  return false;
}

/* A consumer comes after what it reads, so one walk up the tape finds them all. */
wg_status wg_longest_path(wg_node *root, const wg_path_study *study, const wg_node **path, wg_error *error) {
  if (!study->reaches) return wg_error_set(error, WG_ERROR_ARGUMENT, "no path leads from the root to that node");
  wg_tape *tape = wg_node_tape(root);
  wg_node *node = wg_tape_node(tape, study->node->id);
  wg_downward *longest = wg_downward_new(root, 1, &node, &wg_semiring_longest);
  if (!longest) return pass_failure(root, error);
  int64_t left = study->longest;
  path[left] = node;
  for (size_t id = node->id + 1; left > 0 && id <= root->id; id++) {
    const wg_node *consumer = wg_tape_node(tape, id);
    if (!reads(consumer, path[left]) || *(const int64_t *)wg_downward_at(longest, consumer) != left - 1) continue;
    path[--left] = consumer;
  }
  wg_downward_free(longest);
  return WG_OK;
}
