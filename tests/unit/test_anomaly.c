/* The search for the first value of a plan that is not finite: planted in inputs, forward, backward, and masked. */
#include "../support.h"

#include "../../engine/anomaly.h"

#include <math.h>
#include <string.h>

enum { ROWS = 3, COLUMNS = 4, SIZE = ROWS * COLUMNS };

/* y = exp(x·k), its sum, and the gradient by x. */
typedef struct fixture {
  wg_tape *tape;
  wg_node *x, *k, *y, *J, *grad;
  wg_plan *plan;
  double x_values[SIZE], k_values[COLUMNS];
} fixture;

static void begin(fixture *f) {
  f->tape = wg_tape_new();
  f->x = wg_input(f->tape, "x", WG_F64, WG_SHAPE(ROWS, COLUMNS));
  f->k = wg_param(f->tape, "k", WG_F64, WG_SHAPE(COLUMNS));
  fill_f64(f->x_values, SIZE, 0.5, 1, 1);
  for (int i = 0; i < COLUMNS; i++) f->k_values[i] = i + 1;
}

static void end(fixture *f) {
  wg_plan_free(f->plan);
  wg_tape_free(f->tape);
}

/* A plan for J = Σy and ∂J by x and k. */
static void plan(fixture *f) {
  wg_node *grad[2];
  f->J = wg_name(wg_sum_all(f->y), "J");
  assert_int_equal(wg_grad(f->J, 2, (wg_node *const[]){f->x, f->k}, grad), WG_OK);
  assert_tape_good(f->tape);
  f->grad = grad[0];
  f->plan = wg_plan_new(3, (wg_node *const[]){f->J, grad[0], grad[1]});
  assert_int_equal(wg_bind(f->plan, f->x, f->x_values), WG_OK);
  assert_int_equal(wg_bind(f->plan, f->k, f->k_values), WG_OK);
}

static wg_anomaly find(wg_plan *searched) {
  wg_anomaly anomaly;
  if (wg_anomaly_find(searched, &anomaly) != WG_OK) fail_msg("%s", wg_plan_error(searched));
  return anomaly;
}

static void assert_text(const wg_anomaly *anomaly, const char *part) {
  char text[1024];
  assert_contains(wg_anomaly_text(anomaly, text, sizeof text), part);
}

/* ---- Nothing ---- */

static void a_healthy_plan_has_none(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  f.y = wg_exp(wg_mul(f.x, f.k));
  plan(&f);
  assert_int_equal(wg_run(f.plan), WG_OK);
  double before = *(const double *)wg_data(f.plan, f.J);
  wg_anomaly anomaly = find(f.plan);
  assert_null(anomaly.node);
  assert_text(&anomaly, "all values are finite");
  assert_true(*(const double *)wg_data(f.plan, f.J) == before); /* the plan's own outputs stay */
  end(&f);
}

/* ---- Something ---- */

static void a_bad_input_is_named(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  f.y = wg_exp(wg_mul(f.x, f.k));
  plan(&f);
  f.x_values[2 * COLUMNS + 1] = NAN;
  f.x_values[2 * COLUMNS + 3] = -INFINITY;
  wg_anomaly anomaly = find(f.plan);
  assert_ptr_equal(anomaly.node, f.x);
  assert_int_equal(anomaly.index, 2 * COLUMNS + 1);
  assert_true(isnan(anomaly.value));
  assert_int_equal(anomaly.not_finite, 2);
  assert_int_equal(anomaly.input_count, 0);
  assert_null(anomaly.nan_node);
  assert_text(&anomaly, "forward: input x (3,4), element (2,1) is nan; 2 of 12 are not finite.");
  end(&f);
}

static void an_overflow_forward_is_named_with_its_input(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  wg_node *product = wg_name(wg_mul(f.x, f.k), "p");
  f.y = wg_exp(product);
  plan(&f);
  f.x_values[1 * COLUMNS + 2] = 300; /* e^900 */
  wg_anomaly anomaly = find(f.plan);
  assert_ptr_equal(anomaly.node, f.y);
  assert_int_equal(anomaly.index, 1 * COLUMNS + 2);
  assert_true(anomaly.value == INFINITY && anomaly.not_finite == 1 && !anomaly.backward);
  assert_int_equal(anomaly.input_count, 1);
  assert_ptr_equal(anomaly.inputs[0].node, product);
  assert_int_equal(anomaly.inputs[0].index, 1 * COLUMNS + 2);
  assert_true(anomaly.inputs[0].element == 900 && anomaly.inputs[0].greatest == 900);
  assert_true(anomaly.inputs[0].least < 1 && anomaly.inputs[0].not_finite == 0);
  assert_text(&anomaly,
              "element (1,2) is inf; 1 of 12 is not finite. Its input p (3,4) is 900 there, and goes from 0.");
  end(&f);
}

static void a_broadcast_input_is_shown_where_it_was_used(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  f.y = wg_mul(f.x, f.k);
  plan(&f);
  f.k_values[2] = 1e308;
  f.x_values[2 * COLUMNS + 2] = -100;
  wg_anomaly anomaly = find(f.plan);
  assert_ptr_equal(anomaly.node, f.y);
  assert_true(anomaly.value == -INFINITY);
  assert_int_equal(anomaly.inputs[1].index, 2);
  assert_true(anomaly.inputs[0].element == -100 && anomaly.inputs[1].element == 1e308);
  end(&f);
}

static void axes_of_size_1_are_used_again_and_again(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *rows = wg_input(t, "rows", WG_F64, WG_SHAPE(ROWS, 1)),
          *columns = wg_input(t, "columns", WG_F64, WG_SHAPE(1, COLUMNS));
  wg_node *y = wg_mul(rows, columns);
  wg_plan *p = wg_plan_new(1, &y);
  const double row_values[] = {1, 1e200, 3}, column_values[] = {1, 2, 3, 1e200};
  assert_int_equal(wg_bind(p, rows, row_values), WG_OK);
  assert_int_equal(wg_bind(p, columns, column_values), WG_OK);
  wg_anomaly anomaly = find(p);
  assert_int_equal(anomaly.index, 1 * COLUMNS + 3);
  assert_int_equal(anomaly.inputs[0].index, 1);
  assert_int_equal(anomaly.inputs[1].index, 3);
  wg_plan_free(p);
  wg_tape_free(t);
}

static void a_value_that_only_the_sweep_makes_is_backward(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  f.y = wg_name(wg_sqrt(wg_name(wg_mul(f.x, f.k), "p")), "y"); /* its derivative at 0 is infinite */
  plan(&f);
  f.x_values[5] = 0;
  assert_int_equal(wg_run(f.plan), WG_OK);
  assert_true(isfinite(*(const double *)wg_data(f.plan, f.J)));
  wg_anomaly anomaly = find(f.plan);
  assert_true(anomaly.backward && anomaly.value == INFINITY);
  assert_int_equal(anomaly.index, 5);
  assert_non_null(anomaly.adjoint_of);
  assert_string_equal(wg_node_name(anomaly.adjoint_of), "p");
  assert_text(&anomaly, "∂p: ");
  end(&f);
}

static void an_infinity_is_followed_to_the_first_nan(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  wg_node *e = wg_name(wg_exp(wg_mul(f.x, f.k)), "e");
  f.y = wg_name(wg_div(e, wg_add(e, f.k)), "y"); /* ∞/∞ */
  plan(&f);
  f.x_values[3] = 800;
  wg_anomaly anomaly = find(f.plan);
  assert_ptr_equal(anomaly.node, e);
  assert_ptr_equal(anomaly.nan_node, f.y);
  assert_int_equal(anomaly.nan_index, 3);
  assert_text(&anomaly, "The first NaN is in div y (3,4), element (0,3).");
  end(&f);
}

static void a_mask_of_infinities_is_none(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  double mask[SIZE] = {0};
  mask[3] = mask[7] = -INFINITY;
  wg_node *masked = wg_add(wg_mul(f.x, f.k), wg_constant(f.tape, WG_F64, WG_SHAPE(ROWS, COLUMNS), mask));
  f.y = wg_softmax(wg_scale(masked, 2), 1);
  plan(&f);
  wg_anomaly anomaly = find(f.plan);
  assert_null(anomaly.node);
  for (int i = 0; i < COLUMNS; i++) f.k_values[i] = -1e308; /* but this is one: −∞ of all of them */
  for (int i = 0; i < SIZE; i++) f.x_values[i] = 10;
  anomaly = find(f.plan);
  assert_non_null(anomaly.node);
  assert_string_equal(wg_node_op(anomaly.node), "mul");
  assert_non_null(anomaly.nan_node);
  end(&f);
}

static void the_search_says_why_it_cannot_run(void **state) {
  (void)state;
  fixture f;
  begin(&f);
  f.y = wg_exp(wg_mul(f.x, f.k));
  f.J = wg_sum_all(f.y);
  f.plan = wg_plan_new(1, &f.J);
  wg_anomaly anomaly;
  assert_int_equal(wg_bind(f.plan, f.x, f.x_values), WG_OK);
  assert_int_equal(wg_anomaly_find(f.plan, &anomaly), WG_ERROR_UNBOUND);
  assert_contains(wg_plan_error(f.plan), "param k (4)");
  assert_null(anomaly.node);
  assert_int_equal(wg_anomaly_find(NULL, &anomaly), WG_ERROR_MEMORY);
  assert_int_equal(wg_bind(f.plan, f.k, f.k_values), WG_OK);
  assert_int_equal(wg_anomaly_find(f.plan, &anomaly), WG_OK);
  assert_int_equal(wg_run(f.plan), WG_OK);
  end(&f);
}

/* A chain whose operation number `place` gives −∞ for all, and which is finite again after the next. */
static void search_a_chain(int place) {
  fixture f;
  begin(&f);
  wg_node *y = f.x, *bad = NULL;
  for (int i = 0; i < 9000; i++) {
    if (i == place)
      y = bad = wg_log(wg_relu(wg_neg(wg_abs(y))));
    else if (i == place + 1)
      y = wg_exp(y);
    else
      y = i % 2 ? wg_sub(y, f.k) : wg_add(y, f.x);
  }
  f.J = wg_sum_all(y);
  assert_tape_good(f.tape);
  f.plan = wg_plan_new(1, &f.J);
  assert_int_equal(wg_bind(f.plan, f.x, f.x_values), WG_OK);
  assert_int_equal(wg_bind(f.plan, f.k, f.k_values), WG_OK);
  wg_anomaly anomaly = find(f.plan);
  assert_ptr_equal(anomaly.node, bad);
  assert_true(anomaly.value == -INFINITY && anomaly.not_finite == SIZE);
  end(&f);
}

static void long_graphs_are_searched_in_parts(void **state) {
  (void)state;
  for (int place = 4085; place <= 4100; place++) search_a_chain(place); /* about where the first part ends */
  search_a_chain(8500);
}

static void f32_and_a_cut_text(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_input(t, "ŷ", WG_F32, WG_SHAPE(2)), *y = wg_exp(x);
  wg_plan *p = wg_plan_new(1, &y);
  const float values[] = {1, 100};
  assert_int_equal(wg_bind(p, x, values), WG_OK);
  wg_anomaly anomaly = find(p);
  assert_ptr_equal(anomaly.node, y); /* e^100 is too large for f32 */
  assert_int_equal(anomaly.index, 1);
  char whole[512], cut[512];
  wg_anomaly_text(&anomaly, whole, sizeof whole);
  assert_contains(whole, "ŷ (2) is 100 there");
  for (size_t size = 1; size < strlen(whole); size++) {
    wg_anomaly_text(&anomaly, cut, size);
    assert_true(strlen(cut) < size && strncmp(whole, cut, strlen(cut)) == 0);
  }
  wg_plan_free(p);
  wg_tape_free(t);
}

/* ---- Without memory ---- */

static wg_status search(wg_tape *tape, void *context, double *number) {
  (void)context;
  static const double values[3] = {1, 0, 4};
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *J = wg_sum_all(wg_sqrt(x)), *grad;
  if (wg_grad(J, 1, &x, &grad) != WG_OK) return wg_tape_status(tape);
  wg_plan *p = wg_plan_new(2, (wg_node *const[]){J, grad});
  wg_anomaly anomaly;
  wg_status status = wg_bind(p, x, values);
  if (status == WG_OK) status = wg_anomaly_find(p, &anomaly);
  if (status == WG_OK) *number = (double)anomaly.index;
  wg_plan_free(p);
  return status;
}

static void the_search_survives_every_failed_allocation(void **state) {
  (void)state;
  assert_true(assert_tape_survives_failed_allocations("anomaly", search, NULL) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_healthy_plan_has_none),
      cmocka_unit_test(a_bad_input_is_named),
      cmocka_unit_test(an_overflow_forward_is_named_with_its_input),
      cmocka_unit_test(a_broadcast_input_is_shown_where_it_was_used),
      cmocka_unit_test(axes_of_size_1_are_used_again_and_again),
      cmocka_unit_test(a_value_that_only_the_sweep_makes_is_backward),
      cmocka_unit_test(an_infinity_is_followed_to_the_first_nan),
      cmocka_unit_test(a_mask_of_infinities_is_none),
      cmocka_unit_test(the_search_says_why_it_cannot_run),
      cmocka_unit_test(long_graphs_are_searched_in_parts),
      cmocka_unit_test(f32_and_a_cut_text),
      cmocka_unit_test(the_search_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
