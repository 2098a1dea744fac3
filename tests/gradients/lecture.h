/* lecture.h: what the acceptance tests of the lecture nets share: matrices in plain C loops, to write the hand-derived
 * formulas with, and the adjoints of a recorded net beside them. No engine computes anything here. */
#ifndef WG_TEST_LECTURE_H
#define WG_TEST_LECTURE_H

#include "../support.h"

#include "../../models/net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What the acceptance asks of every gradient in f64. */
#define LECTURE_BOUND 1e-12

/* ---- Matrices: row-major, sizes beside them; results are new memory that the caller frees ---- */

/* a·b: (n,k)·(k,m) → (n,m) */
static inline double *product(size_t n, size_t k, size_t m, const double *a, const double *b) {
  double *c = new_f64(n * m);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++)
      for (size_t l = 0; l < k; l++) c[i * m + j] += a[i * k + l] * b[l * m + j];
  return c;
}

/* aᵀ: (n,m) → (m,n) */
static inline double *transposed(size_t n, size_t m, const double *a) {
  double *c = new_f64(n * m);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++) c[j * n + i] = a[i * m + j];
  return c;
}

/* aᵀ·b: (n,k)ᵀ·(n,m) → (k,m) */
static inline double *product_tn(size_t n, size_t k, size_t m, const double *a, const double *b) {
  double *turned = transposed(n, k, a), *c = product(k, n, m, turned, b);
  free(turned);
  return c;
}

/* a·bᵀ: (n,k)·(m,k)ᵀ → (n,m) */
static inline double *product_nt(size_t n, size_t k, size_t m, const double *a, const double *b) {
  double *turned = transposed(m, k, b), *c = product(n, k, m, a, turned);
  free(turned);
  return c;
}

/* Sums over axis 0: (n,m) → (1,m); and over axis 1: → (n,1). */
static inline double *sum_rows(size_t n, size_t m, const double *a) {
  double *c = new_f64(m);
  for (size_t i = 0; i < n * m; i++) c[i % m] += a[i];
  return c;
}
static inline double *sum_columns(size_t n, size_t m, const double *a) {
  double *c = new_f64(n);
  for (size_t i = 0; i < n * m; i++) c[i / m] += a[i];
  return c;
}

/* x·w + b for samples as rows: (m,n)·(n,k) + (1,k). */
static inline double *layer(size_t m, size_t n, size_t k, const double *x, const double *w, const double *b) {
  double *z = product(m, n, k, x, w);
  for (size_t i = 0; i < m * k; i++) z[i] += b[i % k];
  return z;
}

static inline double *difference(size_t n, const double *a, const double *b) {
  double *c = new_f64(n);
  for (size_t i = 0; i < n; i++) c[i] = a[i] - b[i];
  return c;
}

/* a / count, in place; the pointer back. */
static inline double *divided(size_t n, double *a, double count) {
  for (size_t i = 0; i < n; i++) a[i] /= count;
  return a;
}

static inline double sigmoid(double z) { return 1 / (1 + exp(-z)); }

/* SM along rows: e^(z_i) / Σ_j e^(z_j), with the largest z taken off, which changes nothing. */
static inline double *softmax_rows(size_t m, size_t k, const double *z) {
  double *a = new_f64(m * k);
  for (size_t i = 0; i < m; i++) {
    double largest = z[i * k], sum = 0;
    for (size_t j = 1; j < k; j++) largest = fmax(largest, z[i * k + j]);
    for (size_t j = 0; j < k; j++) sum += a[i * k + j] = exp(z[i * k + j] - largest);
    for (size_t j = 0; j < k; j++) a[i * k + j] /= sum;
  }
  return a;
}

/* −(1/m) Σ_i Σ_k y_ik ln a_ik */
static inline double cross_entropy(size_t m, size_t k, const double *a, const double *y) {
  double sum = 0;
  for (size_t i = 0; i < m * k; i++) sum += y[i] == 0 ? 0 : y[i] * log(a[i]);
  return -sum / (double)m;
}

/* m random class labels, and the same as one-hot rows. */
static inline int64_t *random_labels(size_t m, size_t k, uint64_t seed) {
  int64_t *labels = malloc((m ? m : 1) * sizeof *labels);
  fill_i64(labels, m, 0, (int64_t)k, seed);
  return labels;
}
static inline double *one_hot_rows(size_t m, size_t k, const int64_t *labels) {
  double *y = new_f64(m * k);
  for (size_t i = 0; i < m; i++) y[i * k + (size_t)labels[i]] = 1;
  return y;
}

/* ---- The engine's side ---- */

/* A net of that kind; the test fails if it cannot be recorded. The caller frees it. */
static inline wg_net *net_of(wg_net_kind kind, int64_t samples, size_t width_count, const int64_t *widths) {
  wg_net_spec spec = wg_net_spec_of(kind);
  spec.samples = samples;
  spec.width_count = width_count;
  spec.widths = widths;
  wg_net *net = wg_net_new(&spec);
  if (wg_net_status(net) != WG_OK) fail_msg("net %s: %s", wg_net_letter(kind), wg_net_error(net));
  return net;
}

static inline wg_node *named(const wg_tape *tape, const char *name) {
  wg_node *node = wg_tape_find(tape, name);
  if (!node) fail_msg("there is no node %s", name);
  return node;
}

/* The elements of a node; the caller frees them. */
static inline double *value_of(wg_node *node, size_t binding_count, const wg_binding *bindings) {
  double *values = new_f64((size_t)wg_node_size(node));
  run_node(node, binding_count, bindings, values);
  return values;
}

/* ∂root/∂node, recorded. */
static inline wg_node *adjoint(wg_node *root, wg_node *node) {
  wg_node *grad;
  if (wg_grad(root, 1, &node, &grad) != WG_OK) fail_msg("gradient: %s", wg_tape_error(wg_node_tape(root)));
  return grad;
}

/* The engine's ∂J/∂(node of that name), times `factor`, against the hand's, which is freed. */
static inline void assert_adjoint(const wg_net *net, const char *name, double factor, double *hand,
                                  size_t binding_count, const wg_binding *bindings) {
  wg_node *node = named(net->tape, name);
  size_t n = (size_t)wg_node_size(node);
  double *engine = value_of(adjoint(net->J, node), binding_count, bindings);
  for (size_t i = 0; i < n; i++) engine[i] *= factor;
  assert_close(name, n, engine, hand, LECTURE_BOUND);
  free(engine);
  free(hand);
}

/* The value of a named node against the hand's, which is not freed. */
static inline void assert_value(const wg_net *net, const char *name, const double *hand, size_t binding_count,
                                const wg_binding *bindings) {
  wg_node *node = named(net->tape, name);
  double *engine = value_of(node, binding_count, bindings);
  assert_close(name, (size_t)wg_node_size(node), engine, hand, LECTURE_BOUND);
  free(engine);
}

/* Whether a node is (rows,columns). */
static inline void assert_shape(const wg_node *node, int64_t rows, int64_t columns) {
  wg_shape shape = wg_node_shape(node), expected = WG_SHAPE(rows, columns);
  char text[WG_SHAPE_TEXT_SIZE];
  if (!wg_shape_equal(&shape, &expected))
    fail_msg("%s is %s, not (%lld,%lld)", wg_node_name(node), wg_shape_text(&shape, text), (long long)rows,
             (long long)columns);
}

#endif
