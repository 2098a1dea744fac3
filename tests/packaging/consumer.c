/* The two-layer net as a user of an installed wengert writes it, in C. With all weights zero every class has the
 * probability 1/3, so J = ln 3; with every label of class 0, ∂b2 = (1/3 − 1, 1/3, 1/3). */
#include <stdio.h>
#include <wengert.h>

int main(void) {
  static double x[300 * 2], y[300 * 3], w1[2 * 4], c1[4], w2[4 * 3], c2[3];
  for (int i = 0; i < 300; i++) {
    x[2 * i] = i;
    y[3 * i] = 1;
  }

  wg_tape *t = wg_tape_new();
  wg_node *X = wg_input(t, "X", WG_F64, WG_SHAPE(300, 2)), *Y = wg_input(t, "Y", WG_F64, WG_SHAPE(300, 3));
  wg_node *W1 = wg_param(t, "W1", WG_F64, WG_SHAPE(2, 4)), *b1 = wg_param(t, "b1", WG_F64, WG_SHAPE(1, 4));
  wg_node *W2 = wg_param(t, "W2", WG_F64, WG_SHAPE(4, 3)), *b2 = wg_param(t, "b2", WG_F64, WG_SHAPE(1, 3));

  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(X, W1), b1), "Z1");
  wg_node *A1 = wg_name(wg_relu(Z1), "A1");
  wg_node *Z2 = wg_name(wg_add_bias(wg_matmul(A1, W2), b2), "Z2");
  wg_node *J = wg_name(wg_softmax_cross_entropy(Z2, Y), "J");

  wg_node *wrt[] = {W1, b1, W2, b2}, *grad[4];
  wg_grad(J, 4, wrt, grad);

  wg_plan *p = wg_plan_new(5, (wg_node *[]){J, grad[0], grad[1], grad[2], grad[3]});
  wg_bind(p, X, x), wg_bind(p, Y, y);
  wg_bind(p, W1, w1), wg_bind(p, b1, c1), wg_bind(p, W2, w2), wg_bind(p, b2, c2);
  wg_status status = wg_run(p);
  if (status == WG_OK) {
    const double *loss = wg_data(p, J), *db2 = wg_data(p, grad[3]);
    printf("J %.6f, db2 %.6f %.6f %.6f\n", *loss, db2[0], db2[1], db2[2]);
  } else {
    fprintf(stderr, "%s\n", wg_plan_error(p));
  }
  wg_plan_free(p);
  wg_tape_free(t);
  return status != WG_OK;
}
