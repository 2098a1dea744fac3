// consumer.c once more, as a C++ program writes it.
#include <iostream>
#include <vector>
#include <wengert.h>

int main() {
  std::vector<double> x(300 * 2), y(300 * 3), w1(2 * 4), c1(4), w2(4 * 3), c2(3);
  for (std::size_t i = 0; i < 300; i++) {
    x[2 * i] = double(i);
    y[3 * i] = 1;
  }

  wg_tape *t = wg_tape_new();
  wg_node *X = wg_input(t, "X", WG_F64, WG_SHAPE(300, 2)), *Y = wg_input(t, "Y", WG_F64, WG_SHAPE(300, 3));
  wg_node *W1 = wg_param(t, "W1", WG_F64, WG_SHAPE(2, 4)), *b1 = wg_param(t, "b1", WG_F64, WG_SHAPE(1, 4));
  wg_node *W2 = wg_param(t, "W2", WG_F64, WG_SHAPE(4, 3)), *b2 = wg_param(t, "b2", WG_F64, WG_SHAPE(1, 3));

  wg_node *A1 = wg_relu(wg_add_bias(wg_matmul(X, W1), b1));
  wg_node *J = wg_softmax_cross_entropy(wg_add_bias(wg_matmul(A1, W2), b2), Y);

  wg_node *wrt[] = {W1, b1, W2, b2}, *grad[4];
  wg_grad(J, 4, wrt, grad);

  wg_node *outputs[] = {J, grad[3]};
  wg_plan *p = wg_plan_new(2, outputs);
  wg_bind(p, X, x.data()), wg_bind(p, Y, y.data());
  wg_bind(p, W1, w1.data()), wg_bind(p, b1, c1.data()), wg_bind(p, W2, w2.data()), wg_bind(p, b2, c2.data());
  const bool good = wg_run(p) == WG_OK;
  if (good) {
    const double *loss = static_cast<const double *>(wg_data(p, J));
    const double *db2 = static_cast<const double *>(wg_data(p, grad[3]));
    std::cout << std::fixed << "J " << *loss << ", db2 " << db2[0] << " " << db2[1] << " " << db2[2] << "\n";
  } else {
    std::cerr << wg_plan_error(p) << "\n";
  }
  wg_plan_free(p);
  wg_tape_free(t);
  return good ? 0 : 1;
}
