/* products.c: products of vectors and of vectors with matrices, recorded as mul, sum and matmul.
 *
 *     dot a·b = Σ a ⊙ b      outer a bᵀ      matvec A·x      vecmat xᵀ·A      kron A ⊗ B
 */
#include "matrix.h"

static bool vectors_infer(wg_draft *draft) {
  for (int i = 0; i < 2; i++)
    if (draft->inputs[i]->shape->rank != 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is not 1: two vectors are wanted",
                           draft->inputs[i]->shape->rank);
  return wg_infer_floats(draft);
}

/* ---- dot ---- */

static bool dot_infer(wg_draft *draft) {
  if (!vectors_infer(draft)) return false;
  int64_t a = draft->inputs[0]->shape->size[0], b = draft->inputs[1]->shape->size[0];
  return a == b || wg_draft_fail(draft, WG_ERROR_SHAPE, "the lengths %lld and %lld differ", (long long)a, (long long)b);
}

static wg_node *dot_compose(const wg_draft *draft) { return wg_sum_all(wg_mul(draft->inputs[0], draft->inputs[1])); }

const wg_op wg_op_dot = {
    .name = "dot",
    .doc =
        "Σ a_k·b_k, the scalar product of two vectors (n) of one length, as torch.dot. Recorded as the sum of a ⊙ b.\n"
        "Errors: a rank that is not 1, lengths that differ; integers, two dtypes.",
    .arity = 2,
    .infer = dot_infer,
    .compose = dot_compose,
    .samples = (const wg_sample[]){{2, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(-2, 2, 5)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 1), WG_SAMPLE(-2, 2, 1)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 0), WG_SAMPLE(-2, 2, 0)}, {{0}}},
                                   {0}},
};

wg_node *wg_dot(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_dot, a, b, NULL); }

/* ---- outer ---- */

static wg_node *outer_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  return wg_mul(wg_reshape(a, WG_SHAPE(a->shape->size[0], 1)), draft->inputs[1]);
}

const wg_op wg_op_outer = {
    .name = "outer",
    .doc =
        "a bᵀ, the matrix (n,m) of all products a_i·b_j of two vectors (n) and (m), as torch.outer. Recorded as mul.\n"
        "Errors: a rank that is not 1; integers, two dtypes.",
    .arity = 2,
    .infer = vectors_infer,
    .compose = outer_compose,
    .samples = (const wg_sample[]){{2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 4)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 3)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 0)}, {{0}}},
                                   {0}},
};

wg_node *wg_outer(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_outer, a, b, NULL); }

/* ---- matvec and vecmat ---- */

/* The shape with an axis of size 1 put in at `at`, or taken out. */
static wg_node *with_axis(wg_node *x, int at) {
  wg_shape shape = wg_node_shape(x);
  for (int axis = shape.rank++; axis > at; axis--) shape.size[axis] = shape.size[axis - 1];
  shape.size[at] = 1;
  return wg_reshape(x, shape);
}

static wg_node *without_axis(wg_node *x, int at) {
  wg_shape shape = wg_node_shape(x);
  return wg_node_inert(x) ? x : wg_reshape(x, wg_shape_reduced(&shape, at, false));
}

/* A vector becomes a matrix of one more axis. */
static bool vector_infer(wg_draft *draft, int vector, int matrix) {
  if (!wg_infer_rank(draft, vector, 1) || !wg_infer_rank(draft, matrix, 2)) return false;
  if (draft->inputs[vector]->shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "vectors of rank %d have too many axes", WG_RANK_MAX);
  return true;
}

static bool matvec_infer(wg_draft *draft) { return vector_infer(draft, 1, 0); }
static bool vecmat_infer(wg_draft *draft) { return vector_infer(draft, 0, 1); }

static wg_node *matvec_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[1];
  wg_node *product = wg_matmul(draft->inputs[0], with_axis(x, x->shape->rank));
  return without_axis(product, wg_node_shape(product).rank - 1);
}

static wg_node *vecmat_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  wg_node *product = wg_matmul(with_axis(x, x->shape->rank - 1), draft->inputs[1]);
  return without_axis(product, wg_node_shape(product).rank - 2);
}

const wg_op wg_op_matvec = {
    .name = "matvec",
    .doc = "A·x, a matrix times a vector, (…,n,k)·(…,k) → (…,n); leading axes broadcast. As torch.mv, and torch.matmul "
           "for batches. Recorded as matmul.\n"
           "Errors: ranks below 2 and 1, sizes that do not fit; integers, two dtypes.",
    .arity = 2,
    .infer = matvec_infer,
    .compose = matvec_compose,
    .samples = (const wg_sample[]){{2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE(-2, 2, 2, 4)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 2, 4)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 3, 0), WG_SAMPLE(-2, 2, 0)}, {{0}}},
                                   {0}},
};

wg_node *wg_matvec(wg_node *a, wg_node *x) { return wg_apply_2(&wg_op_matvec, a, x, NULL); }

const wg_op wg_op_vecmat = {
    .name = "vecmat",
    .doc = "xᵀ·A, a vector times a matrix, (…,k)·(…,k,m) → (…,m); leading axes broadcast. As torch.matmul. Recorded as "
           "matmul.\n"
           "Errors: ranks below 1 and 2, sizes that do not fit; integers, two dtypes.",
    .arity = 2,
    .infer = vecmat_infer,
    .compose = vecmat_compose,
    .samples = (const wg_sample[]){{2, {WG_SAMPLE(-2, 2, 4), WG_SAMPLE(-2, 2, 4, 3)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 2, 4), WG_SAMPLE(-2, 2, 2, 4, 3)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 0), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
                                   {0}},
};

wg_node *wg_vecmat(wg_node *x, wg_node *a) { return wg_apply_2(&wg_op_vecmat, x, a, NULL); }

/* ---- kron ---- */

static int larger(int a, int b) { return a > b ? a : b; }

static bool kron_infer(wg_draft *draft) {
  int rank = larger(draft->inputs[0]->shape->rank, draft->inputs[1]->shape->rank);
  if (2 * rank > WG_RANK_MAX) return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is above %d", rank, WG_RANK_MAX / 2);
  return wg_infer_floats(draft);
}

/* As a ⊙ b with the axes (a_0,1,a_1,1,…) and (1,b_0,1,b_1,…), joined in pairs. */
static wg_node *kron_compose(const wg_draft *draft) {
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  int rank = larger(a->rank, b->rank);
  wg_shape a_apart = {.rank = 2 * rank}, b_apart = {.rank = 2 * rank}, joined = {.rank = rank};
  for (int axis = 0; axis < rank; axis++) {
    int a_axis = axis - (rank - a->rank), b_axis = axis - (rank - b->rank);
    int64_t rows = a_axis < 0 ? 1 : a->size[a_axis], columns = b_axis < 0 ? 1 : b->size[b_axis];
    a_apart.size[2 * axis] = rows;
    a_apart.size[2 * axis + 1] = 1;
    b_apart.size[2 * axis] = 1;
    b_apart.size[2 * axis + 1] = columns;
    if (columns > 0 && rows > INT64_MAX / columns)
      return wg_fail(draft->inputs[0], WG_ERROR_SHAPE, "kron: axis %d would have more elements than can be counted",
                     axis);
    joined.size[axis] = rows * columns;
  }
  return wg_reshape(wg_mul(wg_reshape(draft->inputs[0], a_apart), wg_reshape(draft->inputs[1], b_apart)), joined);
}

const wg_op wg_op_kron = {
    .name = "kron",
    .doc = "A ⊗ B, the Kronecker product: the block matrix of all a_ij·B, (n,m) ⊗ (p,q) → (n·p,m·q); likewise for any "
           "rank up to 4, the smaller rank filled up with axes of size 1 in front. As torch.kron. Recorded as mul.\n"
           "Errors: a rank above 4; integers, two dtypes.",
    .arity = 2,
    .infer = kron_infer,
    .compose = kron_compose,
    .samples = (const wg_sample[]){{2, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2)}, {{0}}},
                                   {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 2, 1, 2)}, {{0}}},
                                   {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(-2, 2, 2, 0)}, {{0}}},
                                   {0}},
};

wg_node *wg_kron(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_kron, a, b, NULL); }
