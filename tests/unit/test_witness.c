/* The witnesses of a gradient, and the diagnosis of a wrong one. */
#include "../../engine/diagnosis.h"
#include "../../engine/witness.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A wrong operation: tanh with the rule dy·(1 − y). */
static wg_node *wrong_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_mul(dy, wg_sub(wg_scalar_like(y, 1), y));
}

static wg_node *wrong_tanh(wg_node *x) {
  static wg_op op;
  op = *wg_op_find("tanh");
  op.vjp = wrong_vjp;
  return wg_apply(&op, 1, &x, NULL);
}

typedef struct fixture {
  wg_tape *tape;
  wg_node *x;
  double at[6];
  wg_binding binding;
} fixture;

static void fixture_make(fixture *f, wg_shape shape) {
  f->tape = wg_tape_new();
  f->x = wg_param(f->tape, "x", WG_F64, shape);
  fill_f64(f->at, 6, 0.5, 1.5, 3);
  f->binding = (wg_binding){f->x, f->at};
}

static wg_witness *question(fixture *f, wg_node *root, wg_node *grad) {
  wg_witness *witness = wg_witness_new(root, 1, &f->x, grad ? &grad : NULL, 1, &f->binding, NULL);
  if (wg_witness_status(witness) != WG_OK) fail_msg("%s", wg_witness_error(witness));
  return witness;
}

/* ---- Taylor and forward mode ---- */

static void a_square_leaves_exactly_the_second_order(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(2, 3));
  wg_witness *witness = question(&f, wg_sum_all(wg_square(f.x)), NULL);
  const wg_taylor_test *taylor = wg_witness_taylor(witness);
  assert_int_equal(wg_witness_verdict(witness), WG_PASS);
  assert_int_equal(taylor->verdict, WG_PASS);
  assert_true(fabs(taylor->second_slope - 2) < 1e-2);
  assert_true(fabs(taylor->first_slope - 1) < 1e-2);
  /* Σ(x + h·ẋ)² − Σx² − 2h⟨x, ẋ⟩ = h²·|ẋ|²: a quarter of h leaves a sixteenth */
  assert_true(fabs(taylor->steps[0].second / taylor->steps[1].second - 16) < 1e-6);
  const wg_forward_test *forward = wg_witness_forward(witness);
  assert_int_equal(forward->verdict, WG_PASS);
  assert_true(forward->error < 1e-14);
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

static void a_linear_function_leaves_only_rounding(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  wg_witness *witness = question(&f, wg_sum_all(wg_scale(f.x, 3)), NULL);
  assert_true(isinf(wg_witness_taylor(witness)->second_slope));
  assert_int_equal(wg_witness_taylor(witness)->verdict, WG_PASS);
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

static void a_gradient_wrong_by_a_thousandth_leaves_the_first_order(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  wg_node *root = wg_sum_all(wg_exp(f.x)), *grad;
  wg_grad(root, 1, &f.x, &grad);
  wg_witness *witness = question(&f, root, wg_scale(grad, 1.001));
  const wg_taylor_test *taylor = wg_witness_taylor(witness);
  assert_int_equal(taylor->verdict, WG_FAIL);
  assert_true(fabs(taylor->second_slope - 1) < 1e-2);
  assert_int_equal(wg_witness_forward(witness)->verdict, WG_FAIL);
  assert_int_equal(wg_witness_verdict(witness), WG_FAIL);
  assert_null(wg_witness_first_wrong(witness)); /* the rules are all right */
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

static void a_kink_at_the_point_is_not_called_a_failure(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  for (int i = 0; i < 6; i++) f.at[i] = i == 2 ? 0 : 1;
  wg_witness *witness = question(&f, wg_sum_all(wg_relu(f.x)), NULL);
  assert_int_equal(wg_witness_taylor(witness)->verdict, WG_KINK);
  const wg_node_test *relu = wg_witness_node_at(witness, 0);
  assert_string_equal(wg_node_op(relu->node), "relu");
  assert_int_equal(relu->verdict, WG_PASS);
  assert_int_equal(relu->left_out, 1);
  assert_int_equal(wg_witness_verdict(witness), WG_PASS);
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

/* ---- Nodes ---- */

static void the_wrong_rule_is_named_among_thousands(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  wg_node *y = f.x;
  for (int i = 0; i < 3000; i++) y = i == 2000 ? wrong_tanh(y) : wg_scale(wg_sin(y), 1 + 1e-3 * (i % 2));
  wg_witness *witness = question(&f, wg_sum_all(y), NULL);
  const wg_node_test *wrong = wg_witness_first_wrong(witness);
  assert_non_null(wrong);
  assert_string_equal(wg_node_op(wrong->node), "tanh");
  assert_int_equal(wg_witness_node_count(witness), 5); /* sin, two scales, tanh, sum: each once */
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

static void the_input_of_the_wrong_rule_is_named(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  wg_witness *witness = question(&f, wg_sum_all(wg_mul(wg_exp(f.x), wrong_tanh(f.x))), NULL);
  assert_int_equal(wg_witness_first_wrong(witness)->input, 0);
  assert_string_equal(wg_node_op(wg_witness_first_wrong(witness)->node), "tanh");
  assert_int_equal(wg_witness_node_count(witness), 5); /* exp, tanh, both sides of mul, sum */
  wg_witness_free(witness);
  wg_tape_free(f.tape);
}

/* ---- Mistakes of the caller ---- */

static void assert_refused(wg_witness *witness, wg_status status, const char *part) {
  assert_int_equal(wg_witness_status(witness), status);
  assert_contains(wg_witness_error(witness), part);
  assert_int_equal(wg_witness_verdict(witness), WG_FAIL);
  assert_null(wg_witness_taylor(witness));
  assert_int_equal(wg_witness_node_count(witness), 0);
  wg_witness_free(witness);
}

static void what_cannot_be_questioned_is_refused(void **state) {
  (void)state;
  fixture f;
  fixture_make(&f, WG_SHAPE(6));
  wg_node *root = wg_sum_all(f.x), *narrow = wg_param(f.tape, "n", WG_F32, WG_SCALAR), *exp = wg_exp(f.x);
  wg_node *scalar = wg_fill(f.tape, WG_F64, WG_SCALAR, 1);
  wg_witness_options negative = {.tolerance = -1};
  assert_refused(wg_witness_new(NULL, 1, &f.x, NULL, 1, &f.binding, NULL), WG_ERROR_ARGUMENT, "root");
  assert_refused(wg_witness_new(f.x, 1, &f.x, NULL, 1, &f.binding, NULL), WG_ERROR_ARGUMENT, "not a scalar");
  assert_refused(wg_witness_new(narrow, 1, &f.x, NULL, 1, &f.binding, NULL), WG_ERROR_DTYPE, "f32");
  assert_refused(wg_witness_new(root, 1, &exp, NULL, 1, &f.binding, NULL), WG_ERROR_ARGUMENT, "cannot be moved");
  assert_refused(wg_witness_new(root, 1, &f.x, &scalar, 1, &f.binding, NULL), WG_ERROR_SHAPE, "another shape");
  assert_refused(wg_witness_new(root, 1, &f.x, NULL, 0, NULL, NULL), WG_ERROR_UNBOUND, "x");
  assert_refused(wg_witness_new(root, 1, &f.x, NULL, 1, &f.binding, &negative), WG_ERROR_ARGUMENT, "tolerance");
  assert_refused(NULL, WG_ERROR_MEMORY, "memory");
  wg_tape_free(f.tape);
}

static wg_status question_with(wg_tape *tape, void *context, double *number) {
  double at[6] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
  (void)context;
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2, 3));
  wg_node *root = wg_sum_all(wg_matmul(wg_tanh(x), wg_transpose(x)));
  wg_witness *witness = wg_witness_new(root, 1, &x, NULL, 1, &(wg_binding){x, at}, NULL);
  wg_status status = wg_witness_status(witness);
  if (status == WG_OK)
    *number = (double)wg_witness_node_count(witness) + (wg_witness_verdict(witness) == WG_PASS ? 0 : 100) +
              wg_witness_forward(witness)->forward;
  wg_witness_free(witness);
  return status;
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  assert_tape_survives_failed_allocations("witnesses", question_with, NULL);
}

/* ---- Diagnosis ---- */

/* J = Σ (X·W + b)² / m for X (4,2), W (2,3), b (1,3), with ∂W or ∂b replaced by what is to be diagnosed. */
typedef struct patient {
  wg_tape *tape;
  wg_node *params[2], *grad[2], *z, *J;
  double X[8], W[6], b[3];
  wg_binding bindings[3];
} patient;

static void patient_make(patient *p) {
  p->tape = wg_tape_new();
  wg_node *X = wg_input(p->tape, "X", WG_F64, WG_SHAPE(4, 2));
  p->params[0] = wg_param(p->tape, "W", WG_F64, WG_SHAPE(2, 3));
  p->params[1] = wg_param(p->tape, "b", WG_F64, WG_SHAPE(1, 3));
  fill_f64(p->X, 8, -1, 1, 1), fill_f64(p->W, 6, -1, 1, 2), fill_f64(p->b, 3, -1, 1, 3);
  p->bindings[0] = (wg_binding){X, p->X};
  p->bindings[1] = (wg_binding){p->params[0], p->W};
  p->bindings[2] = (wg_binding){p->params[1], p->b};
  p->z = wg_add(wg_matmul(X, p->params[0]), p->params[1]);
  p->J = wg_div_count(wg_sum_all(wg_square(p->z)), 7);
  assert_int_equal(wg_grad(p->J, 2, p->params, p->grad), WG_OK);
}

static void assert_diagnosis(patient *p, int which, wg_node *wrong, wg_signature signature, const char *text) {
  char found[200];
  wg_node *grad[2] = {p->grad[0], p->grad[1]};
  grad[which] = wrong;
  wg_check *check = wg_check_against(p->J, 2, p->params, grad, 3, p->bindings, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("%s", wg_check_error(check));
  wg_diagnosis diagnosis = wg_diagnose(check, p->params[which], p->J, 3, p->bindings);
  wg_diagnosis_text(&diagnosis, found, sizeof found);
  if (diagnosis.signature != signature || strcmp(found, text)) fail_msg("\"%s\", expected \"%s\"", found, text);
  diagnosis = wg_diagnose(check, p->params[1 - which], p->J, 3, p->bindings);
  assert_int_equal(diagnosis.signature, WG_SIGNATURE_NONE);
  wg_check_free(check);
}

static void mistakes_are_recognized_by_their_signatures(void **state) {
  (void)state;
  patient p;
  patient_make(&p);
  wg_node *W = p.grad[0], *b = p.grad[1];
  double first[6] = {1, 1, 1, 0, 0, 0}, noise[6] = {1, 2, 0.5, 1, 1, 3};
  wg_shape shape = WG_SHAPE(2, 3);
  assert_diagnosis(&p, 0, W, WG_SIGNATURE_NONE, "");
  assert_diagnosis(&p, 0, wg_neg(W), WG_SIGNATURE_SIGN, "∂W has the wrong sign: it is −1 times what it should be");
  assert_diagnosis(&p, 1, wg_add(b, b), WG_SIGNATURE_TWICE,
                   "∂b is 2 times what it should be: a contribution is counted twice");
  assert_diagnosis(&p, 0, wg_scale(W, 7), WG_SIGNATURE_COUNT,
                   "∂W is 7 times what it should be: a factor 1/m is missing, m = 7");
  assert_diagnosis(&p, 1, wg_scale(b, 1 / 7.0), WG_SIGNATURE_COUNT_TWICE,
                   "∂b is 1/7 of what it should be: a factor 1/m is applied twice, m = 7");
  assert_diagnosis(&p, 0, wg_scale(W, 4), WG_SIGNATURE_COUNT,
                   "∂W is 4 times what it should be: a factor 1/m is missing, m = 4");
  assert_diagnosis(&p, 0, wg_scale(W, 1.5), WG_SIGNATURE_FACTOR, "∂W is 1.5 times what it should be, in every element");
  assert_diagnosis(&p, 0, wg_scale(W, 0), WG_SIGNATURE_ZERO, "∂W is zero: the sweep is cut off before it");
  assert_diagnosis(&p, 0, wg_reshape(wg_transpose(W), shape), WG_SIGNATURE_TRANSPOSED, "∂W is transposed");
  assert_diagnosis(&p, 0, wg_mul(W, wg_constant(p.tape, WG_F64, shape, first)), WG_SIGNATURE_ONE_ROW,
                   "∂W is right in row 0 and zero in all others");
  wg_node *adjoint = wg_adjoint(p.J, p.z);
  assert_non_null(adjoint);
  assert_diagnosis(&p, 1, wg_narrow(adjoint, 0, 2, 1), WG_SIGNATURE_ONE_SAMPLE,
                   "∂b is what sample 2 alone sends: a broadcast is not summed");
  assert_diagnosis(&p, 0, wg_mul(W, wg_constant(p.tape, WG_F64, shape, noise)), WG_SIGNATURE_UNKNOWN,
                   "∂W is wrong, with no signature known here");
  noise[4] = NAN;
  assert_diagnosis(&p, 0, wg_mul(W, wg_constant(p.tape, WG_F64, shape, noise)), WG_SIGNATURE_NOT_FINITE,
                   "∂W has elements that are no finite numbers");
  wg_tape_free(p.tape);
}

/* Of a single number every mistake is a factor; but one that a sample explains is explained by it. */
static void a_single_number_that_misses_a_sum_is_not_called_a_factor(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(5, 1)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 1)), *grad;
  double at_X[5] = {1, -2, 3, 0.5, 4}, at_b = 0.25;
  wg_binding bindings[] = {{X, at_X}, {b, &at_b}};
  wg_node *z = wg_add(X, b), *J = wg_sum_all(wg_square(z));
  wg_grad(J, 1, &b, &grad);
  wg_node *wrong = wg_narrow(wg_adjoint(J, z), 0, 3, 1);
  wg_check *check = wg_check_against(J, 1, &b, &wrong, 2, bindings, NULL);
  wg_diagnosis diagnosis = wg_diagnose(check, b, J, 2, bindings);
  assert_int_equal(diagnosis.signature, WG_SIGNATURE_ONE_SAMPLE);
  assert_int_equal(diagnosis.row, 3);
  assert_int_equal(wg_diagnose(check, b, NULL, 0, NULL).signature, WG_SIGNATURE_FACTOR);
  wg_check_free(check);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_square_leaves_exactly_the_second_order),
      cmocka_unit_test(a_linear_function_leaves_only_rounding),
      cmocka_unit_test(a_gradient_wrong_by_a_thousandth_leaves_the_first_order),
      cmocka_unit_test(a_kink_at_the_point_is_not_called_a_failure),
      cmocka_unit_test(the_wrong_rule_is_named_among_thousands),
      cmocka_unit_test(the_input_of_the_wrong_rule_is_named),
      cmocka_unit_test(what_cannot_be_questioned_is_refused),
      cmocka_unit_test(every_failed_allocation_is_reported),
      cmocka_unit_test(mistakes_are_recognized_by_their_signatures),
      cmocka_unit_test(a_single_number_that_misses_a_sum_is_not_called_a_factor),
  };
  return RUN_TESTS(tests);
}
