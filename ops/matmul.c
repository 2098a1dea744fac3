/* matmul.c: the matrix product.
 *
 *     y = a·b      ∂a = ∂y·bᵀ      ∂b = aᵀ·∂y
 *
 * each summed over the leading axes along which that input was broadcast. Which kernel multiplies depends on the sizes of
 * the matrices alone (narrow.h). */
#include "kernels/kernels.h"
#include "matrix.h"

/* ---- Shape ---- */

static bool matmul_infer(wg_draft *draft) {
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft)) return false;
  if (a->rank < 2 || b->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is below 2", a->rank < 2 ? a->rank : b->rank);
  int64_t rows = a->size[a->rank - 2], inner = a->size[a->rank - 1], columns = b->size[b->rank - 1];
  if (inner != b->size[b->rank - 2])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "inner sizes %lld and %lld differ", (long long)inner,
                         (long long)b->size[b->rank - 2]);
  wg_shape a_lead = wg_matrix_lead(a), b_lead = wg_matrix_lead(b), lead;
  char a_text[WG_SHAPE_TEXT_SIZE], b_text[WG_SHAPE_TEXT_SIZE];
  if (!wg_shape_broadcast(&a_lead, &b_lead, &lead))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "leading sizes %s and %s do not broadcast",
                         wg_shape_text(&a_lead, a_text), wg_shape_text(&b_lead, b_text));
  lead.size[lead.rank++] = rows;
  lead.size[lead.rank++] = columns;
  draft->shape = lead;
  return true;
}

/* ---- Value ---- */

/* The first matrix of a tensor, or that with rows and columns exchanged; and number `batch` of one whose leading axes are
 * broadcast to `lead`. */
static wg_matrix matrix_of(const wg_tensor *x, bool turned) {
  const int64_t *stride = x->stride + x->shape->rank - 2;
  return (wg_matrix){x->data, stride[turned], stride[!turned]};
}

static wg_matrix matrix_at(const wg_tensor *x, const wg_shape *lead, int64_t batch) {
  const int64_t start = wg_matrix_start(x, lead, batch) * (int64_t)wg_dtype_size(x->dtype);
  wg_matrix matrix = matrix_of(x, false);
  matrix.data = (const char *)matrix.data + start;
  return matrix;
}

/* How a product is cut into pieces: one of several matrices by matrix, a single one into a grid of rows and columns. Any
 * cut has the same bits, so there are as many pieces as threads; of at least 2^21 multiply-adds, and in a grid of at least
 * 64 rows or 256 columns, because each of them packs its columns of b by itself. */
typedef struct cut {
  int64_t batches, rows, columns; /* pieces */
} cut;

enum { PIECES = 8, PIECE_ROWS = 64, PIECE_COLUMNS = 256, COLUMNS_MOST = 512, ROWS_MOST = 256 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t rounded_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

static cut cut_of(int64_t batches, const wg_product *p, int64_t threads) {
  if (threads < 2) return (cut){1, 1, 1};
  double pieces = (double)batches * (double)p->rows * (double)p->columns * (double)p->inner / 0x1p21;
  int64_t most = pieces > PIECES ? PIECES : pieces > 1 ? (int64_t)pieces : 1;
  most = smaller(most, threads);
  if (batches > 1) return (cut){smaller(most, batches), 1, 1};
  cut c = {1, 1, p->columns < 2 * PIECE_COLUMNS ? 1 : smaller(most, p->columns / PIECE_COLUMNS)};
  if (p->rows >= 2 * PIECE_ROWS) c.rows = smaller(most / c.columns, p->rows / PIECE_ROWS);
  if (c.rows < 1) c.rows = 1;
  return c;
}

/* Where piece number `at` of `count` begins among n things. */
static int64_t piece_start(int64_t n, int64_t count, int64_t at) { return n / count * at + smaller(n % count, at); }

/* The product y, or (a·b)ᵀ = bᵀ·aᵀ if it is turned, whose rows are the columns of a·b; without its matrices. Field by field,
 * here and below: a structure that is set to zero or copied as a whole costs as much as a small product. */
static wg_product product_of(const wg_node *y, bool turned) {
  const int64_t rows = wg_matrix_rows(y->shape), columns = wg_matrix_columns(y->shape);
  wg_product p;
  p.rows = turned ? columns : rows;
  p.inner = wg_matrix_columns(y->inputs[0]->shape);
  p.columns = p.c_row = turned ? rows : columns;
  p.a = p.b = p.term = (wg_matrix){NULL, 0, 0};
  p.c = NULL;
  p.add = false;
  p.a_unfolded = p.b_unfolded = NULL;
  p.a_first = 0;
  p.done = NULL;
  p.context = NULL;
  return p;
}

/* What one piece works in, without the memory; a small one works on the stack. */
static wg_product_scratch scratch_of(const wg_product *p, const cut *c) {
  if (p->rows < PIECE_ROWS || p->columns <= WG_PRODUCT_COLUMNS)
    return (wg_product_scratch){NULL, WG_PRODUCT_COLUMNS, WG_PRODUCT_ROWS};
  const int64_t columns = rounded_up(piece_start(p->columns, c->columns, 1), WG_PRODUCT_COLUMNS);
  const int64_t rows = rounded_up(piece_start(p->rows, c->rows, 1) * 4 / 3, WG_PRODUCT_ROWS); /* tiles have 6 of 8 */
  return (wg_product_scratch){NULL, smaller(columns, COLUMNS_MOST), smaller(rows, ROWS_MOST)};
}

/* Enough for any number of threads. */
static size_t matmul_scratch(const wg_node *y) {
  const wg_shape lead = wg_matrix_lead(y->shape);
  const wg_product product = product_of(y, false);
  size_t most = 0;
  for (int64_t threads = 1; threads <= PIECES; threads++) {
    const cut c = cut_of(wg_row_count(&lead, -1), &product, threads);
    const wg_product_scratch one = scratch_of(&product, &c);
    const size_t bytes = wg_product_scratch_bytes(one.columns, one.rows) * (size_t)(c.batches * c.rows * c.columns);
    if (one.columns > WG_PRODUCT_COLUMNS && bytes > most) most = bytes;
  }
  return most;
}

/* One matrix of several: where its rows begin among those of all. */
typedef struct matmul_rows {
  const wg_call *call;
  int64_t first;
} matmul_rows;

static void matmul_done(void *context, const wg_range *range) {
  const matmul_rows *rows = context;
  wg_call_done(rows->call, rows->first + range->first_row, rows->first + range->end_row, range->first_column,
               range->end_column);
}

typedef struct matmul_work {
  const wg_call *call;
  wg_product_kernel *kernel;
  wg_product product; /* of the first matrices; both operands have the strides they come with, and are not copied */
  int64_t batches;
  cut cut;
  wg_product_scratch scratch; /* of piece 0; those of the others follow */
} matmul_work;

/* Number `batch` of several products, given the first. */
static void product_move(const matmul_work *work, int64_t batch, wg_product *product) {
  const wg_call *call = work->call;
  const wg_shape lead = wg_matrix_lead(call->out.shape);
  const int64_t bytes = product->rows * product->columns * (int64_t)wg_dtype_size(call->out.dtype);
  product->a = matrix_at(&call->in[0], &lead, batch);
  product->b = matrix_at(&call->in[1], &lead, batch);
  product->c = (char *)call->out.data + batch * bytes;
  if (call->term) product->term = matrix_at(call->term, &lead, batch);
}

/* A range of the products number first … end − 1; `product` is the first of all and is used up. */
static void matmul_some(const matmul_work *work, wg_product *product, int64_t first, int64_t end, const wg_range *range,
                        const wg_product_scratch *scratch) {
  for (int64_t k = first; k < end; k++) {
    matmul_rows rows = {work->call, k * product->rows};
    if (work->call->epilogue) product->done = matmul_done, product->context = &rows;
    if (k > 0) product_move(work, k, product);
    work->kernel(product, range, scratch);
  }
}

static void matmul_some_on_stack(const matmul_work *work, wg_product *product, int64_t first, int64_t end,
                                 const wg_range *range) {
  wg_product_stack stack;
  matmul_some(work, product, first, end, range,
              &(wg_product_scratch){stack.memory, WG_PRODUCT_COLUMNS, WG_PRODUCT_ROWS});
}

static void matmul_piece(void *context, int64_t piece) {
  const matmul_work *work = context;
  const cut *c = &work->cut;
  const int64_t batch = piece / (c->rows * c->columns), row = piece / c->columns % c->rows, column = piece % c->columns;
  const wg_range range = {piece_start(work->product.rows, c->rows, row),
                          piece_start(work->product.rows, c->rows, row + 1),
                          piece_start(work->product.columns, c->columns, column),
                          piece_start(work->product.columns, c->columns, column + 1)};
  const int64_t first = piece_start(work->batches, c->batches, batch),
                end = piece_start(work->batches, c->batches, batch + 1);
  wg_product product = work->product;
  wg_product_scratch scratch = work->scratch;
  if (!scratch.memory) {
    matmul_some_on_stack(work, &product, first, end, &range);
    return;
  }
  scratch.memory = (char *)scratch.memory + (size_t)piece * wg_product_scratch_bytes(scratch.columns, scratch.rows);
  matmul_some(work, &product, first, end, &range, &scratch);
}

static wg_product_kernel *kernel_for(const wg_product *product, wg_dtype dtype) {
  const wg_kernels *kernels = wg_kernels_here();
  if (wg_product_narrow(product)) return dtype == WG_F32 ? kernels->narrow_f32 : kernels->narrow_f64;
  if (wg_product_line(product)) return dtype == WG_F32 ? kernels->line_f32 : kernels->line_f64;
  return dtype == WG_F32 ? kernels->product_f32 : kernels->product_f64;
}

/* All of it in this thread, as small products are. */
static void matmul_whole(matmul_work *work) {
  const wg_range range = wg_product_range(&work->product);
  if (work->scratch.memory)
    matmul_some(work, &work->product, 0, work->batches, &range, &work->scratch);
  else
    matmul_some_on_stack(work, &work->product, 0, work->batches, &range);
}

static wg_status matmul(wg_call *call) {
  const wg_shape *shape = call->out.shape;
  matmul_work work;
  work.call = call;
  const bool turned = call->out.stride[shape->rank - 1] != 1; /* column after column */
  work.product = product_of(call->node, turned);
  work.batches = 1;
  for (int axis = 0; axis < shape->rank - 2; axis++) work.batches *= shape->size[axis];
  if (work.batches * work.product.rows * work.product.columns == 0) return WG_OK;
  work.product.a = matrix_of(&call->in[turned], turned);
  work.product.b = matrix_of(&call->in[!turned], turned);
  work.product.c = call->out.data;
  if (call->term) work.product.term = matrix_of(call->term, turned);
  work.kernel = kernel_for(&work.product, call->out.dtype);
  work.cut = cut_of(work.batches, &work.product, wg_threads_count(call->threads));
  const int64_t pieces = work.cut.batches * work.cut.rows * work.cut.columns;
  work.scratch = scratch_of(&work.product, &work.cut);
  if (work.scratch.columns > WG_PRODUCT_COLUMNS) work.scratch.memory = call->scratch;
  if (pieces > 1)
    wg_call_parallel(call, pieces, matmul_piece, &work);
  else
    matmul_whole(&work);
  return WG_OK;
}

/* ---- Rule and notation ---- */

static wg_node *matmul_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1];
  if (i == 0) return wg_sum_to(wg_matmul(dy, wg_transpose(b)), a);
  return wg_sum_to(wg_matmul(wg_transpose(a), dy), b);
}

/* Products in a row are read from the left; an elementwise product or a quotient inside gets parentheses. */
static const char *matmul_write(const wg_node *y, wg_script script) {
  static const char *const chain[] = {"%0·%+1", "%0 . %+1", "%0 %+1"}, *const apart[] = {"%+0·%+1", "%+0 . %+1",
                                                                                         "%+0 %+1"};
  return (y->inputs[0]->op == y->op ? chain : apart)[script];
}

const wg_op wg_op_matmul = {
    .name = "matmul",
    .doc = "a·b, the matrix product of the last two axes, (…,n,k)·(…,k,m) → (…,n,m); leading axes broadcast as "
           "in NumPy. An inner size of 0 gives zeros.\n"
           "Errors: a rank below 2; inner sizes that differ; leading axes that do not broadcast; integers, two "
           "dtypes.",
    .arity = 2,
    .flags = WG_OP_COLUMNS | WG_OP_TELLS | WG_OP_ADDS,
    .linearity = WG_LINEAR_EACH,
    .infer = matmul_infer,
    .kernel = {[WG_F32] = matmul, [WG_F64] = matmul},
    .scratch = matmul_scratch,
    .vjp = matmul_vjp,
    .notation =
        {.binds = WG_BINDS_PRODUCT, .unicode = "%0·%+1", .ascii = "%0 . %+1", .latex = "%0 %+1", .write = matmul_write},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 5), WG_SAMPLE(-2, 2, 5, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 5, 9), WG_SAMPLE(-2, 2, 9, 5)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 1, 3, 2), WG_SAMPLE(-2, 2, 3, 2, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 2), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 0), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_matmul(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_matmul, a, b, NULL); }
