/* op.h: what an operation is. Read this before writing one; everyone else needs only the functions of ops/ops.h.
 *
 * An operation is one constant record of type wg_op: its name, its shape rule, its values (a loop over elements, a
 * kernel, or a view), its local backward rule and its notation. The engine sees operations only through this record,
 * and names none of them. */
#ifndef WG_OP_H
#define WG_OP_H

#include "tape.h"
#include "threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Attributes: the arguments of an operation that are not nodes ---- */

typedef enum wg_attr_kind {
  WG_ATTR_END,
  WG_ATTR_INTEGER,
  WG_ATTR_NUMBER,
  WG_ATTR_TEXT,
  WG_ATTR_INTEGERS,
  WG_ATTR_BYTES
} wg_attr_kind;

/* One attribute. In a list given to wg_apply: by name, in any order, ended by WG_ATTR_END (a zeroed wg_attr).
 * In a node: all attributes that the operation declares, in the order of its declaration. */
typedef struct wg_attr {
  const char *name;
  wg_attr_kind kind;
  int count; /* WG_ATTR_INTEGERS */
  union {
    int64_t integer;         /* WG_ATTR_INTEGER; booleans are 0 and 1 */
    double number;           /* WG_ATTR_NUMBER */
    const char *text;        /* WG_ATTR_TEXT */
    const int64_t *integers; /* WG_ATTR_INTEGERS: `count` of them */
    const void *bytes;       /* WG_ATTR_BYTES: `size` of them */
  };
  size_t size; /* WG_ATTR_BYTES */
} wg_attr;

WG_API wg_attr wg_attr_integer(const char *name, int64_t value);
WG_API wg_attr wg_attr_number(const char *name, double value);
WG_API wg_attr wg_attr_text(const char *name, const char *value);
WG_API wg_attr wg_attr_integers(const char *name, int count, const int64_t *values);

/* ---- A node, as operations see it: read only ---- */

struct wg_node {
  wg_tape *tape; /* NULL only in the inert node that stands for NULL */
  const wg_op *op;
  const wg_shape *shape;
  wg_node *const *inputs;
  const wg_attr *attrs; /* in the order in which the operation declares them */
  const char *name;     /* NULL if it has none */
  size_t id;            /* its place on the tape */
  int input_count;
  wg_dtype dtype;
};

/* A node about to be recorded, for the shape rule: inputs and attributes are set, shape and dtype are to be. */
typedef struct wg_draft {
  wg_tape *tape;
  const wg_op *op;
  wg_node *const *inputs;
  const wg_attr *attrs;
  int input_count;
  wg_dtype dtype;
  wg_shape shape;
} wg_draft;

/* Records the failure of the draft on its tape, "matmul: X (300,2) · W1 (3,4): " before the message; returns false. */
WG_API bool wg_draft_fail(const wg_draft *draft, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* Shape rules that many operations share. Each sets dtype and shape, or fails the draft and returns false.
 * All of them ask that the inputs are floating-point and of one dtype. */
WG_API bool wg_infer_same(wg_draft *draft);      /* the shape of input 0; all inputs of exactly that shape */
WG_API bool wg_infer_broadcast(wg_draft *draft); /* all inputs broadcast together */
WG_API bool wg_infer_floats(wg_draft *draft);    /* dtype only: checks that all inputs are of one floating dtype */

/* Wraps a negative axis (−1 is the last) and checks it against the rank of input 0; fails the draft if outside. */
WG_API bool wg_infer_axis(const wg_draft *draft, int64_t axis, int *wrapped);

/* ---- Values ---- */

/* A tensor in memory as a kernel sees it. Strides are in elements; 0 along a broadcast axis, negative if flipped. */
typedef struct wg_tensor {
  void *data;
  const wg_shape *shape;
  int64_t stride[WG_RANK_MAX];
  wg_dtype dtype;
} wg_tensor;

/* Row-major strides for `shape` into `stride`; and whether a tensor has just those (sizes of 1 aside). */
WG_API void wg_strides_dense(const wg_shape *shape, int64_t stride[WG_RANK_MAX]);
WG_API bool wg_tensor_dense(const wg_tensor *tensor);

/* An elementwise operation over n elements: out[k] from in[i][k·stride[i]], out dense. Inputs come broadcast.
 * `out` may be the memory of an input of stride 1. Stride 0 is a broadcast scalar. n may be 0. */
#define WG_LOOP_INPUTS_MAX 8
typedef void wg_loop(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride);

/* One run of a node, for a kernel: out is dense, unless the operation has WG_OP_COLUMNS; inputs are strided as they come,
 * unless it asks for WG_OP_DENSE inputs. */
typedef struct wg_epilogue wg_epilogue;
typedef struct wg_call {
  const wg_node *node;
  wg_tensor out;
  const wg_tensor *in;
  const wg_tensor *twin;       /* where to write the twin's elements too, as out's (wg_twin); NULL for none */
  const wg_tensor *term;       /* of out's shape, to be added to its elements (WG_OP_ADDS); NULL for none */
  void *scratch;               /* as many bytes as the operation's `scratch` says, for this call alone; NULL for none */
  wg_threads *threads;         /* those that wg_call_parallel uses; NULL for the caller's alone */
  const wg_epilogue *epilogue; /* what wg_call_done sees to; NULL for nothing */
  char *message;               /* where wg_call_fail writes */
  size_t message_size;
} wg_call;

/* Writes out's elements, all of them. Fails only for values that the operation cannot take (WG_ERROR_DATA). */
typedef wg_status wg_kernel(wg_call *call);

/* Runs pieces 0 … count − 1 of a kernel's work, in the plan's threads if it has some, and returns when all are done.
 * How work is cut depends on sizes alone, so that its bits do not depend on threads: each piece writes elements that no
 * other one touches, or partial results that the kernel then adds in a fixed order. A piece is worth its hand-over from
 * some 20 µs on. Failures are kept in the context, and reported by the kernel afterwards (wg_call_fail). */
WG_API void wg_call_parallel(const wg_call *call, int64_t count, wg_piece *piece, void *context);

/* Says that elements of out are final: rows first_row … end_row − 1 of the matrices along its last two axes, counted through
 * all of them, in columns first_column … end_column − 1. The plan may then compute in the same place what follows from them,
 * while they are in the cache, so the kernel must not touch them again. A kernel whose operation has the flag WG_OP_TELLS
 * says so of every element once, in any order and from any piece. */
WG_API void wg_call_done(const wg_call *call, int64_t first_row, int64_t end_row, int64_t first_column,
                         int64_t end_column);

/* Writes the message, "softmax_cross_entropy J: " before it, and returns the status. */
WG_API wg_status wg_call_fail(wg_call *call, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* ---- Notation ---- */

/* How tightly a formula binds, loosest first: an operand that binds looser than its operation gets parentheses. */
typedef enum wg_binding_strength {
  WG_BINDS_SUM = 1,
  WG_BINDS_PRODUCT,
  WG_BINDS_PREFIX,
  WG_BINDS_POWER,
  WG_BINDS_ATOM
} wg_binding_strength;

/* The formula of an operation, in three scripts, as templates in which
 *   %0 … %9   is that input, in parentheses if it binds looser than this operation,
 *   %+0 … %+9 the same, in parentheses also if it binds equally (the right side of a difference),
 *   %-0 … %-9 that input, never in parentheses (inside brackets of the template's own),
 *   %*        all inputs, separated by commas, never in parentheses,
 *   %{axis}   the attribute of that name (a list as 0,1),
 *   %%        a percent sign.
 * `write`, where a template cannot say it, is asked first: it returns a template for this node, in this script
 * (a constant string), or NULL to use the others. An operation without templates prints as name(inputs). */
typedef enum wg_script { WG_UNICODE, WG_ASCII, WG_LATEX } wg_script;

typedef struct wg_notation {
  wg_binding_strength binds; /* 0 counts as WG_BINDS_ATOM */
  const char *unicode, *ascii, *latex;
  const char *(*write)(const wg_node *y, wg_script script);
} wg_notation;

/* In which inputs y is linear (the other inputs held), which is what moves a factor 1/m out of a formula. */
typedef enum wg_linearity {
  WG_LINEAR_NONE,    /* exp, softmax …: in none */
  WG_LINEAR_EACH,    /* matmul, mul: in each input by itself, so that factors multiply */
  WG_LINEAR_JOINTLY, /* add, neg, transpose, sum: in all inputs taken together, so that a common factor moves out */
  WG_LINEAR_FIRST,   /* div: in input 0 only */
  WG_LINEAR_REST     /* where: in all inputs but the first, taken together */
} wg_linearity;

/* ---- Samples: what a test needs to try the operation ---- */

#define WG_SAMPLE_INPUTS_MAX 6
#define WG_SAMPLE_ATTRS_MAX 8

/* Values for one input, drawn evenly from [low, high). Integer inputs (i64) take whole numbers from the same range. */
typedef struct wg_sample_input {
  wg_shape shape;
  double low, high;
  bool integer;
} wg_sample_input;

#define WG_SAMPLE(low, high, ...)                                                                                      \
  { WG_SHAPE_INITIALIZER(__VA_ARGS__), (low), (high), false }
#define WG_SAMPLE_SCALAR(low, high)                                                                                    \
  { {0, {0}}, (low), (high), false }
#define WG_SAMPLE_INTEGER(low, high, ...)                                                                              \
  { WG_SHAPE_INITIALIZER(__VA_ARGS__), (low), (high), true }

/* One call to try, with the ranges chosen inside the domain and away from kinks. A list ends with input_count 0. */
typedef struct wg_sample {
  int input_count;
  wg_sample_input inputs[WG_SAMPLE_INPUTS_MAX];
  wg_attr attrs[WG_SAMPLE_ATTRS_MAX];
} wg_sample;

/* ---- The record ---- */

enum {
  WG_OP_IMPURE = 1,  /* never interned: equal calls are different nodes (random numbers) */
  WG_OP_DENSE = 2,   /* its kernel wants all inputs dense (row-major); the plan copies those that are not */
  WG_OP_COUNT = 4,   /* x / count, for its attribute `count`: where that is the number of samples, it prints as m */
  WG_OP_COLUMNS = 8, /* its kernel also writes a result of two axes column after column: out.stride is then {1, rows} */
  WG_OP_TELLS = 16,  /* its kernel says of parts of its result that they are final (wg_call_done) */
  WG_OP_ADDS = 32 /* its kernel adds call.term to its elements; that has stride 0 or 1 along the axis where out has 1 */
};

#define WG_VARIADIC (-1)
#define WG_ALL_INPUTS (~UINT32_C(0))

/* One of `loop`, `kernel`, `view` or `compose` says how the value comes about. */
/* A loop that is a single operation of IEEE 754 on each element, of inputs and a result of one type: a plan may do that
 * itself instead of calling it. */
typedef enum wg_arithmetic {
  WG_ARITHMETIC_NONE,
  WG_ARITHMETIC_ADDS,       /* a + b */
  WG_ARITHMETIC_SUBTRACTS,  /* a − b */
  WG_ARITHMETIC_MULTIPLIES, /* a · b, or a · a of one input */
  WG_ARITHMETIC_DIVIDES     /* a / b */
} wg_arithmetic;

/* Another operation, of one input, whose values are at hand while this one's are computed, such as the softmax within a
 * cross-entropy. Where a plan computes both, of the same input 0, one step writes both: a kernel to wg_call.twin, and instead of a
 * loop its `loop` here is called, which finds where to write behind its inputs, in in[input_count]. Both have the bits that
 * they have by themselves. */
typedef struct wg_twin {
  const wg_op *op;
  bool (*fits)(const wg_node *y, const wg_node *twin); /* whether the attributes do; NULL for always */
  wg_loop *loop[WG_DTYPE_COUNT];
} wg_twin;

struct wg_op {
  const char *name;
  const char *doc;            /* what it computes: formula, shapes, errors, convention, source */
  int arity;                  /* number of inputs, or WG_VARIADIC for one or more */
  unsigned flags;             /* WG_OP_… */
  const wg_attr *attrs;       /* declared attributes with their defaults, ended by WG_ATTR_END; NULL for none */
  uint32_t nondifferentiable; /* bit i: no derivative by input i, by definition (labels, masks); integers never have */
  wg_linearity linearity;

  /* Shape rule: sets draft->dtype and draft->shape, or calls wg_draft_fail and returns false. */
  bool (*infer)(wg_draft *draft);

  /* Values of an elementwise operation, by dtype of input 0. */
  wg_loop *loop[WG_DTYPE_COUNT];
  wg_arithmetic arithmetic; /* what its loops do, if it is no more than that */
  /* Values of any other operation, by dtype of input 0. */
  wg_kernel *kernel[WG_DTYPE_COUNT];
  const wg_twin *twin; /* NULL for none */
  /* How many bytes its kernel wants to work in, aligned for cache lines; NULL for none. The plan finds a place for them. */
  size_t (*scratch)(const wg_node *y);
  /* Values that are another tensor seen differently: sets out->data and out->stride from `in`, and copies nothing.
   * False if strides cannot say it; then the plan makes `in` dense first and asks again (which must succeed). */
  bool (*view)(const wg_node *y, const wg_tensor *in, wg_tensor *out);
  /* A composite operation: records other operations instead and returns the last. `infer`, if set, runs before. */
  wg_node *(*compose)(const wg_draft *draft);

  /* The local backward rule: records what node y, whose adjoint is dy, sends to the adjoint of its i-th input, with
   * ordinary operations; of that input's shape, and linear in dy. */
  wg_node *(*vjp)(wg_node *y, wg_node *dy, int i);

  wg_notation notation;
  const wg_sample *samples; /* ended by an entry without inputs */
};

/* Records y = op(inputs; attrs), or finds the equal node that is there already, and returns it. `attrs` may be NULL.
 * On failure: an inert node, and the tape keeps the message. Errors: WG_ERROR_ARGUMENT (number of inputs, nodes of two
 * tapes, unknown attribute or one of the wrong kind), whatever the shape rule reports, WG_ERROR_MEMORY. */
WG_API wg_node *wg_apply(const wg_op *op, int input_count, wg_node *const *inputs, const wg_attr *attrs);

/* Whether the i-th input of y has a derivative at all. */
WG_API bool wg_node_differentiable(const wg_node *y, int i);

/* Whether the node is a wg_fill or wg_fill_over, and of which value and count; so rules can leave out a factor of one. */
WG_API bool wg_node_is_fill(const wg_node *node, double *value, int64_t *count);

/* Records a failure on the tape of `node` and returns its inert node; for composite operations and rules. */
WG_API wg_node *wg_fail(const wg_node *node, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
