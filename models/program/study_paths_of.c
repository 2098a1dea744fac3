/* wengert study paths --of: one node or element, and the longest path to it. */
#include "../../engine/memory.h"
#include "study.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What --of names. */
typedef struct target {
  wg_node *node;
  bool element; /* with places in brackets */
  int64_t at[WG_RANK_MAX];
} target;

/* The longest path, from J down, with the study of each of its nodes. */
typedef struct longest_path {
  size_t count;
  const wg_node **nodes;
  wg_path_study *studies;
} longest_path;

/* ---- Reading ---- */

static wg_node *node_find(const wg_net *net, const char *name) {
  wg_node *node = wg_tape_find(net->tape, name);
  int64_t id;
  if (node || name[0] != 'v' || !text_integer(name + 1, &id) || id < 0) return node;
  return wg_tape_node(net->tape, (size_t)id);
}

static int node_unknown(const terminal *t, const wg_net *net, const char *name) {
  const char **words = wg_allocate(&wg_allocator_default, net->named_count, sizeof *words);
  for (size_t k = 0; words && k < net->named_count; k++) words[k] = wg_node_name(net->named[k]);
  const char *nearest = words ? word_nearest(name, net->named_count, words) : NULL;
  terminal_message(t, "--of: there is no node '%s'%s%s%s", name, nearest ? "; did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?" : "");
  free(words);
  return EXIT_USAGE;
}

/* "0,2]", the places of an element. */
static bool places_read(const char *text, target *of) {
  wg_shape shape = wg_node_shape(of->node);
  for (int axis = 0; axis < shape.rank; axis++) {
    char digits[24];
    size_t length = strcspn(text, axis + 1 < shape.rank ? "," : "]");
    if (length >= sizeof digits || !text[length]) return false;
    memcpy(digits, text, length);
    digits[length] = 0;
    if (!text_integer(digits, &of->at[axis]) || of->at[axis] < 0 || of->at[axis] >= shape.size[axis]) return false;
    text += length + 1;
  }
  return shape.rank > 0 && !*text;
}

static int target_read(const terminal *t, const wg_net *net, const char *text, target *of) {
  char name[64], shape_text[WG_SHAPE_TEXT_SIZE];
  size_t length = strcspn(text, "[");
  *of = (target){.element = text[length] == '['};
  if (length < sizeof name) {
    memcpy(name, text, length);
    name[length] = 0;
    of->node = node_find(net, name);
  }
  if (!of->node) return node_unknown(t, net, length < sizeof name ? name : text);
  if (!of->element || places_read(text + length + 1, of)) return EXIT_GOOD;
  wg_shape shape = wg_node_shape(of->node);
  terminal_message(t, "--of %s: %s is %s, and has no such element", text, name, wg_shape_text(&shape, shape_text));
  return EXIT_USAGE;
}

/* ---- Output ---- */

/* How many elements of the consumer, which stands before it on the path, one element reaches; false where they differ. */
static bool reach_of(const longest_path *path, size_t k, uint32_t *reach) {
  const wg_node *consumer = path->nodes[k - 1];
  for (int i = 0; i < wg_node_input_count(consumer); i++)
    if (wg_node_input(consumer, i) == path->nodes[k]) return wg_reach(consumer, i, reach);
  return false;
}

/* The name, or the number: "v7". */
static const char *label_of(const wg_node *node, char text[32]) {
  if (*wg_node_name(node)) return wg_node_name(node);
  snprintf(text, 32, "v%zu", wg_node_id(node));
  return text;
}

static int path_print(const terminal *t, const longest_path *path) {
  char text[BIG_COUNT_TEXT_SIZE], shape_text[WG_SHAPE_TEXT_SIZE];
  text_table lines = text_table_new("llrrr");
  text_table_titles(&lines, "longest path|shape|one element reaches|paths|to one element");
  for (size_t k = 0; k < path->count; k++) {
    const wg_node *node = path->nodes[k];
    wg_shape shape = wg_node_shape(node);
    uint32_t reach;
    char label[32];
    text_table_add(&lines, STYLE_STRONG, "%s %s", label_of(node, label), wg_node_op(node));
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    if (k > 0 && reach_of(path, k, &reach))
      text_table_add(&lines, STYLE_PLAIN, "%" PRIu32, reach);
    else
      text_table_add(&lines, STYLE_PLAIN, "%s", k ? "–" : "");
    text_table_add(&lines, STYLE_PLAIN, "%s", big_count_text(&path->studies[k].paths, text));
    text_table_add(&lines, STYLE_PLAIN, "%s", elements_text(&path->studies[k], text));
  }
  int code = table_finish(t, &lines);
  if (code == EXIT_GOOD) paths_note(t, path->count, path->studies);
  return code;
}

static int one_print(const terminal *t, const char *of, const wg_net *net, const wg_path_study *study,
                     const longest_path *path) {
  char paths[BIG_COUNT_TEXT_SIZE], elements[BIG_COUNT_TEXT_SIZE], label[32];
  net_line(t, &net->spec);
  if (!study->reaches) {
    fprintf(t->out, "J does not depend on %s: no path leads there.\n", of);
    return EXIT_GOOD;
  }
  const char *noun = strcmp(study->paths.digits, "1") == 0 ? "path leads" : "paths lead";
  terminal_paragraph(t, 0,
                     "From J %s %s to %s, and %s to %s. The longest has %" PRId64
                     " edges; beside its nodes stand the numbers of all paths from J.",
                     big_count_text(&study->paths, paths), noun, label_of(study->node, label),
                     elements_text(study, elements), strchr(of, '[') ? of : "one element of it", study->longest);
  fputc('\n', t->out);
  return path_print(t, path);
}

static void one_json(const terminal *t, const char *of, const wg_net *net, const target *wanted,
                     const wg_path_study *study, const longest_path *path) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &net->spec, wg_net_param_elements(net));
  json_text(&j, "of", of);
  json_integer(&j, "id", (int64_t)wg_node_id(wanted->node));
  json_boolean(&j, "reached", study->reaches);
  json_integer(&j, "longest", study->longest);
  json_text(&j, "paths", study->paths.digits);
  elements_json(&j, study);
  json_array(&j, "path");
  for (size_t k = 0; k < path->count; k++) {
    uint32_t reach;
    json_object_flat(&j, NULL);
    json_integer(&j, "id", (int64_t)wg_node_id(path->nodes[k]));
    json_text(&j, "name", wg_node_name(path->nodes[k]));
    json_text(&j, "op", wg_node_op(path->nodes[k]));
    if (k > 0 && reach_of(path, k, &reach))
      json_integer(&j, "reach", reach);
    else
      json_null(&j, "reach");
    json_text(&j, "paths", path->studies[k].paths.digits);
    elements_json(&j, &path->studies[k]);
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
}

/* ---- The topic ---- */

static wg_status path_make(longest_path *path, const wg_net *net, const wg_path_study *study, wg_error *error) {
  size_t count = study->reaches ? (size_t)study->longest + 1 : 0;
  path->nodes = wg_allocate(&wg_allocator_default, count, sizeof *path->nodes);
  path->studies = wg_allocate_zeroed(&wg_allocator_default, count, sizeof *path->studies);
  wg_node **nodes = wg_allocate(&wg_allocator_default, count, sizeof *nodes);
  wg_status status = path->nodes && path->studies && nodes ? WG_OK : wg_error_memory(error);
  if (status == WG_OK && count) status = wg_longest_path(net->J, study, path->nodes, error);
  if (status == WG_OK && count) {
    path->count = count;
    for (size_t k = 0; k < count; k++) nodes[k] = wg_tape_node(net->tape, wg_node_id(path->nodes[k]));
    status = wg_path_study_new(path->studies, net->J, count, nodes, NULL, error);
  }
  free(nodes);
  return status;
}

int paths_of_one(const terminal *t, const paths_choice *choice, const wg_net *net) {
  target of;
  int code = target_read(t, net, choice->of, &of);
  if (code != EXIT_GOOD) return code;
  wg_error error = {0};
  wg_path_study study;
  longest_path path = {0};
  wg_status status = wg_path_study_new(&study, net->J, 1, &of.node, NULL, &error);
  if (status == WG_OK) status = path_make(&path, net, &study, &error);
  if (status != WG_OK) code = study_failure(t, status, &error);
  if (code == EXIT_GOOD && choice->json) one_json(t, choice->of, net, &of, &study, &path);
  if (code == EXIT_GOOD && !choice->json) code = one_print(t, choice->of, net, &study, &path);
  if (code == EXIT_GOOD && choice->svg)
    code = paths_draw(t, choice->svg, path.count, path.studies, "Paths along the longest path");
  if (path.studies) wg_path_study_free(path.studies, path.count);
  free(path.studies);
  free(path.nodes);
  wg_path_study_free(&study, 1);
  return code;
}
