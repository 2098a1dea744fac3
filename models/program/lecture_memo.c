/* Part 4 of the lecture: what the memo of the reverse sweep did, and what it saves. */
#include "../study_internal.h"
#include "lecture.h"
#include <inttypes.h>

enum { DEPTHS = 5, DEPTH_MAX = 100, WIDTH = 3 };
static const int depths[DEPTHS] = {2, 5, 10, 50, DEPTH_MAX};

typedef struct layer_counts {
  int layers;
  uint64_t with, without; /* rules applied */
  wg_chain_counts chain;
} layer_counts;

/* The rules that a sweep over net E of L layers applies, and would apply without memo. */
static int rules_count(const terminal *t, layer_counts *counts) {
  int64_t widths[DEPTH_MAX + 1];
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  wg_net *net = NULL;
  wg_node *grad[2 * DEPTH_MAX];
  wg_sweep_counts sweep = {0};
  for (int i = 0; i <= counts->layers; i++) widths[i] = WIDTH;
  spec.width_count = (size_t)counts->layers + 1;
  spec.widths = widths;
  int code = net_record(t, &spec, &net);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_sweep_rules_without_memo(net->J, net->param_count, net->params, &counts->without);
  if (status == WG_OK) status = wg_sweep(net->J, net->param_count, net->params, grad, NULL, &sweep);
  if (status != WG_OK) code = failure(t, status, wg_tape_error(net->tape));
  counts->with = sweep.rules;
  wg_net_free(net);
  return code;
}

/* The chain rule as it is written by hand. */
static int chain_count(const terminal *t, layer_counts *counts) {
  wg_study_graph graph;
  wg_error error = {0};
  wg_status status = wg_study_graph_new(&graph, WG_STUDY_LAYERS, counts->layers, &wg_allocator_default, &error);
  if (status == WG_OK) {
    status = wg_chain_count(graph.root, graph.count, graph.wanted, &counts->chain);
    if (status != WG_OK) wg_error_set(&error, status, "%s", wg_tape_error(graph.tape));
  }
  wg_study_graph_free(&graph);
  return status == WG_OK ? EXIT_GOOD : failure(t, status, error.message);
}

static int layers_print(const terminal *t, const layer_counts rows[DEPTHS]) {
  text_table lines = text_table_new("rrrrrrr");
  text_table_titles(&lines, "layers|rules|without memo|factors|without reuse|products|without reuse");
  for (int i = 0; i < DEPTHS; i++) {
    const wg_chain_counts *chain = &rows[i].chain;
    text_table_add(&lines, STYLE_STRONG, "%d", rows[i].layers);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, rows[i].with);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, rows[i].without);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, chain->factors_reused);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, chain->factors);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, chain->products_reused);
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, chain->products);
  }
  bool printed = text_table_print(&lines, t);
  text_table_free(&lines);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

static int memo_print(const lecture *lesson, const wg_sweep_counts *without, const layer_counts rows[DEPTHS]) {
  const terminal *t = lesson->terminal;
  const wg_sweep_counts *with = &lesson->sweep;
  terminal_heading(t, "4  What the memo did");
  terminal_paragraph(
      t, 0,
      "∂Z2 is used by ∂W2, ∂b2 and ∂A1, and ∂Z1 by ∂W1 and ∂b1. The sweep keeps every finished adjoint in a "
      "memo and looks it up before it applies a rule, so each is formed once: that is dynamic programming. "
      "On net D it");
  fprintf(t->out, "\n  formed   %3" PRIu64 " adjoints\n", with->visited);
  fprintf(t->out, "  applied  %3" PRIu64 " local rules; without memo they are %" PRIu64 "\n", with->rules,
          without->rules);
  fprintf(t->out, "  asked    %3" PRIu64 " times for an adjoint, and %" PRIu64 " times it was there (a hit)\n",
          with->lookups, with->hits);
  fprintf(t->out, "  added    %3" PRIu64 " contributions to one that was there already\n\n", with->sums);
  terminal_paragraph(
      t, 0,
      "By hand it is the same. Written from the loss on, ∂W1 = ∂J/∂A2·∂A2/∂Z2·∂Z2/∂A1·∂A1/∂Z1·∂Z1/∂W1 has 5 "
      "factors, and all four gradients have 16; with what is known reused they have 8. Counted on deeper nets, "
      "of L layers: the rules that the sweep applies, and by hand the factors (4L with reuse, 2L²+4L without) "
      "and the products between them (4L−1, 2L(L+1)). On such a chain reuse turns quadratic into linear.");
  fputc('\n', t->out);
  return layers_print(t, rows);
}

static void counts_json(json *j, const char *key, const wg_sweep_counts *counts) {
  json_object_flat(j, key);
  json_count(j, "adjoints", counts->visited);
  json_count(j, "rules", counts->rules);
  json_count(j, "sums", counts->sums);
  json_count(j, "lookups", counts->lookups);
  json_count(j, "hits", counts->hits);
  json_object_end(j);
}

static void memo_json(json *j, const wg_sweep_counts *with, const wg_sweep_counts *without,
                      const layer_counts rows[DEPTHS]) {
  json_object(j, "memo");
  counts_json(j, "with", with);
  counts_json(j, "without", without);
  json_array(j, "layers");
  for (int i = 0; i < DEPTHS; i++) {
    json_object_flat(j, NULL);
    json_integer(j, "layers", rows[i].layers);
    json_count(j, "rules", rows[i].with);
    json_count(j, "rules_without_memo", rows[i].without);
    json_count(j, "factors", rows[i].chain.factors_reused);
    json_count(j, "factors_without_reuse", rows[i].chain.factors);
    json_count(j, "products", rows[i].chain.products_reused);
    json_count(j, "products_without_reuse", rows[i].chain.products);
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

int lecture_memo(lecture *lesson) {
  const wg_net *net = lesson->net;
  wg_node *grad[4];
  layer_counts rows[DEPTHS];
  wg_sweep_counts without = {0};
  const wg_sweep_options options = {.without_memo = true};
  wg_status status = wg_sweep(net->J, net->param_count, net->params, grad, &options, &without);
  if (status != WG_OK) return failure(lesson->terminal, status, wg_tape_error(net->tape));
  for (int i = 0; i < DEPTHS; i++) {
    rows[i] = (layer_counts){.layers = depths[i]};
    int code = rules_count(lesson->terminal, &rows[i]);
    if (code == EXIT_GOOD) code = chain_count(lesson->terminal, &rows[i]);
    if (code != EXIT_GOOD) return code;
  }
  if (!lesson->json) return memo_print(lesson, &without, rows);
  memo_json(lesson->json, &lesson->sweep, &without, rows);
  return EXIT_GOOD;
}
