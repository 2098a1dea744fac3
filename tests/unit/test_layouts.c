/* Values that lie column after column in a plan: which ones do, and that nobody can tell by the numbers. */
#include "../support.h"

#include "../../engine/plan_internal.h"

#include <string.h>

enum { SAMPLES = 300, FEATURES = 2, HIDDEN = 4, CLASSES = 3 };

/* ---- A net of narrow layers ---- */

typedef struct net {
  wg_tape *tape;
  wg_node *X, *Y, *W1, *b1, *W2, *b2;
  wg_node *Z1, *A1, *Z2, *A2, *J;
} net;

static net net_new(wg_dtype dtype, int64_t samples) {
  net n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", dtype, WG_SHAPE(samples, FEATURES));
  n.Y = wg_input(n.tape, "Y", WG_I64, WG_SHAPE(samples));
  n.W1 = wg_param(n.tape, "W1", dtype, WG_SHAPE(FEATURES, HIDDEN));
  n.b1 = wg_param(n.tape, "b1", dtype, WG_SHAPE(1, HIDDEN));
  n.W2 = wg_param(n.tape, "W2", dtype, WG_SHAPE(HIDDEN, CLASSES));
  n.b2 = wg_param(n.tape, "b2", dtype, WG_SHAPE(1, CLASSES));
  n.Z1 = wg_add_bias(wg_matmul(n.X, n.W1), n.b1);
  n.A1 = wg_relu(n.Z1);
  n.Z2 = wg_add_bias(wg_matmul(n.A1, n.W2), n.b2);
  n.A2 = wg_softmax(n.Z2, 1);
  n.J = wg_softmax_cross_entropy(n.Z2, n.Y);
  return n;
}

static void numbers_set(wg_plan *plan, wg_node *leaf, uint64_t seed) {
  static double memory[8][2 * SAMPLES];
  void *to = memory[seed % 8];
  const size_t count = (size_t)wg_node_size(leaf);
  if (wg_node_dtype(leaf) == WG_F32)
    fill_f32(to, count, -1, 1, seed);
  else if (wg_node_dtype(leaf) == WG_F64)
    fill_f64(to, count, -1, 1, seed);
  else
    fill_i64(to, count, 0, CLASSES, seed);
  assert_int_equal(wg_bind(plan, leaf, to), WG_OK);
}

static wg_node *gradient(wg_node *J, wg_node *W) {
  wg_node *dW = NULL;
  assert_int_equal(wg_grad(J, 1, &W, &dW), WG_OK);
  return dW;
}

/* A plan with values by columns, or without, after a run with numbers by seed. */
static wg_plan *plan_run(const net *n, size_t count, wg_node *const *outputs, bool columns, wg_threads *threads) {
  wg_plan_tuning tuning = wg_plan_tuned;
  if (!columns) tuning.columns = 0;
  wg_plan *plan = wg_plan_make(&(wg_goal){.count = count, .outputs = outputs}, NULL, &tuning);
  wg_plan_use_threads(plan, threads);
  wg_node *const leaves[] = {n->X, n->Y, n->W1, n->b1, n->W2, n->b2};
  for (size_t k = 0; k < 6; k++) numbers_set(plan, leaves[k], k);
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  return plan;
}

static bool lies_by_columns(const wg_plan *plan, const wg_node *node) {
  for (size_t k = 0; k < plan->value_count; k++)
    if (plan->values[k].node == node) return wg_owner_of(plan, (uint32_t)k)->by_columns;
  fail_msg("the plan has no such node");
  return false;
}

static size_t count_by_columns(const wg_plan *plan) {
  size_t count = 0;
  for (size_t k = 0; k < plan->value_count; k++) count += plan->values[k].by_columns;
  return count;
}

static void assert_same_bits(const net *n, size_t count, wg_node *const *outputs, wg_threads *threads) {
  wg_plan *turned = plan_run(n, count, outputs, true, threads), *plain = plan_run(n, count, outputs, false, NULL);
  assert_int_equal(count_by_columns(plain), 0);
  for (size_t k = 0; k < count; k++)
    assert_memory_equal(wg_data(turned, outputs[k]), wg_data(plain, outputs[k]),
                        (size_t)wg_node_size(outputs[k]) * wg_dtype_size(wg_node_dtype(outputs[k])));
  wg_plan_free(turned), wg_plan_free(plain);
}

/* ---- Which ---- */

static void narrow_values_between_the_samples_and_the_loss_lie_by_columns(void **state) {
  (void)state;
  net n = net_new(WG_F32, SAMPLES);
  wg_node *outputs[] = {n.J, gradient(n.J, n.W1)};
  wg_plan *plan = plan_run(&n, 2, outputs, true, NULL);
  assert_true(lies_by_columns(plan, n.Z1));
  assert_true(lies_by_columns(plan, n.A1));
  assert_true(lies_by_columns(plan, n.Z2));
  assert_true(lies_by_columns(plan, n.A2));
  assert_false(lies_by_columns(plan, n.X)); /* the caller's memory; but read from a copy, made once */
  size_t ones = 0;
  for (size_t k = 0; k < plan->value_count; k++)
    if (!strcmp(wg_node_op(plan->values[k].node), "one_hot")) ones += plan->values[k].by_columns;
  assert_int_equal(ones, 1); /* with the softmax that it is subtracted from */
  for (size_t k = 0; k < plan->step_count; k++)
    assert_int_equal(plan->steps[k].kind == WG_STEP_COPY, k == 0 && plan->steps[k].node == n.X);
  wg_plan_free(plan);
  wg_tape_free(n.tape);
}

static void outputs_and_what_is_wide_or_short_lie_by_rows(void **state) {
  (void)state;
  net n = net_new(WG_F32, SAMPLES);
  wg_node *outputs[] = {n.J, n.A1, n.A2};
  wg_plan *plan = plan_run(&n, 3, outputs, true, NULL);
  assert_true(lies_by_columns(plan, n.Z1));
  assert_false(lies_by_columns(plan, n.A1));
  assert_false(lies_by_columns(plan, n.A2));
  wg_plan_free(plan);
  wg_tape_free(n.tape);

  n = net_new(WG_F32, 31); /* few samples */
  plan = plan_run(&n, 1, &n.J, true, NULL);
  assert_int_equal(count_by_columns(plan), 0);
  wg_plan_free(plan);
  wg_tape_free(n.tape);

  wg_tape *tape = wg_tape_new(); /* many features, then few classes */
  wg_node *wide =
      wg_relu(wg_matmul(wg_input(tape, "X", WG_F32, WG_SHAPE(64, 20)), wg_param(tape, "W", WG_F32, WG_SHAPE(20, 16))));
  wg_node *sum = wg_sum_all(wg_softmax(wg_matmul(wide, wg_param(tape, "V", WG_F32, WG_SHAPE(16, 3))), 1));
  plan = wg_plan_new(1, &sum);
  assert_int_equal(count_by_columns(plan), 0);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- The same numbers ---- */

static void a_step_of_a_narrow_net_has_the_same_bits_by_rows_and_by_columns(void **state) {
  (void)state;
  wg_threads *threads = wg_threads_new(3);
  static const int64_t samples[] = {32, 33, 47, 300};
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t s = 0; s < 4; s++) {
      net n = net_new(dtype, samples[s]);
      wg_node *params[] = {n.X, n.W1, n.b1, n.W2, n.b2}, *outputs[6] = {n.J};
      assert_int_equal(wg_grad(n.J, 5, params, outputs + 1), WG_OK);
      assert_same_bits(&n, 6, outputs, NULL);
      assert_same_bits(&n, 6, outputs, threads);
      wg_tape_free(n.tape);
    }
  wg_threads_free(threads);
}

/* Views of a value by columns, steps that write over it, that read it with others by rows, and kernels of all kinds. */
static void whatever_reads_a_value_by_columns_sees_the_same_numbers(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    net n = net_new(dtype, 48);
    wg_node *half = wg_narrow(n.Z1, 0, 5, 30), *by_rows = wg_cumsum(n.Z1, 0, false);
    wg_node *outputs[] = {
        wg_sum_all(wg_mul(wg_transpose(n.A1), wg_transpose(n.Z1))),
        wg_reshape(n.Z1, WG_SHAPE(24, 8)),
        wg_tanh(wg_add(n.Z1, by_rows)),
        wg_sum(wg_exp(wg_sub(n.Z1, wg_max(n.Z1, 1, true))), 1, (const int64_t[]){1}, false),
        wg_matmul(wg_transpose(half), half),
        wg_matmul(wg_transpose(n.A1), wg_mul(n.A1, n.Z1)),
        wg_sum(wg_square(wg_add(n.Z1, n.Z1)), 1, (const int64_t[]){0}, false),
        wg_concat(2, (wg_node *[]){n.Z1, n.A1}, 1),
        wg_sum(wg_mul(wg_flip(n.A1, 1, (const int64_t[]){1}), wg_log_softmax(n.Z1, 1)), 1, (const int64_t[]){1}, true),
        wg_transpose(wg_sigmoid(n.Z1)),
        wg_sum_all(wg_mul(n.X, wg_narrow(n.A1, 1, 1, 2))),
        wg_max(wg_neg(n.Z2), 0, false),
    };
    assert_tape_good(n.tape);
    assert_same_bits(&n, sizeof outputs / sizeof *outputs, outputs, NULL);
    wg_tape_free(n.tape);
  }
}

/* ---- Copies of leaves ---- */

/* −X·I is −X, and reads X by columns. */
static void rows_of_a_few_numbers_become_columns_in_one_thread_and_in_three(void **state) {
  (void)state;
  static double x[5 * SAMPLES];
  wg_threads *threads = wg_threads_new(3);
  for (int64_t columns = 2; columns <= 5; columns++)
    for (int samples = 32; samples <= SAMPLES; samples += 67)
      for (int pool = 0; pool < 2; pool++) {
        wg_tape *tape = wg_tape_new();
        wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(samples, columns));
        wg_node *output = wg_neg(wg_matmul(X, wg_eye(tape, WG_F64, columns, columns)));
        wg_plan_tuning tuning = wg_plan_tuned;
        tuning.piece = 64;
        wg_plan *plan = wg_plan_make(&(wg_goal){.count = 1, .outputs = &output}, NULL, &tuning);
        fill_f64(x, (size_t)(samples * columns), -1, 1, (uint64_t)samples);
        wg_bind(plan, X, x);
        wg_plan_use_threads(plan, pool ? threads : NULL);
        assert_int_equal(wg_run(plan), WG_OK);
        assert_true(plan->steps[0].kind == WG_STEP_COPY && plan->steps[0].node == X);
        for (int64_t k = 0; k < samples * columns; k++)
          assert_true(((const double *)wg_data(plan, output))[k] == -x[k]);
        wg_plan_free(plan);
        wg_tape_free(tape);
      }
  wg_threads_free(threads);
}

/* ---- Updates ---- */

static void updates_of_a_narrow_net_have_the_same_bits_by_rows_and_by_columns(void **state) {
  (void)state;
  float w[2][FEATURES * HIDDEN];
  for (int columns = 0; columns < 2; columns++) {
    net n = net_new(WG_F32, SAMPLES);
    wg_leaf_update update = {n.W1, wg_sub(n.W1, wg_scale(gradient(n.J, n.W1), 0.5))};
    wg_plan_tuning tuning = wg_plan_tuned;
    if (!columns) tuning.columns = 0;
    wg_plan *plan = wg_plan_make(&(wg_goal){1, &n.J, 1, &update}, NULL, &tuning);
    wg_node *const leaves[] = {n.X, n.Y, n.b1, n.W2, n.b2};
    for (size_t k = 0; k < 5; k++) numbers_set(plan, leaves[k], k);
    fill_f32(w[columns], FEATURES * HIDDEN, -1, 1, 9);
    wg_bind_updated(plan, n.W1, w[columns]);
    for (int step = 0; step < 5; step++) assert_int_equal(wg_run(plan), WG_OK);
    assert_int_equal(count_by_columns(plan) > 0, columns);
    wg_plan_free(plan);
    wg_tape_free(n.tape);
  }
  assert_memory_equal(w[0], w[1], sizeof w[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(narrow_values_between_the_samples_and_the_loss_lie_by_columns),
      cmocka_unit_test(outputs_and_what_is_wide_or_short_lie_by_rows),
      cmocka_unit_test(a_step_of_a_narrow_net_has_the_same_bits_by_rows_and_by_columns),
      cmocka_unit_test(whatever_reads_a_value_by_columns_sees_the_same_numbers),
      cmocka_unit_test(rows_of_a_few_numbers_become_columns_in_one_thread_and_in_three),
      cmocka_unit_test(updates_of_a_narrow_net_have_the_same_bits_by_rows_and_by_columns),
  };
  return RUN_TESTS(tests);
}
