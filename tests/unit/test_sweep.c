/* The reverse sweep forms each adjoint once, and visits nothing that it need not. */
#include "sweep_graphs.h"

/* ---- Once and again ---- */

static void the_same_gradient_twice_is_the_same_nodes_and_no_new_work(void **state) {
  (void)state;
  net n = net_new();
  wg_node *first[4], *second[4];
  sweep(n.J, 4, n.params, first, NULL);
  size_t recorded = wg_tape_count(n.tape);
  wg_sweep_counts counts = sweep(n.J, 4, n.params, second, NULL);
  for (int k = 0; k < 4; k++) assert_ptr_equal(first[k], second[k]);
  assert_int_equal(counts.rules, 0);
  assert_int_equal(counts.visited, 0);
  assert_int_equal(counts.hits, counts.lookups);
  assert_int_equal(wg_tape_count(n.tape), recorded);
  wg_tape_free(n.tape);
}

static void another_parameter_of_the_same_root_reuses_what_is_there(void **state) {
  (void)state;
  net n = net_new(), together = net_new();
  wg_node *apart[4], *at_once[4];
  uint64_t rules = 0;
  for (int k = 4; k-- > 0;) rules += sweep(n.J, 1, &n.params[k], &apart[k], NULL).rules;
  wg_sweep_counts counts = sweep(together.J, 4, together.params, at_once, NULL);
  assert_int_equal(rules, counts.rules);
  /* the edges: division, sum, square, add_bias twice and matmul twice with two inputs, relu; X gets nothing */
  assert_int_equal(counts.rules, 3 + 2 + 2 + 1 + 2 + 1);

  double X[10], W1[8], b1[4], W2[12], b2[3], one[12], other[12];
  fill_f64(X, 10, -1, 1, 1), fill_f64(W1, 8, -1, 1, 2), fill_f64(b1, 4, -1, 1, 3);
  fill_f64(W2, 12, -1, 1, 4), fill_f64(b2, 3, -1, 1, 5);
  double *data[] = {W1, b1, W2, b2};
  for (int k = 0; k < 4; k++) {
    wg_binding here[5] = {{n.X, X}}, there[5] = {{together.X, X}};
    for (int i = 0; i < 4; i++) {
      here[1 + i] = (wg_binding){n.params[i], data[i]};
      there[1 + i] = (wg_binding){together.params[i], data[i]};
    }
    run_node(apart[k], 5, here, one);
    run_node(at_once[k], 5, there, other);
    assert_memory_equal(one, other, (size_t)wg_node_size(apart[k]) * sizeof(double));
  }
  wg_tape_free(n.tape);
  wg_tape_free(together.tape);
}

static void a_branch_off_the_loss_path_changes_nothing(void **state) {
  (void)state;
  net plain = net_new(), branched = net_new();
  wg_node *branch = wg_sum_all(wg_exp(wg_matmul(branched.A1, branched.params[2]))); /* not part of J */
  for (int i = 0; i < 50; i++) branch = wg_mul(branch, wg_sum_all(wg_square(branched.Z1)));
  wg_node *grad[4], *branched_grad[4];
  wg_sweep_counts counts = sweep(plain.J, 4, plain.params, grad, NULL);
  wg_sweep_counts branched_counts = sweep(branched.J, 4, branched.params, branched_grad, NULL);
  assert_memory_equal(&counts, &branched_counts, sizeof counts);
  double X[10], W1[8], b1[4], W2[12], b2[3], one[12], other[12];
  fill_f64(X, 10, -1, 1, 1), fill_f64(W1, 8, -1, 1, 2), fill_f64(b1, 4, -1, 1, 3);
  fill_f64(W2, 12, -1, 1, 4), fill_f64(b2, 3, -1, 1, 5);
  for (int k = 0; k < 4; k++) {
    wg_binding here[] = {
        {plain.X, X}, {plain.params[0], W1}, {plain.params[1], b1}, {plain.params[2], W2}, {plain.params[3], b2}};
    wg_binding there[] = {{branched.X, X},
                          {branched.params[0], W1},
                          {branched.params[1], b1},
                          {branched.params[2], W2},
                          {branched.params[3], b2}};
    run_node(grad[k], 5, here, one);
    run_node(branched_grad[k], 5, there, other);
    assert_memory_equal(one, other, (size_t)wg_node_size(grad[k]) * sizeof(double));
  }
  assert_null(wg_adjoint(branched.J, branch));
  wg_tape_free(plain.tape);
  wg_tape_free(branched.tape);
}

/* J = w·f(x), where f is long, and x and f are recorded after w: the one rule is that of the product. */
static void what_leads_only_to_leaves_that_nobody_wants_is_not_visited(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *w = scalar_param(tape, "w"), *x = scalar_param(tape, "x"), *grad;
  wg_sweep_counts counts = sweep(wg_mul(w, doubling_chain(x, 100)), 1, &w, &grad, NULL);
  assert_int_equal(counts.rules, 1);
  assert_int_equal(counts.visited, 2);
  wg_tape_free(tape);
}

static void two_leaves_with_equal_values_and_names_stay_two(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *wrt[] = {scalar_param(tape, "x"), scalar_param(tape, "x")}, *grad[2];
  assert_ptr_not_equal(wrt[0], wrt[1]);
  wg_grad(wg_mul(wg_square(wrt[0]), wrt[1]), 2, wrt, grad);
  double at = 3;
  wg_binding bindings[] = {{wrt[0], &at}, {wrt[1], &at}};
  assert_true(run_scalar(grad[0], 2, bindings) == 18); /* 2·x·x′ */
  assert_true(run_scalar(grad[1], 2, bindings) == 9);  /* x² */
  wg_tape_free(tape);
}

/* ---- What may be asked for ---- */

static void the_gradient_by_the_root_is_the_seed_and_by_anything_unrelated_zero(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *y = wg_param(tape, "y", WG_F64, WG_SHAPE(2, 3));
  wg_node *root = wg_square(x), *after = wg_exp(root), *unused = scalar_param(tape, "unused");
  wg_node *wrt[] = {root, y, x, after, unused, x}, *grad[6];
  assert_int_equal(wg_grad(root, 6, wrt, grad), WG_OK);
  double at = 3, zeros[6] = {1, 1, 1, 1, 1, 1};
  wg_binding binding = {x, &at};
  assert_true(run_scalar(grad[0], 1, &binding) == 1);
  run_node(grad[1], 1, &binding, zeros);
  for (int i = 0; i < 6; i++) assert_true(zeros[i] == 0);
  wg_shape shape = wg_node_shape(grad[1]), wanted = WG_SHAPE(2, 3);
  assert_true(wg_shape_equal(&shape, &wanted));
  assert_true(run_scalar(grad[2], 1, &binding) == 6);
  assert_true(run_scalar(grad[3], 1, &binding) == 0);
  assert_true(run_scalar(grad[4], 1, &binding) == 0);
  assert_ptr_equal(grad[5], grad[2]);
  assert_int_equal(wg_grad(root, 0, NULL, NULL), WG_OK);
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void a_leaf_that_must_be_reached_and_is_not_is_an_error(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *wrt[] = {scalar_param(tape, "x"), scalar_param(tape, "unused")}, *root = wg_square(wrt[0]), *grad[2];
  const wg_sweep_options options = {.must_reach = true};
  assert_int_equal(wg_sweep(root, 1, wrt, grad, &options, NULL), WG_OK);
  assert_int_equal(wg_sweep(root, 2, wrt, grad, &options, NULL), WG_ERROR_ARGUMENT);
  assert_true(wg_node_inert(grad[0]) && wg_node_inert(grad[1]));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "unused");
  assert_int_equal(wg_grad(root, 2, wrt, grad), WG_OK);
  wg_tape_free(tape);
}

static void the_gradient_by_an_intermediate_is_its_adjoint(void **state) {
  (void)state;
  net n = net_new();
  assert_null(wg_adjoint(n.J, n.Z1));
  wg_node *grad[4], *wrt[] = {n.Z2, n.A1, n.Z1, n.params[0]};
  assert_int_equal(wg_grad(n.J, 4, wrt, grad), WG_OK);
  for (int k = 0; k < 4; k++) assert_ptr_equal(wg_adjoint(n.J, wrt[k]), grad[k]);
  assert_null(wg_adjoint(n.J, n.params[3]));
  assert_null(wg_adjoint(n.Z2, n.params[0]));
  assert_null(wg_adjoint(NULL, n.Z1));
  assert_null(wg_adjoint(n.J, NULL));
  wg_tape_free(n.tape);
}

static void a_seed_gives_the_vector_jacobian_product(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3, 2));
  wg_node *seed = wg_input(tape, "s", WG_F64, WG_SHAPE(2, 2)), *wrt[] = {a, b}, *grad[2];
  assert_int_equal(wg_vjp(wg_matmul(a, b), seed, 2, wrt, grad), WG_OK);
  double A[] = {1, 2, 3, 4, 5, 6}, B[] = {1, -1, 2, 0, -3, 2}, S[] = {1, 10, 100, 1000}, result[6];
  wg_binding bindings[] = {{a, A}, {b, B}, {seed, S}};
  /* S·Bᵀ and Aᵀ·S by hand */
  const double by_a[] = {-9, 2, 17, -900, 200, 1700}, by_b[] = {401, 4010, 502, 5020, 603, 6030};
  run_node(grad[0], 3, bindings, result);
  assert_close("∂a", 6, result, by_a, 0);
  run_node(grad[1], 3, bindings, result);
  assert_close("∂b", 6, result, by_b, 0);

  /* another seed has other adjoints */
  wg_node *ones = wg_fill(tape, WG_F64, WG_SHAPE(2, 2), 1), *other[2];
  assert_int_equal(wg_vjp(wg_matmul(a, b), ones, 2, wrt, other), WG_OK);
  const double by_a_ones[] = {0, 2, -1, 0, 2, -1}; /* row sums of B */
  run_node(other[0], 3, bindings, result);
  assert_close("∂a of ones", 6, result, by_a_ones, 0);
  wg_tape_free(tape);
}

/* x⁵ by x: 5x⁴, 20x³, 60x², 120x, 120, 0. */
static void gradients_of_gradients_go_on_to_any_order(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *y = wg_mul(x, wg_square(wg_square(x)));
  const double at = 2, expected[] = {80, 160, 240, 240, 120, 0};
  for (int order = 0; order < 6; order++) {
    assert_int_equal(wg_grad(y, 1, &x, &y), WG_OK);
    assert_true(run_scalar(y, 1, &(wg_binding){x, &at}) == expected[order]);
  }
  wg_tape_free(tape);
}

static void a_sweep_over_one_root_keeps_nothing_for_another(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *square = wg_square(x), *cube = wg_mul(square, x), *grad[2];
  double at = 2;
  wg_grad(square, 1, &x, &grad[0]);
  wg_grad(cube, 1, &x, &grad[1]);
  assert_true(run_scalar(grad[0], 1, &(wg_binding){x, &at}) == 4);
  assert_true(run_scalar(grad[1], 1, &(wg_binding){x, &at}) == 12);
  wg_tape_free(tape);
}

/* ---- What may not ---- */

static wg_node *vjp_of_wrong_shape(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_sum_all(wg_mul(y, dy));
}

static void bad_requests_fail_with_a_message_and_leave_the_tape_usable(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_square(x), *root = wg_sum_all(y), *grad;
  wg_node *labels = wg_input(tape, "labels", WG_I64, WG_SHAPE(2)), *stranger = scalar_param(other, "s");
  wg_node *nothing = NULL, *inert = wg_matmul(x, x);
  wg_tape_clear_error(tape);

  assert_int_equal(wg_grad(y, 1, &x, &grad), WG_ERROR_ARGUMENT);
  assert_true(wg_node_inert(grad));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "seed");
  assert_int_equal(wg_grad(root, 1, &stranger, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "two tapes");
  assert_int_equal(wg_grad(root, 1, &nothing, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "NULL");
  assert_int_equal(wg_grad(root, 1, &inert, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "failed");
  assert_int_not_equal(wg_grad(inert, 1, &x, &grad), WG_OK);
  wg_tape_clear_error(tape);
  assert_int_not_equal(wg_grad(NULL, 1, &x, &grad), WG_OK);
  assert_true(wg_node_inert(grad));
  assert_int_not_equal(wg_grad(root, 1, &labels, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "labels");
  assert_int_not_equal(wg_grad(labels, 1, &x, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "labels");
  assert_int_not_equal(wg_vjp(y, root, 1, &x, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "seed");
  assert_int_not_equal(wg_vjp(y, NULL, 1, &x, &grad), WG_OK);
  assert_true(wg_tape_status(tape) != WG_OK);
  wg_tape_clear_error(tape);

  static wg_op broken;
  broken = *wg_op_find("square");
  broken.vjp = vjp_of_wrong_shape;
  assert_int_equal(wg_grad(wg_sum_all(wg_apply(&broken, 1, &x, NULL)), 1, &x, &grad), WG_ERROR_SHAPE);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "square");

  assert_int_equal(wg_grad(root, 1, &x, &grad), WG_OK);
  double at[] = {1, 2}, result[2], expected[] = {2, 4};
  run_node(grad, 1, &(wg_binding){x, at}, result);
  assert_close("afterwards", 2, result, expected, 0);
  wg_tape_free(tape);
  wg_tape_free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_gradient_twice_is_the_same_nodes_and_no_new_work),
      cmocka_unit_test(another_parameter_of_the_same_root_reuses_what_is_there),
      cmocka_unit_test(a_branch_off_the_loss_path_changes_nothing),
      cmocka_unit_test(what_leads_only_to_leaves_that_nobody_wants_is_not_visited),
      cmocka_unit_test(two_leaves_with_equal_values_and_names_stay_two),
      cmocka_unit_test(the_gradient_by_the_root_is_the_seed_and_by_anything_unrelated_zero),
      cmocka_unit_test(a_leaf_that_must_be_reached_and_is_not_is_an_error),
      cmocka_unit_test(the_gradient_by_an_intermediate_is_its_adjoint),
      cmocka_unit_test(a_seed_gives_the_vector_jacobian_product),
      cmocka_unit_test(gradients_of_gradients_go_on_to_any_order),
      cmocka_unit_test(a_sweep_over_one_root_keeps_nothing_for_another),
      cmocka_unit_test(bad_requests_fail_with_a_message_and_leave_the_tape_usable),
  };
  return RUN_TESTS(tests);
}
