/* Every allocation of the engine and the operations fails in turn, once and for good: always a status, never a crash, no
 * leak, and the tape can be used again. */
#include "../support.h"
#include "../../engine/derivation.h"
#include "../../engine/derivative.h"
#include "../../engine/plan_cache.h"
#include "../../engine/tape_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Net D, small, on a tape that may fail anywhere ---- */

enum { ROWS = 6, PARAMS = 4 };

typedef struct net {
  wg_node *X, *Y, *J, *params[PARAMS];
  double x[ROWS * 2], W1[8], b1[4], W2[12], b2[3];
  int64_t y[ROWS];
  wg_binding bindings[2 + PARAMS];
} net;

static void net_record(net *n, wg_tape *t) {
  n->X = wg_input(t, "X", WG_F64, WG_SHAPE(ROWS, 2));
  n->Y = wg_input(t, "Y", WG_I64, WG_SHAPE(ROWS));
  n->params[0] = wg_param(t, "W1", WG_F64, WG_SHAPE(2, 4));
  n->params[1] = wg_param(t, "b1", WG_F64, WG_SHAPE(1, 4));
  n->params[2] = wg_param(t, "W2", WG_F64, WG_SHAPE(4, 3));
  n->params[3] = wg_param(t, "b2", WG_F64, WG_SHAPE(1, 3));
  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(n->X, n->params[0]), n->params[1]), "Z1");
  wg_node *A1 = wg_name(wg_relu(Z1), "A1");
  wg_node *Z2 = wg_name(wg_add_bias(wg_matmul(A1, n->params[2]), n->params[3]), "Z2");
  n->J = wg_name(wg_softmax_cross_entropy(Z2, n->Y), "J");

  fill_f64(n->x, ROWS * 2, -1, 1, 1);
  fill_i64(n->y, ROWS, 0, 3, 2);
  fill_f64(n->W1, 8, -1, 1, 3);
  fill_f64(n->b1, 4, -1, 1, 4);
  fill_f64(n->W2, 12, -1, 1, 5);
  fill_f64(n->b2, 3, -1, 1, 6);
  const void *data[] = {n->x, n->y, n->W1, n->b1, n->W2, n->b2};
  n->bindings[0] = (wg_binding){n->X, data[0]};
  n->bindings[1] = (wg_binding){n->Y, data[1]};
  for (int k = 0; k < PARAMS; k++) n->bindings[2 + k] = (wg_binding){n->params[k], data[2 + k]};
}

/* Plans and runs the nodes; *number is the sum of all their elements, weighted so that no two are alike. */
static wg_status run_all(size_t count, wg_node *const *outputs, size_t binding_count, const wg_binding *bindings,
                         double *number) {
  wg_plan *plan = wg_plan_new(count, outputs);
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < binding_count && status == WG_OK; i++)
    status = wg_bind(plan, bindings[i].node, bindings[i].data);
  if (status == WG_OK) status = wg_run(plan);
  assert_true(status == WG_OK || *wg_plan_error(plan));
  double sum = 0;
  for (size_t k = 0; k < count && status == WG_OK; k++)
    for (int64_t i = 0; i < wg_node_size(outputs[k]); i++) {
      const void *data = wg_data(plan, outputs[k]);
      bool whole = wg_node_dtype(outputs[k]) == WG_I64;
      double value = whole ? (double)((const int64_t *)data)[i] : ((const double *)data)[i];
      sum += value * (1 + 0.01 * (double)i + 0.1 * (double)k);
    }
  wg_plan_free(plan);
  *number = sum;
  return status;
}

/* ---- What is tried ---- */

static wg_status record_and_run(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_status status = wg_tape_status(tape);
  assert_true((status == WG_OK) == !*wg_tape_error(tape));
  return status == WG_OK ? run_all(1, &n.J, 6, n.bindings, number) : status;
}

static wg_status gradient_and_run(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_node *grad[PARAMS];
  wg_status status = wg_grad(n.J, PARAMS, n.params, grad);
  for (int k = 0; k < PARAMS; k++) assert_true(wg_node_inert(grad[k]) == (status != WG_OK));
  return status == WG_OK ? run_all(PARAMS, grad, 6, n.bindings, number) : status;
}

static wg_status vector_jacobian_product(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3, 2));
  wg_node *seed = wg_input(tape, "s", WG_F64, WG_SHAPE(2, 2)), *wrt[] = {a, b}, *grad[2];
  double A[6], B[6], S[4];
  fill_f64(A, 6, -1, 1, 1), fill_f64(B, 6, -1, 1, 2), fill_f64(S, 4, -1, 1, 3);
  wg_binding bindings[] = {{a, A}, {b, B}, {seed, S}};
  wg_status status = wg_vjp(wg_matmul(a, b), seed, 2, wrt, grad);
  return status == WG_OK ? run_all(2, grad, 3, bindings, number) : status;
}

static wg_status second_derivative(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_node *grad[PARAMS], *second[PARAMS];
  wg_status status = wg_grad(n.J, PARAMS, n.params, grad);
  if (status == WG_OK) status = wg_grad(wg_sum_all(wg_square(grad[0])), PARAMS, n.params, second);
  return status == WG_OK ? run_all(PARAMS, second, 6, n.bindings, number) : status;
}

static wg_status sweep_without_memo(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR), *v = x, *grad;
  for (int i = 0; i < 6; i++) v = wg_add(v, wg_tanh(v));
  uint64_t rules;
  wg_sweep_counts counts;
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  wg_status status = wg_sweep_rules_without_memo(v, 1, &x, &rules);
  if (status == WG_OK) status = wg_sweep(v, 1, &x, &grad, &(wg_sweep_options){.without_memo = true}, &counts);
  if (status != WG_OK) return status;
  assert_int_equal(rules, counts.rules);
  double at = 0.25;
  return run_all(1, &grad, 1, &(wg_binding){x, &at}, number);
}

/* Long enough for tables, arena and blocks of nodes to grow. */
static wg_status long_chain(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *c = wg_param(tape, "c", WG_F64, WG_SCALAR), *v = x;
  for (int i = 0; i < 1500; i++) v = wg_mul(v, c);
  wg_node *wrt[] = {x, c}, *grad[2];
  double at[] = {1, 2, 3}, factor = 1.001;
  wg_binding bindings[] = {{x, at}, {c, &factor}};
  wg_status status = wg_grad(wg_sum_all(v), 2, wrt, grad);
  return status == WG_OK ? run_all(2, grad, 2, bindings, number) : status;
}

static wg_status constants_and_names(wg_tape *tape, void *context, double *number) {
  (void)context;
  double values[500];
  fill_f64(values, 500, -1, 1, 1);
  wg_node *large = wg_constant(tape, WG_F64, WG_SHAPE(20, 25), values);
  wg_node *fill = wg_fill_over(tape, WG_F64, WG_SHAPE(20, 25), 2, 3);
  wg_node *sum = wg_name(wg_sum_all(wg_mul(large, wg_add(fill, wg_scalar_like(large, 0.5)))), "a rather long name");
  wg_name(sum, "its later name");
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  assert_ptr_equal(wg_tape_find(tape, "its later name"), sum);
  return run_all(1, &sum, 0, NULL, number);
}

static wg_status check_gradient(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_check *check = wg_check_gradient(n.J, PARAMS, n.params, 6, n.bindings, &(wg_check_options){.samples = 2});
  wg_status status = wg_check_status(check);
  assert_true(status == WG_OK || *wg_check_error(check));
  assert_true((status == WG_OK) == (wg_check_verdict(check) == WG_PASS));
  *number = wg_check_error_max(check);
  wg_check_free(check);
  return status;
}

static wg_status check_against(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *root = wg_sum_all(wg_square(x)), *grad = wg_scale(x, 2);
  double at[] = {1, 2};
  wg_check *check = wg_check_against(root, 1, &x, &grad, 1, &(wg_binding){x, at}, NULL);
  wg_status status = wg_check_status(check);
  *number = (double)wg_check_count_of(check, WG_PASS);
  wg_check_free(check);
  return status;
}

/* Names and numbers in the text depend on what else is on the tape, shapes do not. */
static double text_number(const char *text) {
  double sum = 0;
  for (size_t i = 0; text[i]; i++) sum += (double)(unsigned char)text[i] * (double)(i + 1);
  return sum;
}

static wg_status derivation(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  *number = 0;
  for (int form = WG_FORM_ENGINE; form <= WG_FORM_LECTURE; form++)
    for (int script = WG_UNICODE; script <= WG_LATEX; script++) {
      wg_derivation *lines = wg_derivation_new(n.J, PARAMS, n.params, (wg_form)form, (wg_script)script);
      wg_status status = wg_derivation_status(lines);
      assert_true(status == WG_OK || *wg_derivation_error(lines));
      for (size_t i = 0; status == WG_OK && i < wg_derivation_count(lines); i++)
        *number += text_number(wg_derivation_at(lines, i)->shapes);
      wg_derivation_free(lines);
      if (status != WG_OK) return status;
    }
  return WG_OK;
}

static wg_status formula(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  char text[400], symbol[40];
  size_t length = wg_formula(wg_tape_find(tape, "Z2"), WG_LATEX, text, sizeof text);
  size_t symbol_length = wg_symbol(wg_tape_find(tape, "Z2"), WG_LATEX, symbol, sizeof symbol);
  if (!length || !symbol_length) return WG_ERROR_MEMORY;
  assert_contains(text, "A_{1}");
  *number = 1;
  return WG_OK;
}

static wg_status chain_count(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  wg_chain_counts counts;
  wg_status status = wg_chain_count(n.J, PARAMS, n.params, &counts);
  *number = (double)(counts.factors * 1000 + counts.products_reused);
  return status;
}

/* W ← W − α·∂W by a plan, for a net's four parameters and one step; the number is what they hold then. */
static wg_status updates(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_node *grad[PARAMS];
  wg_leaf_update updates[PARAMS];
  wg_status status = wg_grad(n.J, PARAMS, n.params, grad);
  if (status != WG_OK) return status;
  for (int k = 0; k < PARAMS; k++)
    updates[k] = (wg_leaf_update){n.params[k], wg_sub(n.params[k], wg_scale(grad[k], 0.5))};
  wg_plan *plan = wg_plan_new_updating(1, &n.J, PARAMS, updates);
  status = wg_plan_status(plan);
  for (int k = 0; k < 2 + PARAMS && status == WG_OK; k++)
    status = wg_bind_updated(plan, n.bindings[k].node, (void *)n.bindings[k].data);
  if (status == WG_OK) status = wg_run(plan);
  *number = n.W1[0] + 2 * n.b1[3] + 3 * n.W2[5] + 4 * n.b2[2];
  wg_plan_free(plan);
  return status;
}

/* The same graph twice, by way of a cache. */
static wg_status cached(wg_tape *tape, void *context, double *number) {
  (void)context;
  net n;
  net_record(&n, tape);
  wg_plan_cache *cache = wg_plan_cache_new(1, wg_tape_allocator(tape));
  wg_status status = wg_tape_status(tape);
  *number = 0;
  for (int i = 0; i < 2 && status == WG_OK; i++) {
    wg_plan *plan = wg_plan_cache_get(cache, 1, &n.J, 0, NULL);
    status = wg_plan_status(plan);
    for (int k = 0; k < 2 + PARAMS && status == WG_OK; k++)
      status = wg_bind(plan, n.bindings[k].node, n.bindings[k].data);
    if (status == WG_OK) status = wg_run(plan);
    if (status == WG_OK) *number += *(const double *)wg_data(plan, n.J);
  }
  wg_plan_cache_free(cache);
  return status;
}

/* y = tanh(a·b), z = Σ exp(a): J·ẋ forward, both outputs in one sweep, and a Hessian–vector product. */
static wg_status several_and_forward(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3, 2));
  wg_node *outputs[] = {wg_tanh(wg_matmul(a, b)), wg_sum_all(wg_exp(a))}, *wrt[] = {a, b};
  wg_node *seeds[] = {wg_input(tape, "s", WG_F64, WG_SHAPE(2, 2)), NULL}, *results[6];
  double A[6], B[6], S[4];
  fill_f64(A, 6, -1, 1, 1), fill_f64(B, 6, -1, 1, 2), fill_f64(S, 4, -1, 1, 3);
  wg_binding bindings[] = {{a, A}, {b, B}, {seeds[0], S}};
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  wg_status status = wg_vjp_several(2, outputs, seeds, 2, wrt, results);
  if (status == WG_OK) status = wg_jvp(2, outputs, 2, wrt, wrt, results + 2);
  if (status == WG_OK) status = wg_hvp(wg_sum_all(wg_square(outputs[0])), 2, wrt, wrt, results + 4);
  return status == WG_OK ? run_all(6, results, 3, bindings, number) : status;
}

static wg_status jacobian(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *y = wg_softmax(x, 0);
  double at[] = {0.1, 0.2, -0.3}, values[9];
  wg_node *row = wg_jacobian_row(y, 1, x);
  if (wg_tape_status(tape) != WG_OK) return wg_tape_status(tape);
  wg_status status = run_all(1, &row, 1, &(wg_binding){x, at}, number);
  if (status != WG_OK) return status;
  wg_jacobian *matrix = wg_jacobian_new(y, x);
  status = wg_jacobian_status(matrix);
  if (status == WG_OK) status = wg_jacobian_bind(matrix, x, at);
  if (status == WG_OK) status = wg_jacobian_run(matrix, values);
  assert_true(status == WG_OK || *wg_jacobian_error(matrix));
  wg_jacobian_free(matrix);
  if (status == WG_OK) *number += values[1] + 3 * values[8];
  return status;
}

/* Any operation at a sample: value and gradients. */
static wg_status operation(wg_tape *tape, void *context, double *number) {
  const wg_op *op = ((const wg_op **)context)[0];
  const wg_sample *sample = ((const wg_sample **)context)[1];
  wg_node *x[WG_SAMPLE_INPUTS_MAX] = {0}, *wrt[WG_SAMPLE_INPUTS_MAX], *outputs[1 + WG_SAMPLE_INPUTS_MAX];
  wg_binding bindings[WG_SAMPLE_INPUTS_MAX];
  size_t count = 0;
  for (int i = 0; i < sample->input_count; i++) {
    const wg_sample_input *in = &sample->inputs[i];
    x[i] = wg_input(tape, "x", in->integer ? WG_I64 : WG_F64, in->shape);
    size_t n = (size_t)wg_node_size(x[i]);
    double *values = random_f64(n, in->low, in->high, (uint64_t)i + 1);
    if (in->integer) fill_i64((int64_t *)(void *)values, n, (int64_t)in->low, (int64_t)in->high, (uint64_t)i + 1);
    bindings[i] = (wg_binding){x[i], values};
    if (!in->integer) wrt[count++] = x[i];
  }
  wg_node *y = outputs[0] = wg_apply(op, sample->input_count, x, sample->attrs);
  wg_status status = wg_tape_status(tape);
  if (status == WG_OK && wg_node_dtype(y) == WG_I64) count = 0;
  if (status == WG_OK && count) status = wg_grad(wg_sum_all(wg_square(y)), count, wrt, outputs + 1);
  if (status == WG_OK) status = run_all(1 + count, outputs, (size_t)sample->input_count, bindings, number);
  for (int i = 0; i < sample->input_count; i++) free((void *)bindings[i].data);
  return status;
}

/* ---- The statements ---- */

static void the_engine_survives_every_failed_allocation(void **state) {
  (void)state;
  static const struct {
    const char *what;
    tape_attempt *run;
  } attempts[] = {
      {"record and run", record_and_run},
      {"gradient and run", gradient_and_run},
      {"vector-Jacobian product", vector_jacobian_product},
      {"second derivative", second_derivative},
      {"sweep without memo", sweep_without_memo},
      {"long chain", long_chain},
      {"constants and names", constants_and_names},
      {"check", check_gradient},
      {"check against", check_against},
      {"derivation", derivation},
      {"formula", formula},
      {"chain count", chain_count},
      {"updates", updates},
      {"cached", cached},
      {"several outputs and forward", several_and_forward},
      {"Jacobian", jacobian},
  };
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
    printf("%s: %zu allocations failed in turn\n", attempts[i].what,
           assert_tape_survives_failed_allocations(attempts[i].what, attempts[i].run, NULL));
}

static void every_operation_survives_every_failed_allocation(void **state) {
  (void)state;
  size_t total = 0;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const void *context[] = {wg_op_at(i), wg_op_at(i)->samples};
    total += assert_tape_survives_failed_allocations(wg_op_at(i)->name, operation, context);
  }
  printf("operations: %zu allocations failed in turn\n", total);
}

static wg_status pool_of_threads(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_threads *threads = wg_threads_new_with(3, allocator);
  *number = threads ? 1 : NAN;
  wg_threads_free(threads);
  return threads ? WG_OK : WG_ERROR_MEMORY;
}

static void a_pool_of_threads_survives_a_failed_allocation(void **state) {
  (void)state;
  assert_survives_failed_allocations("threads", pool_of_threads, NULL);
}

static void running_a_plan_allocates_nothing(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  wg_tape *tape = wg_tape_new_with(&allocator);
  net n;
  net_record(&n, tape);
  wg_node *outputs[1 + PARAMS] = {n.J};
  assert_int_equal(wg_grad(n.J, PARAMS, n.params, outputs + 1), WG_OK);
  wg_plan *plan = wg_plan_new(1 + PARAMS, outputs);
  for (int i = 0; i < 6; i++) assert_int_equal(wg_bind(plan, n.bindings[i].node, n.bindings[i].data), WG_OK);
  size_t calls = memory.calls, live = memory.live;
  for (int i = 0; i < 3; i++) assert_int_equal(wg_run(plan), WG_OK);
  assert_int_equal(memory.calls, calls);
  assert_int_equal(memory.live, live);
  wg_plan_free(plan);
  wg_tape_free(tape);
  assert_int_equal(memory.live, 0);
}

static void without_a_tape_every_call_is_harmless(void **state) {
  (void)state;
  assert_int_equal(wg_tape_status(NULL), WG_ERROR_MEMORY);
  assert_true(*wg_tape_error(NULL));
  wg_tape_clear_error(NULL);
  assert_int_equal(wg_tape_count(NULL), 0);
  assert_null(wg_tape_node(NULL, 0));
  assert_null(wg_tape_find(NULL, "x"));
  double number;
  assert_int_equal(record_and_run(NULL, NULL, &number), WG_ERROR_MEMORY);
  assert_int_not_equal(gradient_and_run(NULL, NULL, &number), WG_OK);
  assert_int_not_equal(check_gradient(NULL, NULL, &number), WG_OK);
  assert_int_not_equal(derivation(NULL, NULL, &number), WG_OK);
  wg_tape_free(NULL);
  wg_plan_free(NULL);
  wg_check_free(NULL);
  wg_derivation_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_engine_survives_every_failed_allocation),
      cmocka_unit_test(every_operation_survives_every_failed_allocation),
      cmocka_unit_test(a_pool_of_threads_survives_a_failed_allocation),
      cmocka_unit_test(running_a_plan_allocates_nothing),
      cmocka_unit_test(without_a_tape_every_call_is_harmless),
  };
  return RUN_TESTS(tests);
}
