/* The explorer's page: its data is JSON whatever the names and values, the caller's graph is left alone, and what cannot be
 * shown is an error with a reason. */
#include "../support.h"
#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Pages as text ---- */

static char *read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  long size = ftell(file);
  rewind(file);
  char *text = malloc((size_t)size + 1);
  assert_non_null(text);
  assert_int_equal(fread(text, 1, (size_t)size, file), size);
  text[size] = 0;
  fclose(file);
  return text;
}

/* A page's path, of a file that is removed by page_free. */
typedef struct page {
  char path[40];
  char *text; /* the whole file */
  char *data; /* the JSON in it; lies in `text`, cut at its end */
} page;

static page page_new(void) {
  page p = {.path = "/tmp/wengert-explore-XXXXXX"};
  int file = mkstemp(p.path);
  assert_true(file >= 0);
  close(file);
  return p;
}

static void page_free(page *p) {
  unlink(p->path);
  free(p->text);
}

static size_t occurrences(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) count++;
  return count;
}

/* ---- JSON (RFC 8259): where a value ends, or NULL if it is none ---- */

static const char *json_end(const char *at);

static const char *json_string_end(const char *at) {
  for (at++; *at != '"'; at++) {
    if ((unsigned char)*at < 0x20) return NULL;
    if (*at != '\\') continue;
    at++;
    if (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4)
      at += 4;
    else if (!*at || !strchr("\"\\/bfnrt", *at))
      return NULL;
  }
  return at + 1;
}

static const char *json_members_end(const char *at, bool keys) {
  char close = keys ? '}' : ']';
  if (at[1] == close) return at + 2;
  do {
    at++;
    if (keys) {
      at = *at == '"' ? json_string_end(at) : NULL;
      if (!at || *at != ':') return NULL;
      at++;
    }
    at = json_end(at);
  } while (at && *at == ',');
  return at && *at == close ? at + 1 : NULL;
}

static const char *json_number_end(const char *at) {
  at += *at == '-';
  size_t digits = strspn(at, "0123456789");
  if (digits == 0 || (*at == '0' && digits > 1)) return NULL;
  at += digits;
  if (*at == '.') {
    digits = strspn(at + 1, "0123456789");
    if (digits == 0) return NULL;
    at += 1 + digits;
  }
  if (*at != 'e') return at;
  at += 1 + (at[1] == '-' || at[1] == '+');
  digits = strspn(at, "0123456789");
  return digits ? at + digits : NULL;
}

static const char *json_end(const char *at) {
  static const char *const words[] = {"true", "false", "null"};
  if (*at == '"') return json_string_end(at);
  if (*at == '{' || *at == '[') return json_members_end(at, *at == '{');
  for (int i = 0; i < 3; i++)
    if (!strncmp(at, words[i], strlen(words[i]))) return at + strlen(words[i]);
  return json_number_end(at);
}

/* Finds the data, which must be one JSON value and the only thing between its element's tags. */
static void page_read(page *p) {
  static const char begin[] = "<script type=\"application/json\" id=\"data\">";
  p->text = read_whole(p->path);
  assert_int_equal(occurrences(p->text, begin), 1);
  p->data = strstr(p->text, begin) + sizeof begin - 1;
  char *end = strstr(p->data, "</script>");
  assert_non_null(end);
  assert_ptr_equal(json_end(p->data), end);
  *end = 0;
}

/* ---- Graphs ---- */

typedef struct scene {
  wg_tape *tape;
  wg_node *x, *root;
  double value;
  wg_binding binding;
} scene;

/* v ← v·v, n times, from x = 3 with that name. */
static scene doubling(size_t n, const char *name) {
  scene s = {.tape = wg_tape_new(), .value = n > 3 ? 1.0000001 : 3};
  s.x = wg_param(s.tape, name, WG_F64, WG_SCALAR);
  s.root = s.x;
  for (size_t i = 0; i < n; i++) s.root = wg_mul(s.root, s.root);
  s.root = wg_name(s.root, "J");
  assert_tape_good(s.tape);
  return s;
}

static page explored_with(scene *s, const wg_explore_options *options) {
  page p = page_new();
  wg_error error = {0};
  s->binding = (wg_binding){s->x, &s->value};
  wg_status status = wg_explore_write(p.path, s->root, 1, &s->x, 1, &s->binding, options, &error);
  if (status != WG_OK) fail_msg("%s", error.message);
  page_read(&p);
  return p;
}

static page explored(scene *s) { return explored_with(s, NULL); }

static void scene_free(scene *s) { wg_tape_free(s->tape); }

/* ---- The statements ---- */

static void page_has_the_numbers_of_a_graph_done_by_hand(void **state) {
  (void)state;
  scene s = doubling(2, "x"); /* x⁴ at 3: 81, by x 4·27 = 108; y = x² is 9, by y 2·9 = 18 */
  page p = explored(&s);
  assert_contains(p.data, "\"corner\":[81]");
  assert_contains(p.data, "\"corner\":[108]");
  assert_contains(p.data, "\"corner\":[18]");
  assert_contains(p.data, "\"name\":\"∂x\"");
  assert_contains(p.data, "\"rules\":\"6\""); /* 2³ − 2 without memo, 2·2 with */
  assert_contains(p.data, "\"paths\":\"4\"");
  assert_contains(p.data, "\"counts\":[3,4,2,"); /* three adjoints, four rules, two sums */
  assert_contains(p.data, "\"verdict\":\"PASS\"");
  page_free(&p);
  scene_free(&s);
}

static void names_can_neither_end_the_data_nor_spoil_it(void **state) {
  (void)state;
  static const char *const names[] = {"</script><script>alert(1)</script>",
                                      "\"quoted\" \\ back",
                                      "<!--",
                                      "]]>",
                                      "a\nb\tc\x01",
                                      "\xff\xfe bad",
                                      "cut \xe2\x82",
                                      "\xed\xa0\x80",
                                      "∂ŷ 漢字 🙂",
                                      "\xe2\x80\xa8 line"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    scene s = doubling(1, names[i]);
    const wg_explore_options options = {.title = names[i], .subtitle = names[i]};
    page p = explored_with(&s, &options);
    assert_null(strchr(p.data, '<'));
    assert_int_equal(occurrences(p.data + strlen(p.data) + 1, "<script>"), 1); /* the page's own, after the data */
    page_free(&p);
    scene_free(&s);
  }
  scene s = doubling(1, "\xff");
  const wg_explore_options options = {.title = "\xff"};
  page p = explored_with(&s, &options);
  assert_contains(p.data, "\"title\":\"\\ufffd\"");
  assert_contains(p.data, "\"name\":\"\xef\xbf\xbd\""); /* the replacement character itself */
  page_free(&p);
  scene_free(&s);
}

static void tape_is_left_as_it_was_and_earlier_sweeps_change_nothing(void **state) {
  (void)state;
  scene fresh = doubling(3, "x"), swept = doubling(3, "x");
  wg_node *grad;
  assert_int_equal(wg_grad(swept.root, 1, &swept.x, &grad), WG_OK);
  size_t count = wg_tape_count(swept.tape);
  page a = explored(&fresh), b = explored(&swept);
  assert_string_equal(a.data, b.data);
  assert_int_equal(wg_tape_count(swept.tape), count);
  assert_int_equal(wg_tape_count(fresh.tape), 4);
  assert_string_equal(wg_node_name(grad), "");
  page_free(&a);
  page_free(&b);
  scene_free(&fresh);
  scene_free(&swept);
}

static void the_same_graph_gives_the_same_bytes(void **state) {
  (void)state;
  scene s = doubling(3, "x");
  page a = explored(&s), b = explored(&s);
  assert_string_equal(a.text, b.text);
  assert_string_equal(a.data, b.data);
  page_free(&a);
  page_free(&b);
  scene_free(&s);
}

static void nan_and_infinities_are_there_as_words(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SHAPE(3)), *root = wg_name(wg_sum_all(wg_mul(x, x)), "J");
  const double values[] = {NAN, INFINITY, -INFINITY};
  const wg_binding binding = {x, values};
  page p = page_new();
  assert_int_equal(wg_explore_write(p.path, root, 1, &x, 1, &binding, NULL, NULL), WG_OK);
  page_read(&p);
  assert_contains(p.data, "\"corner\":[\"NaN\",\"Infinity\",\"-Infinity\"]");
  assert_contains(p.data, "\"nan\":1");
  assert_contains(p.data, "\"min\":\"-Infinity\",\"max\":\"Infinity\",\"mean\":\"NaN\"");
  page_free(&p);
  wg_tape_free(t);
}

static void empty_tensors_and_large_ones_have_what_fits(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SHAPE(0, 3)), *y = wg_param(t, "y", WG_F64, WG_SHAPE(2, 500, 400));
  wg_node *root = wg_name(wg_add(wg_sum_all(x), wg_sum_all(y)), "J"), *wanted[] = {x, y};
  double *values = new_f64(400000);
  for (size_t i = 0; i < 400000; i++) values[i] = (double)i;
  const wg_binding bindings[] = {{x, NULL}, {y, values}};
  const wg_explore_options options = {.without_check = true};
  page p = page_new();
  assert_int_equal(wg_explore_write(p.path, root, 2, wanted, 2, bindings, &options, NULL), WG_OK);
  page_read(&p);
  assert_contains(p.data, "{\"count\":0}");
  /* eight rows of eight, of the first of the two matrices */
  assert_contains(p.data, "{\"count\":400000,\"rows\":8,\"columns\":8,\"corner\":[0,1,2,3,4,5,6,7,400,401,");
  assert_contains(p.data, ",2807],\"min\":0,\"max\":399999,\"mean\":199999.5,");
  assert_true(strlen(p.data) < 20000);
  free(values);
  page_free(&p);
  wg_tape_free(t);
}

static void single_precision_and_integers_are_shown_and_not_checked(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *w = wg_param(t, "w", WG_F32, WG_SHAPE(2, 3)), *labels = wg_input(t, "labels", WG_I64, WG_SHAPE(2));
  wg_node *root = wg_name(wg_softmax_cross_entropy(w, labels), "J");
  const float weights[] = {0.1f, 0.2f, 0.3f, 0, 0, 0};
  const int64_t classes[] = {2, 0};
  const wg_binding bindings[] = {{w, weights}, {labels, classes}};
  page p = page_new();
  assert_int_equal(wg_explore_write(p.path, root, 1, &w, 2, bindings, NULL, NULL), WG_OK);
  page_read(&p);
  assert_contains(p.data, "\"corner\":[0.1,0.2,0.3,0,0,0]"); /* as the shortest that are those floats */
  assert_contains(p.data, "\"corner\":[2,0]");
  assert_contains(p.data, "\"check\":{\"missing\":\"");
  page_free(&p);
  wg_tape_free(t);
}

static void what_lies_off_the_way_to_the_root_needs_no_values(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SCALAR), *other = wg_input(t, "other", WG_F64, WG_SHAPE(2));
  wg_name(wg_exp(other), "aside");
  wg_node *root = wg_name(wg_sin(x), "J");
  double value = 1;
  const wg_binding binding = {x, &value};
  page p = page_new();
  assert_int_equal(wg_explore_write(p.path, root, 1, &x, 1, &binding, NULL, NULL), WG_OK);
  page_read(&p);
  assert_contains(p.data, "\"name\":\"aside\"");
  assert_contains(p.data, "\"values\":[{"); /* x … */
  assert_contains(p.data, "},null,null,{"); /* … other, aside, and J */
  page_free(&p);
  wg_tape_free(t);
}

static void expansion_beyond_all_bounds_is_counted_and_cut(void **state) {
  (void)state;
  scene s = doubling(40, "x");
  const wg_explore_options options = {.expansion_rules_max = 100, .without_check = true};
  page p = explored_with(&s, &options);
  assert_contains(p.data, "\"rules\":\"2199023255550\""); /* 2⁴¹ − 2 */
  assert_contains(p.data, "\"paths\":\"1099511627776\"");
  assert_contains(p.data, "\"whole\":false");
  const char *expansion = strstr(p.data, "\"expansion\":");
  assert_non_null(expansion);
  assert_int_equal(occurrences(expansion, "[\"rule\""), 100);
  page_free(&p);
  scene_free(&s);
}

static void long_graph_stays_a_page(void **state) {
  (void)state;
  scene s = doubling(10000, "x");
  s.value = 1;
  page p = explored(&s);
  assert_contains(p.data, "\"rules\":\"");
  assert_contains(p.data, "e3010\"");     /* 2^10001 − 2 has 3011 digits: its first ones and the power of ten */
  assert_true(strlen(p.data) < 25000000); /* of 30,000 nodes */
  page_free(&p);
  scene_free(&s);
}

static void every_lecture_net_can_be_explored(void **state) {
  (void)state;
  for (wg_net_kind kind = WG_NET_NEURON; kind <= WG_NET_LAYERS; kind++) {
    wg_net_spec spec = wg_net_spec_of(kind);
    spec.samples = 5;
    wg_net *net = wg_net_new(&spec);
    assert_int_equal(wg_net_status(net), WG_OK);
    wg_weights *weights = wg_weights_new(net, NULL);
    wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
    wg_weights_init(weights, net, WG_INIT_XAVIER, &random);
    double *x = new_f64((size_t)wg_node_size(net->X)), *y = new_f64((size_t)wg_node_size(net->Y));
    wg_random_fill(&random, net, x, y);
    wg_binding *bindings = calloc(net->param_count + 2, sizeof *bindings);
    assert_non_null(bindings);
    bindings[0] = (wg_binding){net->X, x};
    bindings[1] = (wg_binding){net->Y, y};
    for (size_t k = 0; k < net->param_count; k++) bindings[k + 2] = (wg_binding){net->params[k], weights->data[k]};
    page p = page_new();
    wg_error error = {0};
    wg_status status =
        wg_explore_write(p.path, net->J, net->param_count, net->params, net->param_count + 2, bindings, NULL, &error);
    if (status != WG_OK) fail_msg("%s", error.message);
    page_read(&p);
    assert_contains(p.data, "\"left\":\"∂");
    assert_contains(p.data, "\"same_bits\":true");
    assert_null(strstr(p.data, "\"same_bits\":false"));
    page_free(&p);
    free(bindings);
    free(x);
    free(y);
    wg_weights_free(weights);
    wg_net_free(net);
  }
}

/* ---- Trainings ---- */

static wg_explore_training *trained(const wg_table *table, double rate, int64_t epochs) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = NULL;
  wg_error error = {0};
  assert_int_equal(wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL), WG_OK);
  wg_train_options options = wg_train_options_default();
  options.rate = rate;
  options.epochs = epochs;
  wg_samples samples = wg_table_samples(table);
  wg_explore_training *training = NULL;
  wg_status status = wg_explore_train(model, &samples, table, &options, &training, &error);
  if (status != WG_OK) fail_msg("%s", error.message);
  assert_non_null(training);
  wg_model_free(model);
  return training;
}

static void training_is_recorded_with_its_boundaries(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 20, 0.2, 1, NULL);
  scene s = doubling(1, "x");
  wg_explore_training *training = trained(table, 0.5, 1000);
  const wg_explore_options options = {.training = training};
  page p = explored_with(&s, &options);
  assert_contains(p.data, "\"epochs\":[[0,");
  assert_contains(p.data, "[1000,");
  assert_contains(p.data, "\"frames\":[{\"epoch\":0,\"counts\":[");
  assert_contains(p.data, "{\"epoch\":1000,\"counts\":[");
  assert_contains(p.data, "\"classes\":[\"0\",\"1\",\"2\"]");
  page_free(&p);
  scene_free(&s);
  wg_explore_training_free(training);
  wg_table_free(table);
}

static void training_that_diverges_is_a_record_of_how_far_it_came(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 20, 0.2, 1, NULL);
  for (int64_t i = 0; i < table->rows; i++) wg_table_set_feature(table, i, 0, 1e150 * wg_table_feature(table, i, 0));
  scene s = doubling(1, "x");
  wg_explore_training *training = trained(table, 1e6, 50);
  const wg_explore_options options = {.training = training};
  page p = explored_with(&s, &options);
  assert_contains(p.data, "\"failure\":\"epoch ");
  assert_contains(p.data, "the loss is ");
  page_free(&p);
  scene_free(&s);
  wg_explore_training_free(training);
  wg_explore_training_free(NULL);
  wg_table_free(table);
}

/* ---- Errors ---- */

static void refused(wg_status expected, const char *part, const char *path, wg_node *root, size_t count,
                    wg_node *const *wanted, size_t binding_count, const wg_binding *bindings) {
  wg_error error = {0};
  wg_status status = wg_explore_write(path, root, count, wanted, binding_count, bindings, NULL, &error);
  assert_int_equal(status, expected);
  assert_int_equal(error.status, expected);
  assert_contains(error.message, part);
  assert_int_equal(wg_explore_write(path, root, count, wanted, binding_count, bindings, NULL, NULL), expected);
}

static void graphs_that_cannot_be_explored_are_refused_with_a_reason(void **state) {
  (void)state;
  page p = page_new();
  scene s = doubling(1, "x"), other = doubling(1, "u");
  s.binding = (wg_binding){s.x, &s.value};
  const wg_binding foreign = {other.x, &other.value};
  wg_node *none = NULL, *aside = wg_param(s.tape, "aside", WG_F64, WG_SCALAR), *vector, *before, *root2;
  before = wg_param(s.tape, "before", WG_F64, WG_SHAPE(2));
  vector = wg_mul(before, before);
  root2 = wg_mul(s.root, s.root);
  refused(WG_ERROR_ARGUMENT, "path", NULL, s.root, 1, &s.x, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "the root is NULL", p.path, NULL, 1, &s.x, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "no node is wanted", p.path, s.root, 0, NULL, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "no node is wanted", p.path, s.root, 1, NULL, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "wanted node 1 of 1", p.path, s.root, 1, &none, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "wanted node 1 of 1", p.path, s.root, 1, &other.x, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "wanted node 1 of 1", p.path, s.root, 1, &aside, 1, &s.binding); /* recorded later */
  refused(WG_ERROR_ARGUMENT, "depends on none", p.path, root2, 1, &aside, 1, &s.binding);
  refused(WG_ERROR_ARGUMENT, "binding 1 of 1", p.path, s.root, 1, &s.x, 1, &foreign);
  refused(WG_ERROR_UNBOUND, "param x () has no values", p.path, s.root, 1, &s.x, 0, NULL);
  const double pair[] = {1, 2};
  const wg_binding bound = {before, pair};
  refused(WG_ERROR_ARGUMENT, "not a scalar", p.path, vector, 1, &before, 1, &bound);
  scene_free(&s);
  scene_free(&other);
  page_free(&p);
}

static void graph_of_a_failed_call_gives_its_message(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SHAPE(2, 3)), *root = wg_sum_all(wg_matmul(x, x));
  refused(WG_ERROR_SHAPE, "matmul: x (2,3) · x (2,3)", "/tmp/never-written.html", root, 1, &x, 0, NULL);
  wg_tape_free(t);
}

static void values_that_an_operation_refuses_are_an_error(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *w = wg_param(t, "w", WG_F64, WG_SHAPE(1, 2)), *labels = wg_input(t, "labels", WG_I64, WG_SHAPE(1));
  wg_node *root = wg_name(wg_softmax_cross_entropy(w, labels), "J");
  const double weights[] = {0, 0};
  const int64_t wrong = 7;
  const wg_binding bindings[] = {{w, weights}, {labels, &wrong}};
  refused(WG_ERROR_DATA, "7", "/tmp/never-written.html", root, 1, &w, 2, bindings);
  assert_int_equal(access("/tmp/never-written.html", F_OK), -1);
  wg_tape_free(t);
}

static void file_that_cannot_be_written_is_named_with_the_reason(void **state) {
  (void)state;
  scene s = doubling(1, "x");
  s.binding = (wg_binding){s.x, &s.value};
  refused(WG_ERROR_FILE, "/no/such/folder/net.html: cannot be opened: No such file", "/no/such/folder/net.html", s.root,
          1, &s.x, 1, &s.binding);
  if (access("/dev/full", F_OK) == 0)
    refused(WG_ERROR_FILE, "/dev/full: cannot be written: No space left", "/dev/full", s.root, 1, &s.x, 1, &s.binding);
  scene_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(page_has_the_numbers_of_a_graph_done_by_hand),
      cmocka_unit_test(names_can_neither_end_the_data_nor_spoil_it),
      cmocka_unit_test(tape_is_left_as_it_was_and_earlier_sweeps_change_nothing),
      cmocka_unit_test(the_same_graph_gives_the_same_bytes),
      cmocka_unit_test(nan_and_infinities_are_there_as_words),
      cmocka_unit_test(empty_tensors_and_large_ones_have_what_fits),
      cmocka_unit_test(single_precision_and_integers_are_shown_and_not_checked),
      cmocka_unit_test(what_lies_off_the_way_to_the_root_needs_no_values),
      cmocka_unit_test(expansion_beyond_all_bounds_is_counted_and_cut),
      cmocka_unit_test(long_graph_stays_a_page),
      cmocka_unit_test(every_lecture_net_can_be_explored),
      cmocka_unit_test(training_is_recorded_with_its_boundaries),
      cmocka_unit_test(training_that_diverges_is_a_record_of_how_far_it_came),
      cmocka_unit_test(graphs_that_cannot_be_explored_are_refused_with_a_reason),
      cmocka_unit_test(graph_of_a_failed_call_gives_its_message),
      cmocka_unit_test(values_that_an_operation_refuses_are_an_error),
      cmocka_unit_test(file_that_cannot_be_written_is_named_with_the_reason),
  };
  return RUN_TESTS(tests);
}
