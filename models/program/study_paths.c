/* wengert study paths: the pass of the sweep over other numbers: how many paths, how long, whether any. */
#include "../../engine/memory.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first node whose elements are not alike, or NULL. */
static const wg_path_study *unlike_find(size_t count, const wg_path_study *studies) {
  for (size_t k = 0; k < count; k++)
    if (studies[k].unlike) return &studies[k];
  return NULL;
}

void paths_note(const terminal *t, size_t count, const wg_path_study *studies) {
  const wg_path_study *study = unlike_find(count, studies);
  if (!study) return;
  fputc('\n', t->out);
  terminal_paragraph(t, 0,
                     "–: elements differ in how many paths lead to them, since %s reads some of its input more often "
                     "than others.",
                     wg_node_op(study->unlike));
}

const char *elements_text(const wg_path_study *study, char text[BIG_COUNT_TEXT_SIZE]) {
  return study->unlike ? "–" : big_count_text(&study->elements, text);
}

void elements_json(json *j, const wg_path_study *study) {
  if (study->unlike)
    json_null(j, "element_paths");
  else
    json_text(j, "element_paths", study->elements.digits);
}

static int paths_print(const terminal *t, const wg_net *net, const wg_path_study *studies) {
  char text[BIG_COUNT_TEXT_SIZE], shape_text[WG_SHAPE_TEXT_SIZE];
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
    text_table_add(&lines, STYLE_PLAIN, "%s", big_count_text(&study->paths, text));
    text_table_add(&lines, STYLE_PLAIN, "%s", elements_text(study, text));
  }
  int code = table_finish(t, &lines);
  if (code == EXIT_GOOD) paths_note(t, net->named_count, studies);
  return code;
}

static void paths_json(const terminal *t, const wg_net *net, const wg_path_study *studies) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &net->spec, wg_net_param_elements(net));
  json_array(&j, "nodes");
  for (size_t k = 0; k < net->named_count; k++) {
    json_object_flat(&j, NULL);
    json_text(&j, "name", wg_node_name(studies[k].node));
    json_boolean(&j, "parameter", wg_node_is_param(studies[k].node));
    json_boolean(&j, "reached", studies[k].reaches);
    json_integer(&j, "longest", studies[k].longest);
    json_text(&j, "paths", studies[k].paths.digits);
    elements_json(&j, &studies[k]);
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
}

int paths_draw(const terminal *t, const char *file, size_t count, const wg_path_study *studies, const char *title) {
  double *points = wg_allocate(&wg_allocator_default, count, 3 * sizeof *points);
  if (!points) return failure(t, WG_ERROR_MEMORY, NULL);
  double *x = points, *nodes = x + count, *elements = nodes + count;
  for (size_t k = 0; k < count; k++) {
    x[k] = (double)studies[k].longest;
    nodes[k] = studies[k].paths.log2 * log10(2);
    elements[k] = studies[k].unlike ? NAN : studies[k].elements.log2 * log10(2);
  }
  const wg_series series[] = {{"to the node", count, x, nodes, NULL},
                              {"to one element of it", count, x, elements, NULL}};
  const wg_series_labels labels = {.title = title,
                                   .description =
                                       "The number of paths from the loss to each node and to one element of it, by "
                                       "its distance from the loss.",
                                   .x = {.label = "edges of the longest path from J"},
                                   .y = {.label = "paths from J", .powers = true}};
  int code = study_draw(t, file, 2, series, &labels);
  free(points);
  return code;
}

/* The parameters, by their distance from the loss. */
static int params_draw(const terminal *t, const char *file, const wg_net *net, const wg_path_study *studies) {
  wg_path_study *params = wg_allocate(&wg_allocator_default, net->named_count, sizeof *params);
  size_t count = 0;
  if (!params) return failure(t, WG_ERROR_MEMORY, NULL);
  for (size_t k = net->named_count; k-- > 0;)
    if (wg_node_is_param(studies[k].node) && studies[k].reaches) params[count++] = studies[k];
  int code = paths_draw(t, file, count, params, "Paths from the loss to the parameters");
  free(params);
  return code;
}

static int paths_of_all(const terminal *t, const paths_choice *choice, const wg_net *net) {
  wg_error error = {0};
  wg_path_study *studies = wg_allocate_zeroed(&wg_allocator_default, net->named_count, sizeof *studies);
  wg_status status = studies ? wg_path_study_new(studies, net->J, net->named_count, net->named, NULL, &error)
                             : wg_error_memory(&error);
  int code = status == WG_OK ? EXIT_GOOD : study_failure(t, status, &error);
  if (code == EXIT_GOOD && choice->json) paths_json(t, net, studies);
  if (code == EXIT_GOOD && !choice->json) code = paths_print(t, net, studies);
  if (code == EXIT_GOOD && choice->svg) code = params_draw(t, choice->svg, net, studies);
  if (studies) wg_path_study_free(studies, net->named_count);
  free(studies);
  return code;
}

int study_paths(terminal *t, int argc, char **argv) {
  paths_choice choice = {.net = {.activation = -1}};
  const option options[] = {
      {"of", OPTION_TEXT, &choice.of, "W1[0,2]", "to this node or element alone, with the longest path", 0, 0},
      STUDY_JSON_OPTION(choice.json),
      SVG_OPTION(choice.svg),
      NET_OPTIONS(choice.net),
      SAMPLES_OPTION(choice.net),
  };
  const command_usage usage = {
      .synopsis = "wengert study paths NET [options]\n       wengert study paths --layers 4,16,3 [options]",
      .about = "Counts the paths from the loss to every named node and to one element of it, the edges of the longest, "
               "and says what the loss depends on: one pass over four semirings.",
      .more = "From one element of W1 lead as many paths as the product of the later widths, for each sample: try "
              "--layers with fifteen of them and --samples 1. In JSON, counts without bound are strings of digits. "
              "A node without a name is called by its number, v7.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice.net, &spec);
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code != EXIT_GOOD) return code;
  code = choice.of ? paths_of_one(t, &choice, net) : paths_of_all(t, &choice, net);
  wg_net_free(net);
  return code;
}
