/* The lecture's nets as they are recorded: names, shapes, gradients against those derived by hand, and bad specs. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static wg_net *new_net(const wg_net_spec *spec) {
  wg_net *net = wg_net_new(spec);
  if (wg_net_status(net) != WG_OK) fail_msg("%s", wg_net_error(net));
  return net;
}

static wg_net *lecture_net(wg_net_kind kind) {
  wg_net_spec spec = wg_net_spec_of(kind);
  return new_net(&spec);
}

/* ---- What is recorded ---- */

static void assert_names(wg_net_kind kind, const char *expected, int64_t elements) {
  char names[256] = "";
  wg_net *net = lecture_net(kind);
  for (size_t i = 0; i < net->named_count; i++) {
    if (i) strcat(names, " ");
    strcat(names, wg_node_name(net->named[i]));
  }
  assert_string_equal(names, expected);
  assert_int_equal(wg_net_param_elements(net), elements);
  wg_net_free(net);
}

static void nodes_have_the_names_of_the_lecture(void **state) {
  (void)state;
  assert_names(WG_NET_NEURON, "x y w b z a J", 3);
  assert_names(WG_NET_SOFTMAX, "X Y W b Z A J", 9);
  assert_names(WG_NET_COLUMNS, "X Y W1 b1 W2 b2 Z1 A1 Z2 ŷ J", 17);
  assert_names(WG_NET_SPIRAL, "X Y W1 b1 W2 b2 Z1 A1 Z2 A2 J", 27);
  assert_names(WG_NET_LAYERS, "X Y W1 b1 Z1 A1 W2 b2 Z2 A2 W3 b3 Z3 A3 J", 2 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3);
}

static void assert_shape(const wg_net *net, const char *name, int64_t rows, int64_t columns) {
  wg_shape shape = wg_node_shape(wg_tape_find(net->tape, name)), expected = WG_SHAPE(rows, columns);
  if (!wg_shape_equal(&shape, &expected)) fail_msg("%s has another shape", name);
}

static void net_d_has_the_shapes_of_the_lecture(void **state) {
  (void)state;
  wg_net *net = lecture_net(WG_NET_SPIRAL);
  assert_shape(net, "X", 300, 2);
  assert_shape(net, "W1", 2, 4);
  assert_shape(net, "b1", 1, 4);
  assert_shape(net, "Z1", 300, 4);
  assert_shape(net, "A1", 300, 4);
  assert_shape(net, "W2", 4, 3);
  assert_shape(net, "b2", 1, 3);
  assert_shape(net, "Z2", 300, 3);
  assert_shape(net, "A2", 300, 3);
  assert_shape(net, "Y", 300, 3);
  assert_int_equal(wg_node_size(net->J), 1);
  wg_net_free(net);
}

static void parameters_come_in_pairs_of_weights_and_bias(void **state) {
  (void)state;
  const char *expected[] = {"W1", "b1", "W2", "b2", "W3", "b3"};
  wg_net *net = lecture_net(WG_NET_LAYERS);
  assert_int_equal(net->param_count, 6);
  for (int k = 0; k < 6; k++) assert_string_equal(wg_node_name(net->params[k]), expected[k]);
  wg_net_free(net);
}

static void predictions_are_the_sigmoid_or_softmax_of_the_logits(void **state) {
  (void)state;
  const char *expected[WG_NET_KIND_COUNT] = {"sigmoid", "softmax", "sigmoid"}; /* and softmax for the others */
  for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++) {
    wg_net *net = lecture_net((wg_net_kind)kind);
    assert_string_equal(wg_node_op(net->prediction), expected[kind] ? expected[kind] : "softmax");
    assert_ptr_equal(wg_node_input(net->prediction, 0), net->logits);
    wg_net_free(net);
  }
}

static size_t count_op(const wg_tape *tape, const char *op) {
  size_t count = 0;
  for (size_t i = 0; i < wg_tape_count(tape); i++) count += strcmp(wg_node_op(wg_tape_node(tape, i)), op) == 0;
  return count;
}

static void the_prediction_and_the_gradient_share_their_softmax_or_sigmoid(void **state) {
  (void)state;
  const struct {
    wg_net_kind kind;
    const char *op;
    size_t count;
  } cases[] = {{WG_NET_NEURON, "sigmoid", 1},
               {WG_NET_SOFTMAX, "softmax", 1},
               {WG_NET_COLUMNS, "sigmoid", 2},
               {WG_NET_SPIRAL, "softmax", 1},
               {WG_NET_LAYERS, "softmax", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wg_net *net = lecture_net(cases[i].kind);
    wg_node *grad[6];
    assert_int_equal(wg_grad(net->J, net->param_count, net->params, grad), WG_OK);
    assert_int_equal(count_op(net->tape, cases[i].op), cases[i].count);
    wg_net_free(net);
  }
}

/* ---- Numbers ---- */

/* Values of a net at random weights and samples: J, then all gradients of params, one after the other. */
typedef struct values {
  wg_net *net;
  wg_weights *weights;
  double *x, *y, J, *grad;
} values;

static void compute(values *v) {
  wg_node *grad[64], *outputs[65] = {v->net->J};
  size_t count = v->net->param_count;
  assert_int_equal(wg_grad(v->net->J, count, v->net->params, grad), WG_OK);
  for (size_t k = 0; k < count; k++) outputs[k + 1] = grad[k];
  wg_plan *plan = wg_plan_new(count + 1, outputs);
  assert_int_equal(wg_bind(plan, v->net->X, v->x), WG_OK);
  assert_int_equal(wg_bind(plan, v->net->Y, v->y), WG_OK);
  assert_int_equal(wg_weights_bind(v->weights, v->net, plan), WG_OK);
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  v->J = *(const double *)wg_data(plan, v->net->J);
  v->grad = new_f64((size_t)wg_net_param_elements(v->net));
  size_t next = 0;
  for (size_t k = 0; k < count; k++) {
    memcpy(v->grad + next, wg_data(plan, grad[k]), (size_t)v->weights->size[k] * sizeof(double));
    next += (size_t)v->weights->size[k];
  }
  wg_plan_free(plan);
}

static values random_values(const wg_net_spec *spec, uint64_t seed, wg_init init) {
  values v = {.net = new_net(spec)};
  v.weights = wg_weights_new(v.net, NULL);
  assert_non_null(v.weights);
  wg_random random = wg_random_new(seed, WG_STREAM_WEIGHTS);
  wg_weights_init(v.weights, v.net, init, &random);
  v.x = new_f64((size_t)wg_node_size(v.net->X));
  v.y = new_f64((size_t)wg_node_size(v.net->Y));
  wg_random_fill(&random, v.net, v.x, v.y);
  compute(&v);
  return v;
}

static void free_values(values *v) {
  wg_weights_free(v->weights);
  wg_net_free(v->net);
  free(v->x);
  free(v->y);
  free(v->grad);
}

static void net_d_has_the_gradients_derived_by_hand(void **state) {
  (void)state;
  const struct {
    int64_t samples, widths[3];
  } cases[] = {{300, {2, 4, 3}}, {1, {2, 4, 3}}, {7, {1, 5, 2}}, {20, {3, 1, 6}}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      const int64_t *n = cases[c].widths;
      wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
      spec.samples = cases[c].samples;
      spec.widths = n;
      values v = random_values(&spec, seed, WG_INIT_HE);
      double *const *w = (double *const *)v.weights->data;
      wg_hand *hand = wg_hand_new(spec.samples, n[0], n[1], n[2], NULL);
      wg_hand_run(hand, v.x, v.y, w[0], w[1], w[2], w[3]);
      assert_close("J", 1, &v.J, &hand->J, 1e-12);
      const double *by_hand[] = {hand->dW1, hand->db1, hand->dW2, hand->db2};
      size_t next = 0;
      for (size_t k = 0; k < 4; next += (size_t)v.weights->size[k++])
        assert_close(wg_node_name(v.net->params[k]), (size_t)v.weights->size[k], v.grad + next, by_hand[k], 1e-12);
      wg_hand_free(hand);
      free_values(&v);
    }
}

/* a = (0.7, 0.2, 0.1), y = (1, 0, 0): ∂z = (−0.3, 0.2, 0.1), J = −ln 0.7 (lecture notes, B). */
static void the_hand_derivation_gives_the_numbers_of_the_lecture(void **state) {
  (void)state;
  wg_hand *hand = wg_hand_new(1, 1, 1, 3, NULL);
  const double one = 1, zero = 0, W2[] = {0, 0, 0}, b2[] = {log(0.7), log(0.2), log(0.1)}, Y[] = {1, 0, 0};
  wg_hand_run(hand, &one, Y, &one, &zero, W2, b2);
  assert_close("A2", 3, hand->A2, (double[]){0.7, 0.2, 0.1}, 1e-15);
  assert_close("∂Z2", 3, hand->dZ2, (double[]){-0.3, 0.2, 0.1}, 1e-15);
  assert_close("J", 1, &hand->J, &(double){0.35667494393873245}, 1e-15);
  wg_hand_free(hand);
}

static void the_hand_derivation_hides_no_nan(void **state) {
  (void)state;
  wg_hand *hand = wg_hand_new(1, 1, 2, 2, NULL);
  const double x = NAN, Y[] = {1, 0}, W1[] = {1, 1}, W2[] = {1, 2, 3, 4}, b[] = {0, 0};
  wg_hand_run(hand, &x, Y, W1, b, W2, b);
  assert_true(isnan(hand->J));
  assert_true(isnan(hand->A1[0]));
  wg_hand_free(hand);
}

/* With y = 1, w = (ln 2, 0), x = (1, 5), b = 0: z = ln 2, a = 2/3, J = ln 1.5, ∂w = (a − y)·x, ∂b = a − y. */
static void the_neuron_has_the_gradients_of_the_lecture_in_both_forms(void **state) {
  (void)state;
  for (int unfused = 0; unfused < 2; unfused++) {
    wg_net_spec spec = wg_net_spec_of(WG_NET_NEURON);
    spec.unfused = unfused;
    values v = {.net = new_net(&spec), .x = new_f64(2), .y = new_f64(1)};
    v.weights = wg_weights_new(v.net, NULL);
    ((double *)v.weights->data[0])[0] = log(2);
    v.x[0] = 1;
    v.x[1] = 5;
    v.y[0] = 1;
    compute(&v);
    assert_close("J", 1, &v.J, &(double){log(1.5)}, 1e-15);
    assert_close("gradients", 3, v.grad, (double[]){-1.0 / 3, -5.0 / 3, -1.0 / 3}, 1e-15);
    free_values(&v);
  }
}

/* At z = 40, y = 0 the fused rule gives 1; the chain of factors must at least give no NaN (lecture notes, A). */
static void a_saturated_neuron_gives_no_nan(void **state) {
  (void)state;
  for (int unfused = 0; unfused < 2; unfused++) {
    wg_net_spec spec = wg_net_spec_of(WG_NET_NEURON);
    spec.unfused = unfused;
    values v = {.net = new_net(&spec), .x = new_f64(2), .y = new_f64(1)};
    v.weights = wg_weights_new(v.net, NULL);
    ((double *)v.weights->data[1])[0] = 40;
    compute(&v);
    if (!unfused) assert_true(fabs(v.grad[2] - 1) < 1e-15 && fabs(v.J - 40) < 1e-12);
    for (int i = 0; i < 3; i++) assert_false(isnan(v.grad[i]));
    assert_false(isnan(v.J));
    free_values(&v);
  }
}

static void small_weights_start_at_the_logarithm_of_the_number_of_classes(void **state) {
  (void)state;
  const int64_t classes[] = {2, 3, 10};
  for (int i = 0; i < 3; i++) {
    wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
    const int64_t widths[] = {4, 8, classes[i]};
    spec.widths = widths;
    spec.width_count = 3;
    values v = random_values(&spec, 1, WG_INIT_SMALL);
    assert_true(fabs(v.J - log((double)classes[i])) < 1e-3);
    free_values(&v);
  }
}

static void class_indices_and_one_hot_rows_give_the_same(void **state) {
  (void)state;
  const wg_net_kind kinds[] = {WG_NET_SOFTMAX, WG_NET_SPIRAL, WG_NET_LAYERS};
  for (int i = 0; i < 3; i++) {
    wg_net_spec spec = wg_net_spec_of(kinds[i]);
    values a = random_values(&spec, 3, WG_INIT_XAVIER);
    spec.class_indices = true;
    values b = random_values(&spec, 3, WG_INIT_XAVIER);
    assert_close("J", 1, &a.J, &b.J, 1e-15);
    assert_close("gradients", (size_t)wg_net_param_elements(a.net), a.grad, b.grad, 1e-14);
    free_values(&a);
    free_values(&b);
  }
}

static void net_e_with_the_widths_of_net_d_is_net_d(void **state) {
  (void)state;
  wg_net_spec d = wg_net_spec_of(WG_NET_SPIRAL), e = d;
  e.kind = WG_NET_LAYERS;
  values a = random_values(&d, 5, WG_INIT_HE), b = random_values(&e, 5, WG_INIT_HE);
  assert_true(a.J == b.J);
  assert_memory_equal(a.grad, b.grad, 27 * sizeof(double));
  free_values(&a);
  free_values(&b);
}

static void every_net_passes_the_gradient_check(void **state) {
  (void)state;
  for (int kind = 0; kind <= WG_NET_LAYERS; kind++)
    for (int activation = 0; activation < (kind == WG_NET_LAYERS ? 3 : 1); activation++) {
      wg_net_spec spec = wg_net_spec_of((wg_net_kind)kind);
      spec.samples = 11;
      spec.activation = (wg_activation)activation;
      values v = random_values(&spec, 2, WG_INIT_XAVIER);
      wg_binding bindings[8] = {{v.net->X, v.x}, {v.net->Y, v.y}};
      size_t count = v.net->param_count;
      for (size_t k = 0; k < count; k++) bindings[k + 2] = (wg_binding){v.net->params[k], v.weights->data[k]};
      wg_check *check = wg_check_gradient(v.net->J, count, v.net->params, count + 2, bindings, NULL);
      if (wg_check_verdict(check) != WG_PASS)
        fail_msg("net %s: %s %s", wg_net_letter((wg_net_kind)kind), wg_check_error(check),
                 wg_verdict_text(wg_check_verdict(check)));
      wg_check_free(check);
      free_values(&v);
    }
}

static void nets_of_no_samples_run(void **state) {
  (void)state;
  for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++) {
    wg_net_spec spec = wg_net_spec_of((wg_net_kind)kind);
    spec.samples = 0;
    values v = random_values(&spec, 1, WG_INIT_HE);
    assert_true(isnan(v.J)); /* the mean of nothing */
    free_values(&v);
  }
}

static void a_hundred_layers_are_a_net(void **state) {
  (void)state;
  int64_t widths[101];
  for (int i = 0; i <= 100; i++) widths[i] = 3;
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.samples = 2;
  spec.widths = widths;
  spec.width_count = 101;
  wg_net *net = new_net(&spec);
  assert_int_equal(net->param_count, 200);
  assert_string_equal(wg_node_name(net->logits), "Z100");
  assert_string_equal(wg_node_name(net->prediction), "A100");
  widths[0] = 9; /* the net has its own copy */
  assert_int_equal(wg_net_features(net), 3);
  wg_net_free(net);
}

/* ---- Names and bad specs ---- */

static void nets_are_found_by_letter_and_name(void **state) {
  (void)state;
  const char *ways[][3] = {
      {"A", "a", "neuron"}, {"B", "b", "softmax"}, {"C", "c", "columns"}, {"D", "d", "spiral"}, {"E", "e", "layers"}};
  for (int i = 0; i <= WG_NET_LAYERS; i++)
    for (int way = 0; way < 3; way++) {
      wg_net_kind kind = WG_NET_KIND_COUNT;
      assert_true(wg_net_find(ways[i][way], &kind));
      assert_int_equal(kind, i);
    }
  wg_net_kind kind = WG_NET_COLUMNS;
  const char *none[] = {"", "F", "DD", "Spiral", NULL};
  for (int i = 0; i < 5; i++) assert_false(wg_net_find(none[i], &kind));
  assert_int_equal(kind, WG_NET_COLUMNS);
  assert_string_equal(wg_net_letter(WG_NET_SPIRAL), "D");
  assert_string_equal(wg_net_name(WG_NET_SPIRAL), "spiral");
  assert_string_equal(wg_net_label(WG_NET_SPIRAL), "D");
  assert_true(wg_net_find("lstm", &kind));
  assert_int_equal(kind, WG_NET_LSTM);
  assert_string_equal(wg_net_letter(WG_NET_LSTM), "");
  assert_string_equal(wg_net_label(WG_NET_LSTM), "lstm");
  assert_string_equal(wg_net_letter(WG_NET_KIND_COUNT), "");
  assert_string_equal(wg_net_label(WG_NET_KIND_COUNT), "");
  wg_activation activation;
  assert_true(wg_activation_find("tanh", &activation));
  assert_int_equal(activation, WG_ACTIVATION_TANH);
  assert_false(wg_activation_find("Tanh", &activation));
}

static void assert_refused(const wg_net_spec *spec, wg_status status, const char *message) {
  wg_net *net = wg_net_new(spec);
  assert_int_equal(wg_net_status(net), status);
  assert_contains(wg_net_error(net), message);
  wg_net_free(net);
}

static void bad_specs_are_refused_with_a_reason(void **state) {
  (void)state;
  wg_net_spec good = wg_net_spec_of(WG_NET_SPIRAL), spec = good;
  spec.kind = (wg_net_kind)9;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "unknown kind of net: 9");
  spec = good;
  spec.dtype = WG_I64;
  assert_refused(&spec, WG_ERROR_DTYPE, "net D: the dtype must be f32 or f64");
  spec = good;
  spec.samples = -1;
  assert_refused(&spec, WG_ERROR_SHAPE, "the number of samples is -1");
  spec = good;
  spec.width_count = 2;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net D has 3 widths, not 2");
  spec = good;
  spec.widths = NULL;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net D has 3 widths, not 0");
  spec = good;
  spec.widths = (int64_t[]){2, 0, 3};
  assert_refused(&spec, WG_ERROR_SHAPE, "net D: width 2 is 0, and must be 1 or more");
  spec.widths = (int64_t[]){2, INT64_MAX / 2, 3};
  assert_refused(&spec, WG_ERROR_SHAPE, "");
  spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.width_count = 1;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net E has 2 widths or more, not 1");
  spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.activation = (wg_activation)99;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "unknown activation 99");
  spec = wg_net_spec_of(WG_NET_NEURON);
  spec.widths = (int64_t[]){2, 2};
  assert_refused(&spec, WG_ERROR_SHAPE, "net A has one output, not 2");
  spec = wg_net_spec_of(WG_NET_COLUMNS);
  spec.class_indices = true;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net C takes probabilities as targets, not class indices");
  assert_int_equal(wg_net_status(NULL), WG_ERROR_MEMORY);
  wg_net_free(NULL);
}

static void weights_of_another_net_are_not_bound(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_net *net = new_net(&spec);
  wg_plan *plan = wg_plan_new(1, &net->J);
  const int64_t widths[] = {2, 5, 3};
  wg_net_spec others[] = {wg_net_spec_of(WG_NET_SOFTMAX), spec, spec};
  others[1].widths = widths;
  others[2].dtype = WG_F32;
  for (int i = 0; i < 3; i++) {
    wg_net *other = new_net(&others[i]);
    wg_weights *weights = wg_weights_new(other, NULL);
    assert_int_equal(wg_weights_bind(weights, net, plan), WG_ERROR_ARGUMENT);
    wg_weights_free(weights);
    wg_net_free(other);
  }
  wg_plan_free(plan);
  wg_net_free(net);
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++)
    for (int for_good = 0; for_good < 2; for_good++)
      for (size_t n = 1;; n++) {
        failing_memory memory = {.fail = n, .for_good = for_good};
        wg_allocator allocator = failing_allocator(&memory);
        wg_net_spec spec = wg_net_spec_of((wg_net_kind)kind);
        spec.allocator = &allocator;
        wg_net *net = wg_net_new(&spec);
        assert_int_equal(wg_net_status(net), memory.failed ? WG_ERROR_MEMORY : WG_OK);
        wg_weights *weights = wg_weights_new(net, &allocator);
        if (!memory.failed) assert_non_null(weights);
        wg_weights_free(weights);
        wg_net_free(net);
        wg_hand *hand = wg_hand_new(3, 2, 4, 3, &allocator);
        wg_hand_free(hand);
        assert_int_equal(memory.live, 0);
        if (!memory.failed) break;
      }
}

static void hand_derivations_of_impossible_sizes_are_refused(void **state) {
  (void)state;
  assert_null(wg_hand_new(-1, 2, 4, 3, NULL));
  assert_null(wg_hand_new(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, NULL));
  wg_hand *hand = wg_hand_new(0, 2, 4, 3, NULL);
  const double none[12] = {0};
  wg_hand_run(hand, none, none, none, none, none, none);
  assert_true(isnan(hand->J));
  wg_hand_free(hand);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nodes_have_the_names_of_the_lecture),
      cmocka_unit_test(net_d_has_the_shapes_of_the_lecture),
      cmocka_unit_test(parameters_come_in_pairs_of_weights_and_bias),
      cmocka_unit_test(predictions_are_the_sigmoid_or_softmax_of_the_logits),
      cmocka_unit_test(the_prediction_and_the_gradient_share_their_softmax_or_sigmoid),
      cmocka_unit_test(net_d_has_the_gradients_derived_by_hand),
      cmocka_unit_test(the_hand_derivation_gives_the_numbers_of_the_lecture),
      cmocka_unit_test(the_hand_derivation_hides_no_nan),
      cmocka_unit_test(the_neuron_has_the_gradients_of_the_lecture_in_both_forms),
      cmocka_unit_test(a_saturated_neuron_gives_no_nan),
      cmocka_unit_test(small_weights_start_at_the_logarithm_of_the_number_of_classes),
      cmocka_unit_test(class_indices_and_one_hot_rows_give_the_same),
      cmocka_unit_test(net_e_with_the_widths_of_net_d_is_net_d),
      cmocka_unit_test(every_net_passes_the_gradient_check),
      cmocka_unit_test(nets_of_no_samples_run),
      cmocka_unit_test(a_hundred_layers_are_a_net),
      cmocka_unit_test(nets_are_found_by_letter_and_name),
      cmocka_unit_test(bad_specs_are_refused_with_a_reason),
      cmocka_unit_test(weights_of_another_net_are_not_bound),
      cmocka_unit_test(every_failed_allocation_is_a_status),
      cmocka_unit_test(hand_derivations_of_impossible_sizes_are_refused),
  };
  return RUN_TESTS(tests);
}
