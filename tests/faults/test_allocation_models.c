/* Every allocation of data, nets, training and drawings fails in turn, once and for good: always a status, never a crash,
 * and no leak. */
#include "../support.h"
#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double weighted(size_t n, const double *values) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += values[i] * (1 + 0.01 * (double)i);
  return sum;
}

static double table_number(const wg_table *table) {
  double sum = weighted((size_t)(table->rows * table->columns), table->features);
  for (int64_t i = 0; i < table->rows; i++) sum += (double)table->labels[i] * (double)(i + 1);
  return sum;
}

/* ---- Data ---- */

static const char csv[] = "length,\"width \"\"w\"\"\",species\n"
                          "5.1,3.5,setosa\n"
                          "4.9,3,\"versicolor, red\"\n"
                          "4.7,-3.2e-1,setosa\n"
                          "6,2.9,virginica\n";

static wg_status parse_csv(const wg_allocator *allocator, void *context, double *number) {
  const wg_csv_options options = {.label = context, .allocator = allocator};
  wg_table *table;
  wg_error error;
  wg_status status = wg_csv_parse("memory", csv, sizeof csv - 1, &options, &table, &error);
  if (status != WG_OK) {
    assert_null(table);
    assert_int_equal(error.status, status);
    assert_true(*error.message);
    return status;
  }
  *number = table_number(table);
  wg_table_free(table);
  return WG_OK;
}

static wg_status read_csv(const wg_allocator *allocator, void *context, double *number) {
  wg_table *table;
  wg_status status = wg_csv_read(context, &(wg_csv_options){.allocator = allocator}, &table, NULL);
  if (status != WG_OK) return status;
  *number = table_number(table);
  wg_table_free(table);
  return WG_OK;
}

/* A wrong field is still WG_ERROR_DATA where memory suffices for getting there. */
static wg_status parse_bad_csv(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  const char text[] = "a,b,c\n1,2,x\n1,oops,y\n";
  wg_table *table;
  wg_error error;
  wg_status status =
      wg_csv_parse("bad", text, sizeof text - 1, &(wg_csv_options){.allocator = allocator}, &table, &error);
  assert_null(table);
  assert_true(status == WG_ERROR_DATA || status == WG_ERROR_MEMORY);
  *number = 1;
  return status == WG_ERROR_DATA ? WG_OK : status;
}

static wg_status split_spiral(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_table *table = wg_spiral(3, 10, 0.2, 1, allocator), *rest = NULL, *held = NULL;
  wg_status status = table ? wg_table_split(table, 0.3, 2, &rest, &held, NULL) : WG_ERROR_MEMORY;
  wg_scaler *scaler = status == WG_OK ? wg_scaler_new(rest, allocator) : NULL;
  if (status == WG_OK) status = scaler ? wg_scaler_apply(scaler, held) : WG_ERROR_MEMORY;
  if (status == WG_OK) *number = table_number(table) + table_number(rest) + table_number(held);
  wg_scaler_free(scaler);
  wg_table_free(table);
  wg_table_free(rest);
  wg_table_free(held);
  return status;
}

/* ---- Nets ---- */

static wg_status run_net(const wg_net *net, const wg_weights *weights, const wg_table *table, double *number) {
  double *x = new_f64((size_t)wg_node_size(net->X)), *y = new_f64((size_t)wg_node_size(net->Y));
  wg_random random = wg_random_new(4, WG_STREAM_DATA);
  if (wg_net_is_sequence(net->spec.kind))
    wg_random_fill(&random, net, x, y);
  else
    wg_table_fill(table, net, NULL, x, y);
  wg_node *outputs[] = {net->J, net->prediction};
  wg_plan *plan = wg_plan_new(2, outputs);
  wg_status status = wg_plan_status(plan);
  if (status == WG_OK) status = wg_weights_bind(weights, net, plan);
  if (status == WG_OK) status = wg_bind(plan, net->X, x);
  if (status == WG_OK) status = wg_bind(plan, net->Y, y);
  if (status == WG_OK) status = wg_run(plan);
  if (status == WG_OK) {
    const double *prediction = wg_data(plan, net->prediction);
    *number = *(const double *)wg_data(plan, net->J) + weighted((size_t)wg_node_size(net->prediction), prediction);
  }
  wg_plan_free(plan);
  free(x);
  free(y);
  return status;
}

static wg_status build_net(const wg_allocator *allocator, void *context, double *number) {
  wg_net_spec spec = *(const wg_net_spec *)context;
  spec.allocator = allocator;
  wg_net *net = wg_net_new(&spec);
  wg_status status = wg_net_status(net);
  assert_true(status == WG_OK || *wg_net_error(net));
  wg_weights *weights = status == WG_OK ? wg_weights_new(net, allocator) : NULL;
  if (status == WG_OK && !weights) status = WG_ERROR_MEMORY;
  if (status == WG_OK) {
    wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
    wg_weights_init(weights, net, WG_INIT_HE, &random);
    wg_table *table = wg_table_new(spec.samples, wg_net_features(net), wg_net_classes(net), NULL);
    assert_non_null(table);
    fill_f64(table->features, (size_t)(table->rows * table->columns), -1, 1, 3);
    status = run_net(net, weights, table, number);
    wg_table_free(table);
  }
  wg_weights_free(weights);
  wg_net_free(net);
  return status;
}

static wg_status by_hand(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  double X[10], Y[15] = {0}, W1[8], b1[4], W2[12], b2[3];
  fill_f64(X, 10, -1, 1, 1), fill_f64(W1, 8, -1, 1, 2), fill_f64(b1, 4, -1, 1, 3);
  fill_f64(W2, 12, -1, 1, 4), fill_f64(b2, 3, -1, 1, 5);
  for (int i = 0; i < 5; i++) Y[3 * i + i % 3] = 1;
  wg_hand *hand = wg_hand_new(5, 2, 4, 3, allocator);
  if (!hand) return WG_ERROR_MEMORY;
  wg_hand_run(hand, X, Y, W1, b1, W2, b2);
  *number = hand->J + weighted(8, hand->dW1);
  wg_hand_free(hand);
  return WG_OK;
}

/* ---- Training and drawing ---- */

enum { EPOCHS = 3 };

typedef struct history {
  wg_epoch epochs[EPOCHS + 1];
  size_t count;
} history;

static bool keep_epoch(void *context, const wg_epoch *epoch) {
  history *h = context;
  assert_true(h->count <= EPOCHS);
  h->epochs[h->count++] = *epoch;
  return true;
}

static wg_status train(wg_model *model, const wg_table *table, history *h, double *number) {
  wg_train_options options = wg_train_options_default();
  options.epochs = EPOCHS;
  options.batch = 7;
  options.rate = 0.1;
  options.progress = keep_epoch;
  options.context = h;
  wg_epoch last;
  wg_error error;
  wg_status status = wg_train(model, table, &options, &last, &error);
  if (status != WG_OK) {
    assert_int_equal(error.status, status);
    return status;
  }
  int64_t labels[30];
  double probabilities[90];
  status = wg_predict(model, 30, 2, table->features, labels, probabilities, NULL);
  if (status != WG_OK) return status;
  wg_evaluation evaluation = {0};
  status = wg_evaluate(model, table, &evaluation, NULL);
  if (status == WG_OK) *number = last.loss + evaluation.loss + weighted(90, probabilities);
  wg_evaluation_clear(&evaluation);
  return status;
}

static wg_status draw_one(int kind, const wg_boundary *boundary, const wg_table *table, const history *h,
                          const wg_allocator *allocator, wg_drawing **drawing) {
  const wg_terminal terminal = {.width = 40, .unicode = true, .color = true};
  switch (kind) {
  case 0:
    return wg_draw_boundary_svg(boundary, table, "title", drawing, NULL);
  case 1:
    return wg_draw_boundary_text(boundary, table, &terminal, drawing, NULL);
  case 2:
    return wg_draw_loss_svg(h->count, h->epochs, "loss", allocator, drawing, NULL);
  default:
    return wg_draw_loss_text(h->count, h->epochs, &terminal, allocator, drawing, NULL);
  }
}

static wg_status draw(const wg_model *model, const wg_table *table, const history *h, const wg_allocator *allocator,
                      double *number) {
  wg_boundary *boundary = NULL;
  wg_status status = wg_boundary_new(model, table, 12, 10, &boundary, NULL);
  assert_true((status == WG_OK) == (boundary != NULL));
  for (int kind = 0; kind < 4 && status == WG_OK; kind++) {
    wg_drawing *drawing = NULL;
    status = draw_one(kind, boundary, table, h, allocator, &drawing);
    assert_true((status == WG_OK) == (drawing != NULL));
    *number += (double)wg_drawing_size(drawing);
    wg_drawing_free(drawing);
  }
  wg_boundary_free(boundary);
  return status;
}

static wg_status train_and_draw(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.allocator = allocator;
  wg_table *table = wg_spiral(3, 10, 0.2, 1, NULL);
  assert_non_null(table);
  wg_model *model = NULL;
  history h = {0};
  wg_status status = wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL);
  assert_true((status == WG_OK) == (model != NULL));
  if (status == WG_OK) status = train(model, table, &h, number);
  if (status == WG_OK) status = draw(model, table, &h, allocator, number);
  wg_model_free(model);
  wg_table_free(table);
  return status;
}

/* ---- The statements ---- */

static void report(const char *what, size_t count) { printf("%s: %zu allocations failed in turn\n", what, count); }

static void reading_data_survives_every_failed_allocation(void **state) {
  (void)state;
  char path[] = "/tmp/wengert-allocation-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0 && write(file, csv, sizeof csv - 1) == (ssize_t)(sizeof csv - 1) && close(file) == 0);
  report("csv from a file", assert_survives_failed_allocations("csv from a file", read_csv, path));
  assert_int_equal(unlink(path), 0);
  char label[] = "species", number[] = "3";
  report("csv", assert_survives_failed_allocations("csv", parse_csv, label));
  report("csv", assert_survives_failed_allocations("csv", parse_csv, number));
  report("bad csv", assert_survives_failed_allocations("bad csv", parse_bad_csv, NULL));
  report("spiral", assert_survives_failed_allocations("spiral", split_spiral, NULL));
}

static void every_net_survives_every_failed_allocation(void **state) {
  (void)state;
  for (wg_net_kind kind = 0; kind < WG_NET_KIND_COUNT; kind++)
    for (int indices = 0; indices < 2; indices++) {
      wg_net_spec spec = wg_net_spec_of(kind);
      spec.samples = 5;
      spec.class_indices = indices && (kind == WG_NET_SOFTMAX || kind == WG_NET_SPIRAL || kind == WG_NET_LAYERS);
      spec.unfused = indices && kind == WG_NET_NEURON;
      report(wg_net_name(kind), assert_survives_failed_allocations(wg_net_name(kind), build_net, &spec));
    }
  const int64_t widths[] = {2, 3, 3, 3, 3, 3};
  wg_net_spec deep = wg_net_spec_of(WG_NET_LAYERS);
  deep.samples = 5;
  deep.widths = widths;
  deep.width_count = 6;
  deep.activation = WG_ACTIVATION_TANH;
  report("deep", assert_survives_failed_allocations("deep", build_net, &deep));
  report("by hand", assert_survives_failed_allocations("by hand", by_hand, NULL));
}

static void training_and_drawing_survive_every_failed_allocation(void **state) {
  (void)state;
  report("train and draw", assert_survives_failed_allocations("train and draw", train_and_draw, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reading_data_survives_every_failed_allocation),
      cmocka_unit_test(every_net_survives_every_failed_allocation),
      cmocka_unit_test(training_and_drawing_survive_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
