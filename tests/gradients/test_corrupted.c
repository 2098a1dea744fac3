/* A corrupted rule is caught. Operations get backward rules with the mistakes that people make: a sign, a factor, a
 * missing term, a transpose; and the gradient check must fail, for the parameters that the mistake reaches and no others.
 * A checker that cannot fail is no checker. */
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Corrupting a rule ---- */

typedef wg_node *corruption(wg_node *right, wg_node *y, wg_node *dy, int i);

/* The rule under test: what `genuine` sends to input `hit` is replaced. */
static const wg_op *genuine;
static corruption *replace;
static int hit;

static wg_node *corrupted_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *right = genuine->vjp(y, dy, i);
  return i == hit ? replace(right, y, dy, i) : right;
}

/* A copy of the operation with that mistake; used by one tape at a time. */
static const wg_op *corrupt(const char *name, int input, corruption *mistake) {
  static wg_op op;
  genuine = wg_op_find(name);
  assert_non_null(genuine);
  op = *genuine;
  op.vjp = corrupted_vjp;
  replace = mistake;
  hit = input;
  return &op;
}

static wg_node *nothing_wrong(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return right;
}

static wg_node *negated(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_neg(right);
}

static wg_node *doubled(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_scale(right, 2);
}

static wg_node *times_m(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_scale(right, 3);
}

static wg_node *off_by_a_hundred_thousandth(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_scale(right, 1 + 1e-5);
}

static wg_node *zero(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_fill(wg_node_tape(right), wg_node_dtype(right), wg_node_shape(right), 0);
}

static wg_node *not_a_number(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_fill(wg_node_tape(right), wg_node_dtype(right), wg_node_shape(right), NAN);
}

static wg_node *transposed(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return wg_transpose(right);
}

static wg_node *masked(wg_node *right, size_t begin, size_t end, double inside, double outside) {
  size_t n = (size_t)wg_node_size(right);
  double *mask = new_f64(n);
  for (size_t k = 0; k < n; k++) mask[k] = k >= begin && k < end ? inside : outside;
  wg_node *constant = wg_constant(wg_node_tape(right), WG_F64, wg_node_shape(right), mask);
  free(mask);
  return wg_mul(right, constant);
}

static wg_node *first_row_only(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  wg_shape shape = wg_node_shape(right);
  return shape.rank ? masked(right, 0, (size_t)shape.size[shape.rank - 1], 1, 0) : right;
}

static wg_node *one_element_lost(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  size_t lost = 4 % (size_t)wg_node_size(right); /* where relu's mask is 1 */
  return masked(right, lost, lost + 1, 0, 1);
}

/* ---- Mistakes of particular rules ---- */

static wg_node *matmul_without_transpose(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right; /* ∂a = dy·b and ∂b = a·dy, which square matrices let through */
  return i == 0 ? wg_matmul(dy, wg_node_input(y, 1)) : wg_matmul(wg_node_input(y, 0), dy);
}

static wg_node *matmul_in_wrong_order(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right; /* ∂a = bᵀ·dy and ∂b = dy·aᵀ */
  return i == 0 ? wg_matmul(wg_transpose(wg_node_input(y, 1)), dy) : wg_matmul(dy, wg_transpose(wg_node_input(y, 0)));
}

static wg_node *bias_gets_the_mean(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right;
  return wg_reshape(wg_mean(dy, 1, (int64_t[]){0}, true), wg_node_shape(wg_node_input(y, i)));
}

static wg_node *bias_gets_the_sum_over_the_wrong_axis(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right;
  return wg_reshape(wg_sum(dy, 1, (int64_t[]){1}, true), wg_node_shape(wg_node_input(y, i)));
}

static wg_node *relu_without_mask(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)y, (void)i;
  return dy;
}

static wg_node *relu_with_the_other_mask(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right;
  wg_node *x = wg_node_input(y, i);
  return wg_mul(dy, wg_less(x, wg_scalar_like(x, 0)));
}

static wg_node *sigmoid_without_its_complement(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)i; /* a instead of a·(1 − a) */
  return wg_mul(dy, y);
}

static wg_node *tanh_without_square(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)i; /* 1 − a instead of 1 − a² */
  return wg_mul(dy, wg_sub(wg_scalar_like(y, 1), y));
}

static wg_node *softmax_like_a_sigmoid(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)i; /* the diagonal a·(1 − a) of the Jacobian diag(a) − a·aᵀ */
  return wg_mul(dy, wg_mul(y, wg_sub(wg_scalar_like(y, 1), y)));
}

static wg_node *softmax_without_the_outer_product(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)i; /* diag(a) alone */
  return wg_mul(dy, y);
}

static wg_node *log_softmax_without_the_normalizer(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)y, (void)i; /* dy instead of dy − a·Σ dy */
  return dy;
}

static wg_node *loss_without_targets(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right; /* A instead of A − Y */
  return wg_mul(wg_reshape(dy, WG_SHAPE(3, 1)), wg_softmax(wg_node_input(y, i), -1));
}

static wg_node *loss_with_the_wrong_sign_of_targets(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right; /* A + Y */
  return wg_mul(wg_reshape(dy, WG_SHAPE(3, 1)), wg_add(wg_softmax(wg_node_input(y, i), -1), wg_node_input(y, 1)));
}

static wg_node *mean_without_division(wg_node *right, wg_node *y, wg_node *dy, int i) {
  (void)right, (void)y, (void)i; /* dy instead of dy / m */
  return dy;
}

/* ---- A net whose every size is 3, so that no shape gives a mistake away ---- */

enum { N = 3, PARAMS = 4 };
typedef enum site { NOWHERE, MATMUL, ADD_BIAS, ACTIVATION, TERMS, DIVISION } site;

/* Z1 = X·W1 + b1, A1 = f(Z1), Z2 = A1·W2 + b2, J = (sum of the cross-entropy terms) / m. The operation `op` stands at `where`:
 * the second matmul and add_bias, the activation, the terms or the division. */
static wg_check *check_net(wg_tape *t, site where, const wg_op *op, const char *activation) {
  double X[N * N], Y[N * N] = {0, 1, 0, 0.25, 0.25, 0.5, 1, 0, 0}, W1[N * N], W2[N * N], b1[N], b2[N];
  fill_f64(X, N * N, -2, 2, 1);
  fill_f64(W1, N * N, -1, 1, 2);
  fill_f64(b1, N, -1, 1, 3);
  fill_f64(W2, N * N, -1, 1, 4);
  fill_f64(b2, N, -1, 1, 5);
  wg_node *x = wg_input(t, "X", WG_F64, WG_SHAPE(N, N)), *y = wg_input(t, "Y", WG_F64, WG_SHAPE(N, N));
  wg_node *wrt[PARAMS] = {wg_param(t, "W1", WG_F64, WG_SHAPE(N, N)), wg_param(t, "b1", WG_F64, WG_SHAPE(1, N)),
                          wg_param(t, "W2", WG_F64, WG_SHAPE(N, N)), wg_param(t, "b2", WG_F64, WG_SHAPE(1, N))};
#define AT(place, name) (where == (place) ? op : wg_op_find(name))
  wg_node *Z1 = wg_add_bias(wg_matmul(x, wrt[0]), wrt[1]);
  wg_node *A1 = wg_apply(AT(ACTIVATION, activation), 1, &Z1, NULL);
  wg_node *product = wg_apply(AT(MATMUL, "matmul"), 2, (wg_node *[]){A1, wrt[2]}, NULL);
  wg_node *Z2 = wg_apply(AT(ADD_BIAS, "add_bias"), 2, (wg_node *[]){product, wrt[3]}, NULL);
  wg_node *terms = wg_apply(AT(TERMS, "cross_entropy_terms"), 2, (wg_node *[]){Z2, y}, NULL);
  wg_node *sum = wg_sum_all(terms);
  wg_node *J = wg_apply(AT(DIVISION, "div_count"), 1, &sum, (wg_attr[]){wg_attr_integer("count", N), {0}});
#undef AT
  assert_tape_good(t);
  wg_binding bindings[] = {{x, X}, {y, Y}, {wrt[0], W1}, {wrt[1], b1}, {wrt[2], W2}, {wrt[3], b2}};
  wg_check *check = wg_check_gradient(J, PARAMS, wrt, 6, bindings, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("%s", wg_check_error(check));
  return check;
}

/* Whether an element of the parameter of that name failed. */
static bool fails(const wg_check *check, const char *name) {
  for (size_t i = 0; i < wg_check_count(check); i++) {
    const wg_check_entry *entry = wg_check_entry_at(check, i);
    if (entry->verdict == WG_FAIL && !strcmp(wg_node_name(entry->node), name)) return true;
  }
  return false;
}

/* The check fails for just the parameters in `expected`, a list of names, and says so first. */
static void assert_caught(const char *mistake, const wg_check *check, const char *expected) {
  static const char *const names[PARAMS] = {"W1", "b1", "W2", "b2"};
  for (int k = 0; k < PARAMS; k++) {
    bool should = strstr(expected, names[k]) != NULL;
    if (fails(check, names[k]) != should)
      fail_msg("%s: %s should %s", mistake, names[k], should ? "fail" : "pass, and failed");
  }
  if (wg_check_verdict(check) != (*expected ? WG_FAIL : WG_PASS))
    fail_msg("%s: verdict %s", mistake, wg_verdict_text(wg_check_verdict(check)));
  const wg_check_entry *worst = wg_check_worst(check, 0);
  if (*expected && (worst->verdict != WG_FAIL || !strstr(expected, wg_node_name(worst->node))))
    fail_msg("%s: the worst is in %s", mistake, wg_node_name(worst->node));
}

typedef struct mistake {
  const char *text;
  site where;
  const char *op;
  int input;
  corruption *how;
  const char *expected;
} mistake;

static void assert_mistakes_caught(const mistake *mistakes, size_t count) {
  for (size_t k = 0; k < count; k++) {
    const mistake *m = &mistakes[k];
    wg_tape *tape = wg_tape_new();
    const char *activation = m->where == ACTIVATION ? m->op : "tanh";
    wg_check *check = check_net(tape, m->where, corrupt(m->op, m->input, m->how), activation);
    assert_caught(m->text, check, m->expected);
    wg_check_free(check);
    wg_tape_free(tape);
  }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- The statements ---- */

static void rules_that_are_right_pass(void **state) {
  (void)state;
  const mistake none[] = {
      {"matmul", MATMUL, "matmul", 0, nothing_wrong, ""},
      {"add_bias", ADD_BIAS, "add_bias", 1, nothing_wrong, ""},
      {"relu", ACTIVATION, "relu", 0, nothing_wrong, ""},
      {"sigmoid", ACTIVATION, "sigmoid", 0, nothing_wrong, ""},
      {"tanh", ACTIVATION, "tanh", 0, nothing_wrong, ""},
      {"softmax", ACTIVATION, "softmax", 0, nothing_wrong, ""},
      {"log_softmax", ACTIVATION, "log_softmax", 0, nothing_wrong, ""},
      {"cross_entropy_terms", TERMS, "cross_entropy_terms", 0, nothing_wrong, ""},
      {"div_count", DIVISION, "div_count", 0, nothing_wrong, ""},
  };
  assert_mistakes_caught(none, COUNT(none));
}

/* What the second layer sends down reaches the first layer; what it sends to its parameters stays there. */
static void a_general_mistake_is_caught_in_the_parameters_that_it_reaches(void **state) {
  (void)state;
  static const struct {
    const char *text;
    corruption *how;
  } how[] = {{"negated", negated},
             {"doubled", doubled},
             {"times m", times_m},
             {"off by 1e-5", off_by_a_hundred_thousandth},
             {"zero", zero},
             {"not a number", not_a_number},
             {"first row only", first_row_only},
             {"one element lost", one_element_lost}};
  for (size_t k = 0; k < COUNT(how); k++) {
    bool row = how[k].how == first_row_only; /* the bias has one row, and a scalar none to lose */
    const mistake mistakes[] = {
        {how[k].text, MATMUL, "matmul", 0, how[k].how, "W1 b1"},
        {how[k].text, MATMUL, "matmul", 1, how[k].how, "W2"},
        {how[k].text, ADD_BIAS, "add_bias", 0, how[k].how, "W1 b1 W2"},
        {how[k].text, ADD_BIAS, "add_bias", 1, how[k].how, row ? "" : "b2"},
        {how[k].text, ACTIVATION, "relu", 0, how[k].how, "W1 b1"},
        {how[k].text, ACTIVATION, "sigmoid", 0, how[k].how, "W1 b1"},
        {how[k].text, ACTIVATION, "tanh", 0, how[k].how, "W1 b1"},
        {how[k].text, ACTIVATION, "softmax", 0, how[k].how, "W1 b1"},
        {how[k].text, TERMS, "cross_entropy_terms", 0, how[k].how, "W1 b1 W2 b2"},
        {how[k].text, DIVISION, "div_count", 0, how[k].how, row ? "" : "W1 b1 W2 b2"},
    };
    assert_mistakes_caught(mistakes, COUNT(mistakes));
  }
}

static void a_transposed_gradient_is_caught(void **state) {
  (void)state;
  const mistake mistakes[] = {
      {"transposed", MATMUL, "matmul", 0, transposed, "W1 b1"},
      {"transposed", MATMUL, "matmul", 1, transposed, "W2"},
      {"transposed", ADD_BIAS, "add_bias", 0, transposed, "W1 b1 W2"},
      {"transposed", ACTIVATION, "relu", 0, transposed, "W1 b1"},
      {"transposed", TERMS, "cross_entropy_terms", 0, transposed, "W1 b1 W2 b2"},
  };
  assert_mistakes_caught(mistakes, COUNT(mistakes));
}

static void the_mistakes_that_people_make_are_caught(void **state) {
  (void)state;
  const mistake mistakes[] = {
      {"dy·b", MATMUL, "matmul", 0, matmul_without_transpose, "W1 b1"},
      {"a·dy", MATMUL, "matmul", 1, matmul_without_transpose, "W2"},
      {"bᵀ·dy", MATMUL, "matmul", 0, matmul_in_wrong_order, "W1 b1"},
      {"dy·aᵀ", MATMUL, "matmul", 1, matmul_in_wrong_order, "W2"},
      {"mean to the bias", ADD_BIAS, "add_bias", 1, bias_gets_the_mean, "b2"},
      {"wrong axis to the bias", ADD_BIAS, "add_bias", 1, bias_gets_the_sum_over_the_wrong_axis, "b2"},
      {"no mask", ACTIVATION, "relu", 0, relu_without_mask, "W1 b1"},
      {"other mask", ACTIVATION, "relu", 0, relu_with_the_other_mask, "W1 b1"},
      {"a", ACTIVATION, "sigmoid", 0, sigmoid_without_its_complement, "W1 b1"},
      {"1 − a", ACTIVATION, "tanh", 0, tanh_without_square, "W1 b1"},
      {"a·(1 − a)", ACTIVATION, "softmax", 0, softmax_like_a_sigmoid, "W1 b1"},
      {"diag(a)", ACTIVATION, "softmax", 0, softmax_without_the_outer_product, "W1 b1"},
      {"dy", ACTIVATION, "log_softmax", 0, log_softmax_without_the_normalizer, "W1 b1"},
      {"A", TERMS, "cross_entropy_terms", 0, loss_without_targets, "W1 b1 W2 b2"},
      {"A + Y", TERMS, "cross_entropy_terms", 0, loss_with_the_wrong_sign_of_targets, "W1 b1 W2 b2"},
      {"no 1/m", DIVISION, "div_count", 0, mean_without_division, "W1 b1 W2 b2"},
  };
  assert_mistakes_caught(mistakes, COUNT(mistakes));
}

/* ---- Every rule of the table ---- */

/* Checks Σ w ⊙ op(x) at a sample by the input `input`. */
static wg_verdict verdict_of(const wg_op *op, const wg_sample *sample, int input) {
  wg_tape *tape = wg_tape_new();
  wg_node *x[WG_SAMPLE_INPUTS_MAX];
  wg_binding bindings[WG_SAMPLE_INPUTS_MAX];
  for (int i = 0; i < sample->input_count; i++) {
    const wg_sample_input *in = &sample->inputs[i];
    x[i] = wg_input(tape, "x", in->integer ? WG_I64 : WG_F64, in->shape);
    size_t n = (size_t)wg_node_size(x[i]);
    double *values = random_f64(n, in->low, in->high, (uint64_t)i + 1);
    if (in->integer) fill_i64((int64_t *)(void *)values, n, (int64_t)in->low, (int64_t)in->high, (uint64_t)i + 1);
    bindings[i] = (wg_binding){x[i], values};
  }
  wg_node *y = wg_apply(op, sample->input_count, x, sample->attrs);
  double *w = random_f64((size_t)wg_node_size(y), 0.5, 1.5, 9);
  w[0] = -w[0];
  wg_node *root = wg_sum_all(wg_mul(y, wg_constant(tape, WG_F64, wg_node_shape(y), w)));
  wg_check *check = wg_check_gradient(root, 1, &x[input], (size_t)sample->input_count, bindings, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("%s: %s", op->name, wg_check_error(check));
  wg_verdict verdict = wg_check_verdict(check);
  wg_check_free(check);
  wg_tape_free(tape);
  for (int i = 0; i < sample->input_count; i++) free((void *)bindings[i].data);
  free(w);
  return verdict;
}

static void every_rule_of_the_table_is_caught_when_it_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *text;
    corruption *how;
  } how[] = {{"negated", negated},
             {"doubled", doubled},
             {"zero", zero},
             {"off", off_by_a_hundred_thousandth},
             {"not a number", not_a_number}};
  size_t caught = 0;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    for (int input = 0; op->vjp && input < op->samples[0].input_count; input++) {
      if (op->samples[0].inputs[input].integer || (op->nondifferentiable >> input & 1)) continue;
      /* the first sample at which this input has an effect: relu is tried on its flat side too */
      const wg_sample *sample = op->samples;
      while (sample->input_count && verdict_of(corrupt(op->name, input, not_a_number), sample, input) != WG_FAIL)
        sample++;
      if (!sample->input_count) fail_msg("%s: no sample tries input %d", op->name, input);
      assert_int_equal(verdict_of(op, sample, input), WG_PASS);
      for (size_t k = 0; k < COUNT(how); k++) {
        bool found = false;
        for (sample = op->samples; sample->input_count && !found; sample++)
          found = verdict_of(corrupt(op->name, input, how[k].how), sample, input) == WG_FAIL;
        if (!found) fail_msg("%s, input %d, %s: not caught by any sample", op->name, input, how[k].text);
        caught++;
      }
    }
  }
  printf("%zu corrupted rules caught\n", caught);
  assert_true(caught > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules_that_are_right_pass),
      cmocka_unit_test(a_general_mistake_is_caught_in_the_parameters_that_it_reaches),
      cmocka_unit_test(a_transposed_gradient_is_caught),
      cmocka_unit_test(the_mistakes_that_people_make_are_caught),
      cmocka_unit_test(every_rule_of_the_table_is_caught_when_it_is_wrong),
  };
  return RUN_TESTS(tests);
}
