/* What a model says of samples, against the nets' own loss and probabilities; and the drawings of an analysis. */
#include "../support.h"

#include "../../models/draw_analysis.h"
#include "../../models/predictions.h"
#include "../../models/text_data.h"

#include <math.h>
#include <string.h>

static wg_model *model_of(const wg_net_spec *spec) {
  wg_model *model;
  wg_error error;
  if (wg_model_new(spec, WG_INIT_XAVIER, 3, &model, &error) != WG_OK) fail_msg("%s", error.message);
  return model;
}

/* Random samples that fit the net: a table of 2·size + 5 rows, so that the last batch is a smaller one. */
static wg_table *table_of(const wg_net_spec *spec, int64_t rows) {
  const wg_net net = {.spec = *spec};
  wg_table *table = wg_table_new(rows, wg_net_features(&net), wg_net_classes(&net), NULL);
  fill_f64(table->features, (size_t)(rows * table->columns), -1, 1, 4);
  fill_i64(table->labels, (size_t)rows, 0, table->classes, 5);
  return table;
}

static const wg_net_kind table_nets[] = {WG_NET_NEURON, WG_NET_SOFTMAX, WG_NET_COLUMNS,
                                         WG_NET_SPIRAL, WG_NET_LAYERS,  WG_NET_CNN};
enum { TABLE_NETS = sizeof table_nets / sizeof *table_nets };

static void predictions_are_those_of_the_evaluation(void **state) {
  (void)state;
  const int64_t three_outputs[] = {2, 4, 3};
  for (int i = 0; i <= TABLE_NETS; i++) {
    wg_net_spec spec = wg_net_spec_of(i < TABLE_NETS ? table_nets[i] : WG_NET_COLUMNS);
    if (i == TABLE_NETS) spec.widths = three_outputs;
    wg_model *model = model_of(&spec);
    wg_table *table = table_of(&spec, 2053);
    wg_samples samples = wg_table_samples(table);
    wg_predictions *p;
    wg_evaluation evaluation;
    assert_int_equal(wg_predictions_new(model, &samples, &p, NULL), WG_OK);
    assert_int_equal(wg_evaluate_samples(model, &samples, &evaluation, NULL), WG_OK);
    assert_int_equal(p->rows, 2053);
    assert_memory_equal(p->labels, table->labels, 2053 * sizeof(int64_t));
    int64_t right = 0;
    double sum = 0;
    for (int64_t j = 0; j < p->rows; j++) {
      right += p->predicted[j] == p->labels[j];
      sum += p->loss[j] / (double)p->rows;
    }
    assert_int_equal(right, evaluation.right);
    assert_close("J", 1, &sum, &evaluation.loss, 1e-12);

    double *expected = new_f64((size_t)(p->rows * p->classes));
    int64_t *labels = malloc((size_t)p->rows * sizeof *labels);
    assert_int_equal(wg_predict(model, p->rows, table->columns, table->features, labels, expected, NULL), WG_OK);
    assert_close("probabilities", (size_t)(p->rows * p->classes), p->probabilities, expected, 1e-13);
    assert_memory_equal(p->predicted, labels, (size_t)p->rows * sizeof *labels);
    free(expected);
    free(labels);
    wg_evaluation_clear(&evaluation);
    wg_predictions_free(p);
    wg_table_free(table);
    wg_model_free(model);
  }
}

static void a_text_has_a_prediction_for_each_character(void **state) {
  (void)state;
  wg_text_data *text;
  assert_int_equal(wg_text_data_new("abcdefghabcdefgh", 16, NULL, NULL, &text, NULL), WG_OK);
  wg_net_spec spec = wg_net_spec_of(WG_NET_LSTM); /* 8 characters, 6 steps */
  spec.steps = 5;
  wg_model *model = model_of(&spec);
  wg_text_part part = {.text = text, .length = 16, .steps = 5};
  wg_samples samples = wg_text_samples(&part);
  wg_predictions *p;
  wg_evaluation evaluation;
  assert_int_equal(wg_predictions_new(model, &samples, &p, NULL), WG_OK);
  assert_int_equal(wg_evaluate_samples(model, &samples, &evaluation, NULL), WG_OK);
  assert_int_equal(p->rows, 10);
  double sum = 0;
  for (int64_t j = 0; j < 10; j++) {
    assert_int_equal(p->labels[j], (j + 1) % 8);
    sum += p->loss[j] / 10;
  }
  assert_close("J", 1, &sum, &evaluation.loss, 1e-12);
  wg_evaluation_clear(&evaluation);
  wg_predictions_free(p);
  wg_model_free(model);
  wg_text_data_free(text);
}

/* One neuron with w = (1000, 0), b = 0 and the softmax classifier with W = (0, 1000): at x = ±1 the logits are ±1000,
 * whose probabilities are 0 and 1, and whose losses are 0 and 1000. */
static void a_loss_is_finite_where_its_probability_is_none(void **state) {
  (void)state;
  const wg_net_kind kinds[] = {WG_NET_NEURON, WG_NET_SOFTMAX};
  for (int i = 0; i < 2; i++) {
    wg_net_spec spec = wg_net_spec_of(kinds[i]);
    spec.dtype = WG_F32;
    spec.widths = i ? (const int64_t[]){2, 2} : (const int64_t[]){2, 1};
    spec.width_count = 2;
    wg_model *model = model_of(&spec);
    memset(model->weights->data[0], 0, (size_t)model->weights->size[0] * sizeof(float));
    ((float *)model->weights->data[0])[i] = 1000; /* the weight of x₁ for class 1 */
    wg_table *table = wg_table_new(2, 2, 2, NULL);
    wg_table_set_feature(table, 0, 0, 1);
    wg_table_set_feature(table, 1, 0, 1);
    table->labels[1] = 1;
    wg_samples samples = wg_table_samples(table);
    wg_predictions *p;
    assert_int_equal(wg_predictions_new(model, &samples, &p, NULL), WG_OK);
    assert_true(p->probabilities[0] == 0 && p->probabilities[1] == 1);
    assert_true(p->loss[0] == 1000 && p->loss[1] == 0);
    assert_true(p->predicted[0] == 1 && p->predicted[1] == 1);

    ((float *)model->weights->data[0])[i] = NAN;
    wg_predictions_free(p);
    assert_int_equal(wg_predictions_new(model, &samples, &p, NULL), WG_OK);
    assert_true(p->predicted[0] == -1 && isnan(p->loss[0]));
    wg_predictions_free(p);
    wg_table_free(table);
    wg_model_free(model);
  }
}

static void samples_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL), other = wg_net_spec_of(WG_NET_CNN);
  wg_model *model = model_of(&spec);
  wg_table *table = table_of(&other, 3);
  wg_samples samples = wg_table_samples(table);
  wg_predictions *p = (wg_predictions *)&p;
  wg_error error;
  assert_int_equal(wg_predictions_new(model, &samples, &p, &error), WG_ERROR_DATA);
  assert_null(p);
  wg_table_free(table);
  wg_model_free(model);
}

static void no_samples_have_no_predictions(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = model_of(&spec);
  wg_table *table = wg_table_new(0, 2, 3, NULL);
  wg_samples samples = wg_table_samples(table);
  wg_predictions *p;
  assert_int_equal(wg_predictions_new(model, &samples, &p, NULL), WG_OK);
  assert_int_equal(p->rows, 0);
  wg_predictions_free(p);
  wg_table_free(table);
  wg_model_free(model);
}

/* ---- Drawings ---- */

static const int64_t labels[] = {0, 1, 2, 2, 2, 1}, predicted[] = {0, 0, 2, 2, 1, -1};
static const char *const names[] = {"a & b", "<c>", "d"};

static size_t count_of(const wg_drawing *drawing, const char *part) {
  size_t count = 0;
  for (const char *at = wg_drawing_text(drawing); (at = strstr(at, part)); at += strlen(part)) count++;
  return count;
}

static void a_cell_is_drawn_for_each_pair_that_comes_up(void **state) {
  (void)state;
  wg_metrics *m = NULL;
  wg_drawing *drawing;
  assert_int_equal(wg_metrics_new(6, 3, labels, predicted, WG_ZERO_DIVISION_NAN, NULL, &m, NULL), WG_OK);
  assert_int_equal(wg_draw_confusion_svg(m, names, NULL, &drawing, NULL), WG_OK);
  assert_int_equal(count_of(drawing, "<rect class=\"mark0\""), 2); /* a as a, d as d */
  assert_int_equal(count_of(drawing, "<rect class=\"mark1\""), 2); /* <c> as a, d as <c> */
  assert_contains(wg_drawing_text(drawing), "d taken for &lt;c&gt;: 1 of 3");
  assert_contains(wg_drawing_text(drawing), "a &amp; b is right: 1 of 1");
  wg_drawing_free(drawing);
  assert_int_equal(wg_draw_scores_svg(m, names, NULL, &drawing, NULL), WG_OK);
  assert_int_equal(count_of(drawing, "halo\" d="), 9);
  wg_drawing_free(drawing);
  wg_metrics_free(m);
}

static void too_many_classes_are_not_drawn(void **state) {
  (void)state;
  wg_metrics *m = NULL;
  wg_drawing *drawing;
  const char *many[300];
  for (int k = 0; k < 300; k++) many[k] = "name";
  assert_int_equal(wg_metrics_new(6, 300, labels, predicted, WG_ZERO_DIVISION_NAN, NULL, &m, NULL), WG_OK);
  assert_int_equal(wg_draw_confusion_svg(m, many, NULL, &drawing, NULL), WG_ERROR_ARGUMENT);
  assert_null(drawing);
  assert_int_equal(wg_draw_scores_svg(m, many, NULL, &drawing, NULL), WG_ERROR_ARGUMENT);
  wg_metrics_free(m);
}

/* An image of 2×2: bright, dark, gray, bright. Its stretches are one bright above, one gray and one bright below. */
static void pixels_of_a_shade_are_a_path(void **state) {
  (void)state;
  const double pixels[] = {1, 0, 0.5, 1};
  const wg_picture picture = {.pixels = pixels, .lines = {"one", "two"}};
  wg_drawing *drawing;
  assert_int_equal(wg_draw_pictures_svg(1, &picture, 1, 2, 2, "Title", NULL, &drawing, NULL), WG_OK);
  assert_contains(wg_drawing_text(drawing), "<path fill=\"#ffffff\" d=\"M0 0h1v1h-1zM1 1h1v1h-1z\"/>");
  assert_contains(wg_drawing_text(drawing), "d=\"M0 1h1v1h-1z\"/>");
  assert_int_equal(count_of(drawing, "<path fill="), 2);
  wg_drawing_free(drawing);
  const double colors[] = {1, 0, 0, 1, 0, 0}; /* two pixels: their red, their green, their blue */
  const wg_picture colored = {.pixels = colors, .lines = {"", ""}};
  assert_int_equal(wg_draw_pictures_svg(1, &colored, 3, 1, 2, "Title", NULL, &drawing, NULL), WG_OK);
  assert_contains(wg_drawing_text(drawing), "<path fill=\"#ff0000\" d=\"M0 0h1v1h-1z\"/>");
  assert_contains(wg_drawing_text(drawing), "<path fill=\"#00ff00\" d=\"M1 0h1v1h-1z\"/>");
  wg_drawing_free(drawing);
  assert_int_equal(wg_draw_pictures_svg(1, &picture, 1, 2, 999, "Title", NULL, &drawing, NULL), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_draw_pictures_svg(0, &picture, 1, 2, 2, "Title", NULL, &drawing, NULL), WG_ERROR_ARGUMENT);
}

/* ---- Memory ---- */

static wg_status draw_all(const wg_allocator *allocator, void *context, double *number) {
  const double pixels[] = {1, 0, 0.5, 1};
  const wg_picture picture = {.pixels = pixels, .lines = {"one", "two"}};
  wg_bin bins[2];
  wg_drawing *drawings[4] = {NULL};
  const wg_metrics *m = context;
  *number = 0;
  wg_status status = wg_calibration(2, 2, (int64_t[]){0, 1}, (double[]){0.4, 0.6, 0.1, 0.9}, 2, bins, NULL, NULL, NULL);
  if (status == WG_OK) status = wg_draw_confusion_svg(m, names, allocator, &drawings[0], NULL);
  if (status == WG_OK) status = wg_draw_scores_svg(m, names, allocator, &drawings[1], NULL);
  if (status == WG_OK) status = wg_draw_calibration_svg(2, bins, 0.1, allocator, &drawings[2], NULL);
  if (status == WG_OK) status = wg_draw_pictures_svg(1, &picture, 1, 2, 2, "Title", allocator, &drawings[3], NULL);
  for (int i = 0; i < 4; i++) {
    *number += (double)wg_drawing_size(drawings[i]);
    wg_drawing_free(drawings[i]);
  }
  return status;
}

static wg_status predict_all(const wg_allocator *allocator, void *context, double *number) {
  const wg_model *whole = context;
  wg_model model = *whole; /* the same weights, other memory for what is made on the way */
  model.allocator = *allocator;
  wg_table *table = table_of(&model.spec, 7);
  wg_samples samples = wg_table_samples(table);
  wg_predictions *p;
  wg_status status = wg_predictions_new(&model, &samples, &p, NULL);
  if (status == WG_OK) *number = p->loss[6];
  wg_predictions_free(p);
  wg_table_free(table);
  return status;
}

static void all_survives_every_failed_allocation(void **state) {
  (void)state;
  wg_metrics *m = NULL;
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  wg_model *model = model_of(&spec);
  assert_int_equal(wg_metrics_new(6, 3, labels, predicted, WG_ZERO_DIVISION_NAN, NULL, &m, NULL), WG_OK);
  assert_survives_failed_allocations("drawings", draw_all, m);
  assert_survives_failed_allocations("predictions", predict_all, model);
  wg_metrics_free(m);
  wg_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(predictions_are_those_of_the_evaluation),
      cmocka_unit_test(a_text_has_a_prediction_for_each_character),
      cmocka_unit_test(a_loss_is_finite_where_its_probability_is_none),
      cmocka_unit_test(samples_that_do_not_fit_are_refused),
      cmocka_unit_test(no_samples_have_no_predictions),
      cmocka_unit_test(a_cell_is_drawn_for_each_pair_that_comes_up),
      cmocka_unit_test(too_many_classes_are_not_drawn),
      cmocka_unit_test(pixels_of_a_shade_are_a_path),
      cmocka_unit_test(all_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
