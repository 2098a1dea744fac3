#include "hand.h"

#include "../engine/memory.h"

#include <math.h>

/* C = A·B for A (rows,inner) and B (inner,columns). */
static void multiply(int64_t rows, int64_t inner, int64_t columns, const double *A, const double *B, double *C) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      double sum = 0;
      for (int64_t k = 0; k < inner; k++) sum += A[i * inner + k] * B[k * columns + j];
      C[i * columns + j] = sum;
    }
}

/* C = Aᵀ·B / m for A (m,rows) and B (m,columns). */
static void multiply_transposed_over(int64_t m, int64_t rows, int64_t columns, const double *A, const double *B,
                                     double *C) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      double sum = 0;
      for (int64_t k = 0; k < m; k++) sum += A[k * rows + i] * B[k * columns + j];
      C[i * columns + j] = sum / (double)m;
    }
}

/* C = Σ_rows B / m for B (m,columns). */
static void sum_rows_over(int64_t m, int64_t columns, const double *B, double *C) {
  for (int64_t j = 0; j < columns; j++) {
    double sum = 0;
    for (int64_t i = 0; i < m; i++) sum += B[i * columns + j];
    C[j] = sum / (double)m;
  }
}

static void add_bias(int64_t m, int64_t columns, const double *b, double *Z) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < columns; j++) Z[i * columns + j] += b[j];
}

/* One row: a = SM(z); returns −Σ y ln a. The largest z is subtracted first, so that no exponential overflows. */
static double softmax_row(int64_t classes, const double *z, const double *y, double *a) {
  double largest = z[0], sum = 0, loss = 0;
  for (int64_t k = 1; k < classes; k++) largest = z[k] > largest ? z[k] : largest;
  for (int64_t k = 0; k < classes; k++) sum += a[k] = exp(z[k] - largest);
  for (int64_t k = 0; k < classes; k++) {
    a[k] /= sum;
    if (y[k] != 0) loss -= y[k] * (z[k] - largest - log(sum));
  }
  return loss;
}

void wg_hand_run(wg_hand *hand, const double *X, const double *Y, const double *W1, const double *b1, const double *W2,
                 const double *b2) {
  int64_t m = hand->samples, n = hand->features, h = hand->hidden, K = hand->classes;
  const double *Z1 = hand->Z1, *A1 = hand->A1, *A2 = hand->A2, *dZ2 = hand->dZ2, *dA1 = hand->dA1, *dZ1 = hand->dZ1;

  /* Z1 = X·W1 + b1, A1 = max(0, Z1), Z2 = A1·W2 + b2, A2 = SM(Z2), J = −(1/m) Σ_i Σ_k y_ik ln a_ik */
  multiply(m, n, h, X, W1, hand->Z1);
  add_bias(m, h, b1, hand->Z1);
  for (int64_t i = 0; i < m * h; i++) hand->A1[i] = Z1[i] <= 0 ? 0 : Z1[i]; /* NaN passes */
  multiply(m, h, K, A1, W2, hand->Z2);
  add_bias(m, K, b2, hand->Z2);
  double loss = 0;
  for (int64_t i = 0; i < m && K > 0; i++) loss += softmax_row(K, hand->Z2 + i * K, Y + i * K, hand->A2 + i * K);
  hand->J = loss / (double)m;

  /* 1. ∂Z2 = A2 − Y                (m,K) */
  for (int64_t i = 0; i < m * K; i++) hand->dZ2[i] = A2[i] - Y[i];

  /* 2. ∂W2 = A1ᵀ·∂Z2 / m           (h,m)(m,K) → (h,K) */
  multiply_transposed_over(m, h, K, A1, dZ2, hand->dW2);

  /* 3. ∂b2 = Σ_rows ∂Z2 / m        (1,K) */
  sum_rows_over(m, K, dZ2, hand->db2);

  /* 4. ∂A1 = ∂Z2·W2ᵀ               (m,K)(K,h) → (m,h) */
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < h; j++) {
      double sum = 0;
      for (int64_t k = 0; k < K; k++) sum += dZ2[i * K + k] * W2[j * K + k];
      hand->dA1[i * h + j] = sum;
    }

  /* 5. ∂Z1 = ∂A1 ⊙ [Z1 > 0]        (m,h), ReLU'(0) = 0 */
  for (int64_t i = 0; i < m * h; i++) hand->dZ1[i] = Z1[i] > 0 ? dA1[i] : 0;

  /* 6. ∂W1 = Xᵀ·∂Z1 / m            (n,m)(m,h) → (n,h) */
  multiply_transposed_over(m, n, h, X, dZ1, hand->dW1);

  /* 7. ∂b1 = Σ_rows ∂Z1 / m        (1,h) */
  sum_rows_over(m, h, dZ1, hand->db1);
}

/* ---- Memory ---- */

wg_hand *wg_hand_new(int64_t samples, int64_t features, int64_t hidden, int64_t classes,
                     const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  if (samples < 0 || features < 0 || hidden < 0 || classes < 0) return NULL;
  wg_hand *hand = wg_allocate_zeroed(allocator, 1, sizeof *hand);
  if (!hand) return NULL;
  *hand = (wg_hand){
      .samples = samples, .features = features, .hidden = hidden, .classes = classes, .allocator = *allocator};

  size_t m = (size_t)samples, n = (size_t)features, h = (size_t)hidden, K = (size_t)classes;
  const struct {
    double **array;
    size_t rows, columns;
  } parts[] = {
      {&hand->Z1, m, h},  {&hand->A1, m, h},  {&hand->Z2, m, K},  {&hand->A2, m, K},
      {&hand->dZ2, m, K}, {&hand->dW2, h, K}, {&hand->db2, 1, K}, {&hand->dA1, m, h},
      {&hand->dZ1, m, h}, {&hand->dW1, n, h}, {&hand->db1, 1, h},
  };
  const size_t count = sizeof parts / sizeof *parts;
  size_t total = 0, elements;
  bool fits = true;
  for (size_t i = 0; i < count; i++)
    fits = fits && wg_size_multiply(parts[i].rows, parts[i].columns, &elements) && wg_size_add(total, elements, &total);
  if (fits) hand->memory = wg_allocate_zeroed(allocator, total, sizeof(double));
  if (!hand->memory) {
    wg_hand_free(hand);
    return NULL;
  }
  double *next = hand->memory;
  for (size_t i = 0; i < count; i++) {
    *parts[i].array = next;
    next += parts[i].rows * parts[i].columns;
  }
  return hand;
}

void wg_hand_free(wg_hand *hand) {
  if (!hand) return;
  wg_allocator allocator = hand->allocator;
  wg_release(&allocator, hand->memory);
  wg_release(&allocator, hand);
}
