/* explore_check.c: the gradient check at the page's point, element by element.
 *
 * An entry is written as
 *     index, reverse, difference, error, verdict. */
#include "explore_internal.h"

/* How many elements are tried unless the options say it. Each trial runs the graph some dozen times, so the numbers that
 * are computed bound the time. */
enum { ELEMENTS_MAX = 2000, ELEMENTS_LEAST = 16, NODE_OVERHEAD = 100 };
#define NUMBERS_MAX 2e8

static bool is_checkable(const wg_node *node) {
  return (wg_node_is_input(node) || wg_node_is_param(node)) && wg_node_dtype(node) == WG_F64;
}

static size_t elements_max(const wg_exploration *e) {
  if (e->options->check_elements) return e->options->check_elements;
  double numbers = 0;
  for (size_t id = 0; id < e->forward; id++) numbers += NODE_OVERHEAD + (double)wg_node_size(wg_tape_node(e->tape, id));
  double most = NUMBERS_MAX / numbers;
  return most > ELEMENTS_MAX ? ELEMENTS_MAX : most < ELEMENTS_LEAST ? ELEMENTS_LEAST : (size_t)most;
}

static bool is_among(const wg_node *node, size_t count, wg_node *const *nodes) {
  for (size_t k = 0; k < count; k++)
    if (nodes[k] == node) return true;
  return false;
}

/* The nodes to check: those that can be, or evenly spread ones if there are more than elements to try. `elements` counts
 * those of all that can be. */
static size_t choose_nodes(const wg_exploration *e, size_t most, wg_node **chosen, size_t *elements) {
  size_t count = 0, kept = 0;
  for (size_t k = 0; k < e->count; k++)
    if (is_checkable(e->wanted[k]) && !is_among(e->wanted[k], count, chosen)) chosen[count++] = e->wanted[k];
  size_t stride = count > most ? (count + most - 1) / most : 1;
  if (stride % 2 == 0) stride++; /* so that weights and biases take turns */
  *elements = 0;
  for (size_t k = 0; k < count; k++) *elements += (size_t)wg_node_size(chosen[k]);
  for (size_t k = 0; k < count; k += stride) chosen[kept++] = chosen[k];
  return kept;
}

static void write_entries(wg_exploration *e, const wg_check *check, const wg_node *node, size_t *at) {
  const wg_check_entry *entry;
  wg_json_open(&e->json, "entries", '[');
  for (; (entry = wg_check_entry_at(check, *at)) && entry->node == node; ++*at) {
    wg_json_open(&e->json, NULL, '[');
    wg_json_integer(&e->json, NULL, entry->index);
    wg_json_number(&e->json, NULL, entry->reverse);
    wg_json_number(&e->json, NULL, entry->difference);
    wg_json_number(&e->json, NULL, entry->error);
    wg_json_text(&e->json, NULL, wg_verdict_text(entry->verdict));
    wg_json_close(&e->json, ']');
  }
  wg_json_close(&e->json, ']');
}

static void write_result(wg_exploration *e, const wg_check *check, size_t count, wg_node **chosen) {
  wg_json *json = &e->json;
  size_t at = 0;
  wg_json_text(json, "verdict", wg_verdict_text(wg_check_verdict(check)));
  wg_json_number(json, "error_max", wg_check_error_max(check));
  wg_json_count(json, "tried", wg_check_count(check));
  wg_json_open(json, "counts", '{');
  for (int v = WG_PASS; v <= WG_UNRESOLVED; v++)
    wg_json_count(json, wg_verdict_text((wg_verdict)v), wg_check_count_of(check, (wg_verdict)v));
  wg_json_close(json, '}');
  wg_json_open(json, "results", '[');
  for (size_t k = 0; k < count; k++) {
    wg_json_open(json, NULL, '{');
    wg_explore_id(e, "node", chosen[k]);
    write_entries(e, check, chosen[k], &at);
    wg_json_close(json, '}');
  }
  wg_json_close(json, ']');
}

static wg_status run_check(wg_exploration *e, wg_node **chosen) {
  size_t elements, most = elements_max(e), count = choose_nodes(e, most, chosen, &elements);
  size_t samples = elements > most && count ? most / count : 0; /* of each, 0 for all; nodes are no more than most */
  const wg_check_options options = {.tolerance = 1e-6, .samples = samples, .seed = e->options->seed};
  if (count == 0 || wg_node_dtype(e->root) != WG_F64) {
    wg_json_text(&e->json, "missing", "Gradients are checked in f64, and by inputs and parameters.");
    return WG_OK;
  }
  wg_check *check = wg_check_gradient(e->root, count, chosen, e->binding_count, e->bindings, &options);
  wg_status status = wg_check_status(check);
  if (status == WG_ERROR_MEMORY)
    wg_error_memory(e->error);
  else if (status != WG_OK)
    wg_json_text(&e->json, "missing", wg_check_error(check));
  else
    write_result(e, check, count, chosen);
  wg_json_number(&e->json, "tolerance", options.tolerance);
  wg_json_count(&e->json, "elements", elements);
  wg_json_boolean(&e->json, "sampled", options.samples > 0);
  wg_check_free(check);
  return status == WG_ERROR_MEMORY ? status : WG_OK;
}

wg_status wg_explore_check_write(wg_exploration *e) {
  wg_status status = WG_OK;
  wg_json_open(&e->json, "check", '{');
  if (e->options->without_check) {
    wg_json_text(&e->json, "missing", "This page was written without the gradient check.");
  } else {
    wg_node **chosen = wg_allocate(e->allocator, e->count, sizeof *chosen);
    status = chosen ? run_check(e, chosen) : wg_error_memory(e->error);
    wg_release(e->allocator, chosen);
  }
  wg_json_close(&e->json, '}');
  return status;
}
