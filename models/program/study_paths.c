/* wengert study paths: the pass of the sweep over other numbers: how many paths, how long, whether any. */
#include "../../engine/memory.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static int paths_print(const terminal *t, const wg_net *net, const wg_path_study *studies) {
  char text[NATURAL_TEXT_SIZE], shape_text[WG_SHAPE_TEXT_SIZE];
  net_line(t, &net->spec);
  terminal_paragraph(
      t, 0,
      "From the loss J down, value(v) = Σ value(consumer)·weight(edge), over four semirings: or/and says "
      "what J depends on, max/+ how far away it is, +/· how many paths there are, of nodes (every edge "
      "weighs 1) and of single numbers (an edge weighs as many as one element reaches).");
  fputc('\n', t->out);
  text_table lines = text_table_new("llrrrr");
  text_table_titles(&lines, "node|shape|reached|longest path|paths|to one element");
  for (size_t k = 0; k < net->named_count; k++) {
    const wg_path_study *study = &studies[k];
    wg_shape shape = wg_node_shape(study->node);
    text_table_add(&lines, wg_node_is_param(study->node) ? STYLE_STRONG : STYLE_PLAIN, "%s", wg_node_name(study->node));
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    text_table_add(&lines, STYLE_PLAIN, "%s", study->reaches ? "yes" : "no");
    if (study->reaches)
      text_table_add(&lines, STYLE_PLAIN, "%" PRId64, study->longest);
    else
      text_table_add(&lines, STYLE_PLAIN, "–");
    text_table_add(&lines, STYLE_PLAIN, "%s", natural_short(&study->paths, text));
    text_table_add(&lines, STYLE_PLAIN, "%s", natural_short(&study->elements, text));
  }
  bool printed = text_table_print(&lines, t);
  text_table_free(&lines);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

static int paths_json(const terminal *t, const wg_net *net, const wg_path_study *studies) {
  json j = json_new(t->out);
  bool good = true;
  json_object(&j, NULL);
  net_json(&j, &net->spec, wg_net_param_elements(net));
  json_array(&j, "nodes");
  for (size_t k = 0; k < net->named_count; k++) {
    json_object_flat(&j, NULL);
    json_text(&j, "name", wg_node_name(studies[k].node));
    json_boolean(&j, "parameter", wg_node_is_param(studies[k].node));
    json_boolean(&j, "reached", studies[k].reaches);
    json_integer(&j, "longest", studies[k].longest);
    good = natural_json(&j, "paths", &studies[k].paths) && good;
    good = natural_json(&j, "element_paths", &studies[k].elements) && good;
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
  return good ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

/* Paths to the parameters, by their distance from the loss. */
static int paths_draw(const terminal *t, const char *file, const wg_net *net, const wg_path_study *studies) {
  double *points = wg_allocate(&wg_allocator_default, net->named_count, 3 * sizeof *points);
  if (!points) return failure(t, WG_ERROR_MEMORY, NULL);
  double *x = points, *nodes = x + net->named_count, *elements = nodes + net->named_count;
  size_t count = 0;
  for (size_t k = net->named_count; k-- > 0;) {
    if (!wg_node_is_param(studies[k].node)) continue;
    x[count] = (double)studies[k].longest;
    nodes[count] = wg_natural_log2(&studies[k].paths) * log10(2);
    elements[count++] = wg_natural_log2(&studies[k].elements) * log10(2);
  }
  const wg_series series[] = {{"paths to the node", count, x, nodes}, {"to one element of it", count, x, elements}};
  const wg_series_labels labels = {.title = "Paths from the loss to the parameters",
                                   .description =
                                       "Logarithm of the number of paths from the loss to each parameter and "
                                       "to one element of it, by its distance from the loss.",
                                   .x = "edges of the longest path",
                                   .y = "log₁₀ of the paths"};
  int code = study_draw(t, file, 2, series, &labels);
  free(points);
  return code;
}

int study_paths(terminal *t, int argc, char **argv) {
  net_choice choice = {.activation = -1};
  const char *svg = NULL;
  bool as_json = false;
  const option options[] = {
      STUDY_JSON_OPTION(as_json),
      SVG_OPTION(svg),
      NET_OPTIONS(choice),
      SAMPLES_OPTION(choice),
  };
  const command_usage usage = {
      .synopsis = "wengert study paths NET [options]\n       wengert study paths --layers 4,16,3 [options]",
      .about = "Counts the paths from the loss to every named node and to one element of it, the edges of the longest, "
               "and says what the loss depends on: one pass over four semirings.",
      .more = "From one element of W1 lead as many paths as the product of the later widths, for each sample: try "
              "--layers with fifteen of them and --samples 1. In JSON, counts without bound are strings of digits.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice, &spec);
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code != EXIT_GOOD) return code;
  wg_error error = {0};
  wg_path_study *studies = wg_allocate_zeroed(&wg_allocator_default, net->named_count, sizeof *studies);
  wg_status status = studies ? wg_path_study_new(studies, net->J, net->named_count, net->named, NULL, &error)
                             : wg_error_memory(&error);
  if (status != WG_OK) code = study_failure(t, status, &error);
  if (code == EXIT_GOOD) code = as_json ? paths_json(t, net, studies) : paths_print(t, net, studies);
  if (code == EXIT_GOOD && svg) code = paths_draw(t, svg, net, studies);
  if (studies) wg_path_study_free(studies, net->named_count);
  free(studies);
  wg_net_free(net);
  return code;
}
