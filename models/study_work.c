/* study_work.c: what a single operation takes, and how many elements of its result one element of an input reaches.
 *
 * A kernel is known by the operation's name; everything elementwise takes one operation for each element. The counts are
 * those of the algorithms (Golub & Van Loan, Matrix Computations, 4th ed., ch. 3 and 4, for the factorizations), with a
 * multiply-add as one operation. */
#include "../engine/op.h"
#include "study_internal.h"

#include <string.h>

static uint64_t sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
static uint64_t product(uint64_t a, uint64_t b) { return b && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

static uint64_t elements(const wg_node *node) { return (uint64_t)wg_node_size(node); }
static const wg_node *input(const wg_node *y, int i) { return y->inputs[i]; }

static const wg_attr *attr_of(const wg_node *y, const char *name) {
  static const wg_attr none;
  for (int i = 0; y->op->attrs && y->op->attrs[i].kind != WG_ATTR_END; i++)
    if (strcmp(y->op->attrs[i].name, name) == 0) return &y->attrs[i];
  return &none;
}

/* The length of the axis that the attribute `axis` names. */
static uint64_t axis_length(const wg_node *y) {
  const wg_shape *shape = input(y, 0)->shape;
  int64_t axis = attr_of(y, "axis")->integer;
  if (axis < 0) axis += shape->rank;
  return axis >= 0 && axis < shape->rank ? (uint64_t)shape->size[axis] : 1;
}

/* The k-th size from the last, 1 for the last. */
static uint64_t size_from_last(const wg_node *node, int k) {
  return node->shape->rank >= k ? (uint64_t)node->shape->size[node->shape->rank - k] : 1;
}

/* ---- Work ---- */

/* Operations, and those of them that are multiply-adds. */
typedef struct work {
  uint64_t operations, multiply_adds;
} work;

static work each_result(const wg_node *y) { return (work){elements(y), 0}; }

static work each_element(const wg_node *y) {
  uint64_t most = elements(y);
  for (int i = 0; i < y->input_count; i++)
    if (elements(input(y, i)) > most) most = elements(input(y, i));
  return (work){most, 0};
}

/* Square and add. */
static work norm_work(const wg_node *y) { return (work){product(2, each_element(y).operations), 0}; }

/* Compare for the largest, exponential, add; and, where each element has a result, divide or subtract. */
static work exponentials_work(const wg_node *y) { return (work){product(3, each_element(y).operations), 0}; }
static work softmax_work(const wg_node *y) { return (work){product(4, elements(y)), 0}; }

/* … and −y·ln p: a multiply-add, or, with labels, a look-up. */
static work cross_entropy_work(const wg_node *y) { return (work){product(4, elements(input(y, 0))), 0}; }

/* Both what is copied and what is added or written to it. */
static work scatter_work(const wg_node *y) {
  return (work){sum(elements(y), elements(input(y, y->input_count - 1))), 0};
}

/* n elements of which each is compared ⌈log₂ n⌉ times, merging. */
static work sort_work(const wg_node *y) {
  uint64_t n = axis_length(y), comparisons = 1;
  while (comparisons < 63 && UINT64_C(1) << comparisons < n) comparisons++;
  return (work){product(elements(input(y, 0)), comparisons), 0};
}

static work multiply_adds(uint64_t count) { return (work){count, count}; }

static work matmul_work(const wg_node *y) {
  return multiply_adds(product(elements(y), size_from_last(input(y, 0), 1)));
}

static work recurrence_work(const wg_node *y) { return multiply_adds(elements(y)); }

/* Each place of the smaller channels' side sees all weights of one output channel; borders count as if they were
 * multiplied too. `places` is the side with output channels, `weights` is (O, C/groups, …). */
static work windows_work(const wg_node *places, const wg_node *weights) {
  uint64_t channels = weights->shape->rank ? (uint64_t)weights->shape->size[0] : 1;
  return multiply_adds(channels ? product(elements(places), elements(weights) / channels) : 0);
}
static work convolve_work(const wg_node *y) { return windows_work(y, input(y, 1)); }
static work convolve_transpose_work(const wg_node *y) { return windows_work(input(y, 0), input(y, 1)); }
static work convolve_weight_work(const wg_node *y) { return windows_work(input(y, 1), y); }

/* Comparisons: every element of every window. */
static work pool_work(const wg_node *y) {
  const wg_attr *size = attr_of(y, "size");
  uint64_t window = 1;
  for (int i = 0; i < size->count; i++) window = product(window, (uint64_t)size->integers[i]);
  return (work){product(elements(y), window), 0};
}

/* Window p of m over n elements has those from ⌊pn/m⌋ to ⌈(p+1)n/m⌉. */
static work adaptive_pool_work(const wg_node *y) {
  const wg_shape *x = input(y, 0)->shape;
  uint64_t compared = 1;
  for (int axis = 0; axis < y->shape->rank; axis++) {
    int64_t n = x->size[axis], m = y->shape->size[axis];
    uint64_t along = 0;
    for (int64_t p = 0; p < m; p++) along += (uint64_t)(((p + 1) * n - 1) / m + 1 - p * n / m);
    compared = product(compared, axis < 2 ? (uint64_t)m : along);
  }
  return (work){compared, 0};
}

/* For each right-hand side n(n−1)/2 multiply-adds and n divisions. */
static work triangular_solve_work(const wg_node *y) {
  uint64_t n = size_from_last(y, 2), columns = n ? elements(y) / n : 0;
  uint64_t below = n ? product(n, n - 1) / 2 : 0;
  return (work){product(columns, sum(below, n)), product(columns, below)};
}

/* Matrices of n×n in the input. */
static uint64_t matrices(const wg_node *y, uint64_t n) { return n ? elements(input(y, 0)) / n / n : 0; }

/* Σ_k (n−k)² = n(n−1)(2n−1)/6 multiply-adds, n(n−1)/2 divisions, n(n+1)/2 comparisons for the pivots. */
static work lu_work(const wg_node *y) {
  uint64_t n = size_from_last(input(y, 0), 1), count = matrices(y, n);
  uint64_t each = n ? product(product(n, n - 1), 2 * n - 1) / 6 : 0;
  return (work){product(count, sum(each, product(n, n))), product(count, each)};
}

/* (n³ − n)/6 multiply-adds, n(n−1)/2 divisions, n roots. */
static work cholesky_work(const wg_node *y) {
  uint64_t n = size_from_last(input(y, 0), 1), count = matrices(y, n);
  uint64_t each = n ? product(product(n, n - 1), n + 1) / 6 : 0;
  return (work){product(count, sum(each, product(n, n + 1) / 2)), product(count, each)};
}

/* ---- Reach ---- */

/* Each gives the elements of y that one element of its i-th input reaches. */
typedef bool reach_rule(const wg_node *y, int i, uint64_t *reach);

static bool reach_one(const wg_node *y, int i, uint64_t *reach) {
  (void)y, (void)i;
  *reach = 1;
  return true;
}

/* As often as it is repeated; inputs that are broadcast are. */
static bool reach_repeated(const wg_node *y, int i, uint64_t *reach) {
  uint64_t own = elements(input(y, i)), all = elements(y);
  *reach = own == 0 ? 0 : all > own ? all / own : 1;
  return true;
}

/* All elements of its row. */
static bool reach_row(const wg_node *y, int i, uint64_t *reach) {
  (void)i;
  *reach = axis_length(y);
  return true;
}

/* (…,m,k)·(…,k,n): an element of the left factor reaches n, one of the right m, and both as often as leading axes are
 * repeated. All pairs are those of the multiply-adds. */
static bool reach_product(const wg_node *y, int i, uint64_t *reach) {
  uint64_t own = elements(input(y, i));
  *reach = own ? matmul_work(y).multiply_adds / own : 0;
  return true;
}

/* ---- What is known by name ---- */

typedef struct kernel_rule {
  const char *op;
  work (*work)(const wg_node *y);
  reach_rule *reach; /* NULL: elements are not alike, or it has no derivative */
} kernel_rule;

static const kernel_rule kernels[] = {
    {"adaptive_max_pool_index", adaptive_pool_work, NULL},
    {"amax", each_element, reach_one},
    {"argmax", each_element, NULL},
    {"argmin", each_element, NULL},
    {"argsort", sort_work, NULL},
    {"cast", each_result, reach_one},
    {"cholesky", cholesky_work, NULL},
    {"concat", each_result, reach_one},
    {"convolve", convolve_work, NULL},
    {"convolve_transpose", convolve_transpose_work, NULL},
    {"convolve_weight", convolve_weight_work, NULL},
    {"cross_entropy_terms", cross_entropy_work, reach_one},
    {"cumsum", each_result, NULL},
    {"diag_embed", each_result, reach_one},
    {"dropout_mask", each_result, NULL},
    {"fold", each_element, NULL},
    {"gather", each_result, NULL},
    {"index_add", scatter_work, NULL},
    {"index_select", each_result, NULL},
    {"label_rows", each_result, NULL},
    {"linear_recurrence", recurrence_work, NULL},
    {"log_softmax", softmax_work, reach_row},
    {"logsumexp", exponentials_work, reach_one},
    {"lu", lu_work, NULL},
    {"matmul", matmul_work, reach_product},
    {"max", each_element, reach_one},
    {"max_mask", each_element, NULL},
    {"max_pool_index", pool_work, NULL},
    {"norm", norm_work, reach_one},
    {"one_hot", each_result, NULL},
    {"pad", each_result, reach_one},
    {"positions", each_result, NULL},
    {"prod", each_element, reach_one},
    {"scatter", scatter_work, NULL},
    {"scatter_add", scatter_work, NULL},
    {"softmax", softmax_work, reach_row},
    {"stack", each_result, reach_one},
    {"sum", each_element, reach_one},
    {"triangular_solve", triangular_solve_work, NULL},
    {"tril", each_result, NULL},
    {"triu", each_result, NULL},
    {"unslice", each_result, reach_one},
};

/* Views of which every element of the input is in the result, and as often as any other. */
static const char *const whole_views[] = {"broadcast_to", "flip", "permute", "reshape", "stop_gradient", "transpose"};

static const kernel_rule *kernel_find(const wg_op *op) {
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
    if (strcmp(kernels[k].op, op->name) == 0) return &kernels[k];
  return NULL;
}

static bool is_elementwise(const wg_op *op) {
  for (int dtype = 0; dtype < WG_DTYPE_COUNT; dtype++)
    if (op->loop[dtype]) return true;
  return false;
}

bool wg_work_known(const wg_op *op) { return op->view || is_elementwise(op) || kernel_find(op); }

bool wg_reach(const wg_node *y, int i, uint32_t *reach) {
  const kernel_rule *kernel = kernel_find(y->op);
  reach_rule *rule = is_elementwise(y->op) ? reach_repeated : kernel ? kernel->reach : NULL;
  for (size_t k = 0; !rule && k < sizeof whole_views / sizeof *whole_views; k++)
    if (strcmp(whole_views[k], y->op->name) == 0) rule = reach_repeated;
  uint64_t all;
  if (!rule || !rule(y, i, &all) || all > UINT32_MAX) return false;
  *reach = (uint32_t)all;
  return true;
}

/* ---- Bytes ---- */

/* Of those that lie in memory: a constant that is the same everywhere is one number, and what is repeated lies once. */
static uint64_t numbers_read(const wg_node *y, int i) {
  const wg_node *x = input(y, i);
  double value;
  int64_t count;
  while (x->op->view && x->input_count == 1 && elements(input(x, 0)) < elements(x)) x = input(x, 0);
  if (wg_node_is_fill(x, &value, &count)) return elements(x) ? 1 : 0;
  bool picks = strcmp(y->op->name, "gather") == 0 || strcmp(y->op->name, "index_select") == 0;
  return picks && i == 0 && elements(y) < elements(x) ? elements(y) : elements(x);
}

uint64_t wg_work_bytes_read(const wg_node *y, int i) {
  return product(numbers_read(y, i), wg_dtype_size(input(y, i)->dtype));
}

wg_cost wg_work(const wg_node *y) {
  const kernel_rule *kernel = kernel_find(y->op);
  work w = kernel ? kernel->work(y) : is_elementwise(y->op) ? each_result(y) : each_element(y);
  uint64_t bytes = product(elements(y), wg_dtype_size(y->dtype));
  for (int i = 0; i < y->input_count; i++) bytes = sum(bytes, wg_work_bytes_read(y, i));
  return (wg_cost){1, w.multiply_adds, w.operations, bytes};
}
