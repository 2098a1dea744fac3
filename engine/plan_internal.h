/* plan_internal.h: a plan's inside, for the files of engine/ only. Plans may have millions of values and steps, which are
 * known by number, so that a scalar costs about a hundred bytes. */
#ifndef WG_PLAN_INTERNAL_H
#define WG_PLAN_INTERNAL_H

#include "plan.h"
#include "tape_internal.h"

/* No value or step has this number. */
#define WG_NOWHERE UINT32_MAX

/* ---- Values ---- */

/* Where the elements of a value lie. */
typedef enum wg_place {
  WG_PLACE_PLAN,     /* in the plan's allocation, shared with others at other times */
  WG_PLACE_BOUND,    /* in the caller's memory */
  WG_PLACE_CONSTANT, /* on the tape, or written once when the plan is made */
  WG_PLACE_TILE      /* in the cache, a tile at a time: only its pass needs it */
} wg_place;

/* How a value is seen that is not dense from the first element of its owner on. */
typedef struct wg_view {
  uintptr_t offset; /* bytes from there to its own first element */
  uint32_t dense;   /* value that holds a dense copy; WG_NOWHERE if there is none */
  int64_t stride[]; /* in elements, one for each axis */
} wg_view;

/* What the plan knows of one node. */
typedef struct wg_value {
  const wg_node *node;
  wg_view *view; /* NULL if dense */
  union {
    size_t offset;       /* in the plan's allocation, while the plan is made */
    unsigned char *data; /* afterwards, and of the other places always; NULL while unknown */
  };
  uint32_t owner;  /* value whose elements these are: itself, or what it is a view of */
  uint32_t home;   /* value in whose memory an owner lies: itself, or what it is written over */
  uint32_t born;   /* step that writes it; WG_NOWHERE if none does */
  uint32_t dies;   /* step that reads its memory last; WG_NOWHERE if it is read after the run */
  wg_place place;  /* of an owner */
  bool by_columns; /* an owner with two axes whose elements lie column after column */
  bool updated;    /* a leaf whose memory the plan writes */
  bool moved;      /* a leaf that was bound after the last run */
} wg_value;

/* ---- Steps ---- */

/* An elementwise step walks its tensors as nested loops: axes merged where all strides allow, the last one innermost. */
typedef struct wg_nest {
  int rank;          /* 1 or more */
  int64_t numbers[]; /* the size of each axis; then for each axis the stride of each input */
} wg_nest;

static inline const int64_t *wg_nest_strides(const wg_nest *nest) { return nest->numbers + nest->rank; }

/* What wg_call_done sees to. */
struct wg_epilogue {
  const struct wg_plan *plan;
  const struct wg_pass *pass; /* behind the kernel, which runs on each part of its result; NULL for none */
};

/* What a kernel is called with, the same in every run but for threads. */
typedef struct wg_frame {
  wg_call call;
  wg_epilogue epilogue;
  wg_tensor *term;                      /* call.term, which is to be resolved */
  size_t scratch_bytes, scratch_offset; /* from the beginning of the plan's memory */
  wg_tensor in[];
} wg_frame;

/* Elementwise steps that go through their elements together, tile by tile; made in plan_fuse.c, run in run_pass.c. */

/* A result or an input: in memory, or in a slot of the scratch memory that holds one tile. */
typedef struct wg_tile_operand {
  const int64_t *stride; /* in memory: in elements, along each axis of the pass */
  uint32_t size;         /* of an element */
  int slot;              /* −1: in memory */
} wg_tile_operand;

/* An input that is made dense in its slot first. */
typedef struct wg_gathered {
  uint32_t input; /* its place in plan->in */
  uint32_t size_of_element;
  int slot, rank;
  int64_t size[WG_RANK_MAX], stride[WG_RANK_MAX]; /* its own walk over the pass's elements */
  int64_t once; /* every tile sees the same, repeated after so many elements; 0: gathered for each tile */
} wg_gathered;

typedef struct wg_pass {
  uint32_t begin, end; /* its steps */
  uint32_t first; /* the first of the steps that run together: its own, or the kernel of which it is the epilogue */
  int rank;       /* 1 or more axes, the last one innermost */
  int gather_count;
  const int64_t *size;
  int64_t tile;              /* elements of the innermost axis at a time */
  size_t slot_bytes;         /* 0 without slots */
  wg_tile_operand *operands; /* of each step its result, then its inputs */
  wg_gathered *gathers;
} wg_pass;

/* Bytes that a pass works in, on the stack of each thread: half of a small first-level cache. */
enum { WG_TILE_SCRATCH = 16384 };

typedef enum wg_step_kind {
  WG_STEP_LOOP,
  WG_STEP_COPY, /* the plan's own: makes a tensor dense */
  WG_STEP_KERNEL,
  WG_STEP_ADDED /* a sum that the kernel before it has written (plan_terms.c) */
} wg_step_kind;

typedef struct wg_step {
  const wg_node *node;
  union {
    wg_loop *loop; /* loops and copies */
    wg_kernel *kernel;
  };
  union {
    const wg_nest *nest; /* loops and copies */
    const wg_pass *pass; /* loops that are part of one */
    wg_frame *frame;     /* kernels */
  };
  void *out;            /* loops and copies, resolved */
  uint32_t result;      /* value it writes */
  uint32_t input_begin; /* the values it reads, and where they lie, are there in plan->inputs and plan->in */
  int input_count;
  unsigned char kind;       /* wg_step_kind */
  unsigned char arithmetic; /* what run_arithmetic.c does instead of calling the loop; 0: nothing */
  bool tiled;               /* part of a pass */
  bool in_place;
} wg_step;

/* ---- The plan ---- */

/* What decides how steps run, and none of which changes a bit of the results. Tests plan small graphs as if they were
 * large. */
typedef struct wg_plan_tuning {
  bool fuses, overwrites; /* passes; steps that write over an input */
  bool epilogues;         /* passes that run on parts of a kernel's result */
  bool terms;             /* kernels that add to their result */
  int64_t few;            /* elements: a step by itself has them all in the cache */
  int64_t row;            /* elements that are worth a call */
  int64_t tile;           /* elements of a pass at a time, at most */
  int64_t tile_small;     /* … at least, where more would be gathered in vain */
  int64_t piece;          /* elements that are worth being handed to another thread */
  int64_t columns;        /* up to so many lie column after column, 0 for never … */
  int64_t column;         /* … if they have at least so many elements */
  int64_t arithmetic;     /* elements, at most, of a step that run_arithmetic.c takes */
} wg_plan_tuning;
extern const wg_plan_tuning wg_plan_tuned;

struct wg_plan {
  wg_tape *tape;
  const wg_allocator *allocator;
  wg_threads *threads; /* the caller's; NULL for none */
  wg_plan_tuning tuning;
  wg_status status;
  bool made, resolved;         /* all pointers follow the bindings */
  bool flushes;                /* denormals are zeros while it runs */
  struct wg_plan_times *times; /* what its steps took, if it was asked (plan_profile.c) */
  char message[512];
  wg_arena arena; /* views, nests, frames */

  wg_value *values;
  size_t value_count, value_capacity;
  size_t node_count;      /* the first values are those of the sequence, copies come after them */
  size_t leaf_count;      /* the first of those are the leaves, in tape order */
  uint32_t *latest;       /* while the plan is made: the value that holds a node, by its id */
  unsigned char *layouts; /* … and how it lies, by its id; NULL if all lie by rows (plan_layout.c) */

  wg_step *steps;
  size_t step_count, step_capacity;
  uint32_t *inputs; /* values that steps read, one step's after the other's */
  const void **in;  /* where the loops find them, resolved */
  size_t input_count, input_capacity;
  const wg_nest *nests[WG_LOOP_INPUTS_MAX + 1]; /* the last one made for so many inputs */
  uint32_t *bound_steps;                        /* those that read memory of the caller's */
  size_t bound_step_count;

  uint32_t *outputs; /* values, in the order of the outputs */
  const wg_node **output_nodes;
  size_t output_count;
  unsigned char *memory, *aligned; /* the one allocation, and where it begins to be used */
  size_t bytes;
};

static inline uint32_t wg_step_input(const wg_plan *plan, const wg_step *step, int i) {
  return plan->inputs[step->input_begin + (uint32_t)i];
}

/* Of a sum that the kernel before it writes: what is added to the kernel's result. */
static inline uint32_t wg_step_term(const wg_plan *plan, const wg_step *sum) {
  return wg_step_input(plan, sum, wg_step_input(plan, sum, 0) == sum[-1].result);
}

/* Whether a step also writes what the one before it stands for: that is then its last input. */
static inline bool wg_step_has_twin(const wg_step *step) {
  return step->kind != WG_STEP_COPY && step->input_count > step->node->input_count;
}

/* The value whose elements these are, and the one whose memory they lie in. */
static inline wg_value *wg_owner_of(const wg_plan *plan, uint32_t value) {
  return &plan->values[plan->values[value].owner];
}
static inline wg_value *wg_home_of(const wg_plan *plan, uint32_t value) {
  return &plan->values[wg_owner_of(plan, value)->home];
}

/* Bytes of a value's elements if it is dense. */
static inline size_t wg_value_bytes(const wg_value *value) {
  int64_t count = 1;
  if (value->node->shape->rank > 0) wg_shape_count(value->node->shape, &count);
  return (size_t)count * wg_dtype_size(value->node->dtype);
}

/* The value as a kernel sees it; `begin` is where the first element of its owner lies, NULL while that is unknown. */
wg_tensor wg_value_tensor(const wg_plan *plan, uint32_t index, const void *begin);
bool wg_value_dense(const wg_plan *plan, uint32_t value);

/* Its strides along the axes of `shape`, to which it broadcasts. */
void wg_value_strides(const wg_plan *plan, uint32_t index, const wg_shape *shape, int64_t stride[WG_RANK_MAX]);

/* The axes along which a result is written, the last one innermost: those of its shape, or those in reverse if it lies by
 * columns; and the strides of another value, which broadcasts to it, along these. */
wg_shape wg_value_walk(const wg_plan *plan, uint32_t result);
void wg_value_steps(const wg_plan *plan, uint32_t index, uint32_t result, int64_t stride[WG_RANK_MAX]);

/* Whether both have the same shape and their elements lie in the same order. */
bool wg_values_alike(const wg_plan *plan, uint32_t a, uint32_t b);

/* Merges the axes of a shape that `count` tensors are walked along, wherever the strides of all of them allow it:
 * stride[axis·count + i] is that of tensor i, before and after. Returns how many axes are left, 1 or more, of which sizes. */
int wg_axes_merge(const wg_shape *shape, int count, int64_t *stride, int64_t *size);

/* ---- Making ---- */

/* What a plan is for. */
typedef struct wg_goal {
  size_t count;
  wg_node *const *outputs;
  size_t update_count;
  const wg_leaf_update *updates;
} wg_goal;

/* In which order nodes are computed: first all leaves in tape order, then the other nodes so that each comes after its
 * inputs. A node may stand there again, and is then computed again: what it held before is free in between. */
typedef struct wg_sequence {
  const wg_node **nodes;
  size_t count, leaf_count;
  size_t end; /* above the ids of all nodes */
} wg_sequence;

/* The nodes that a valid goal needs, each once: in tape order, except that the elementwise tail of an update comes as early as it
 * can, and a twin right before the node that computes it too (sequence.c). False without memory. */
bool wg_sequence_needed(wg_sequence *sequence, const wg_tape *tape, const wg_goal *goal);
void wg_sequence_free(wg_sequence *sequence, const wg_tape *tape);

/* Whether one node is the twin of the other (op.h): of the same input, which the other does not read itself. */
bool wg_is_twin(const wg_node *node, const wg_node *twin);

/* As wg_plan_new_updating; for a sequence that covers what the goal needs, or NULL. */
wg_plan *wg_plan_make(const wg_goal *goal, const wg_sequence *sequence, const wg_plan_tuning *tuning);

/* Whether the updates of a goal can be planned; and the steps that write them, after all nodes have theirs
 * (plan_updates.c). */
bool wg_plan_updates_valid(wg_plan *plan, const wg_goal *goal);
bool wg_plan_updates(wg_plan *plan, const wg_goal *goal);

/* Decides how values lie, in plan->layouts (plan_layout.c); false without memory. */
bool wg_plan_layouts(wg_plan *plan, const wg_sequence *sequence, const wg_goal *goal);
bool wg_plan_by_columns(const wg_plan *plan, const wg_node *node);

/* Makes value `index`, whose node is set: where its elements lie, and the step that computes it (plan_steps.c). */
bool wg_plan_node(wg_plan *plan, uint32_t index);

/* The value, or a dense copy of it (made once, by a step of the plan's own) if it is not dense. */
bool wg_plan_value_dense(wg_plan *plan, uint32_t index, uint32_t *dense);

/* A copy of the value, dense or column after column, by a step of the plan's own. */
bool wg_plan_value_copy(wg_plan *plan, uint32_t index, bool by_columns, uint32_t *copy);

/* Whether a step reads memory at `home`. */
bool wg_step_reads(const wg_plan *plan, const wg_step *step, const wg_value *home);

/* Whether element k of `result` may be written where element k of `home` lies, as far as this step reads it: in the same
 * order, with elements of the same size. */
bool wg_step_reads_alike(const wg_plan *plan, const wg_step *step, const wg_value *home, const wg_value *result);

/* Lets kernels add what is added to their result (plan_terms.c); false without memory. */
bool wg_plan_terms(wg_plan *plan);

/* Lets elementwise steps form passes (plan_fuse.c); false without memory. */
bool wg_plan_fuse(wg_plan *plan);

/* Lets kernels run the pass behind them on each part of their result (plan_epilogue.c). */
void wg_plan_epilogues(wg_plan *plan);

/* The first of the steps that run together with this one, and the one after the last. */
uint32_t wg_steps_begin(const wg_plan *plan, uint32_t number);
uint32_t wg_steps_end(const wg_plan *plan, uint32_t number);

/* Marks the steps that wg_arithmetic_run can take, after all others know how they run (run_arithmetic.c). */
void wg_plan_arithmetic(wg_plan *plan);

/* Lets elementwise steps write over an input that nobody needs any more. */
void wg_plan_live(wg_plan *plan);

/* Gives every owner that lies in the plan, and all scratch memory, its offset and sets plan->bytes; false without
 * memory. */
bool wg_plan_place(wg_plan *plan);

/* The nest of an elementwise step: its result, and the values it reads. NULL without memory. */
const wg_nest *wg_nest_make(wg_plan *plan, uint32_t result, int count, const uint32_t *inputs);

/* Points every step to its memory, and lists those that read the caller's; false without memory. */
bool wg_plan_resolve_all(wg_plan *plan);

bool wg_plan_fail_memory(wg_plan *plan); /* returns false */
wg_status wg_plan_fail(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* As wg_plan_fail, for a plan that must not be run: every wg_run returns the failure. */
void wg_plan_refuse(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* ---- Running ---- */

/* out[k] from in[…] over the whole nest; with threads, in pieces of so many elements. */
typedef struct wg_nest_job {
  const wg_nest *nest;
  wg_loop *loop;
  const wg_node *node;
  int count; /* inputs */
  size_t out_size, in_size[WG_LOOP_INPUTS_MAX];
  void *out;
  const void *const *in;
} wg_nest_job;
void wg_nest_run(const wg_nest_job *job, wg_threads *threads, int64_t piece);

/* Whether the next run is to be timed; and such a run, by a function that runs the steps begin … end − 1 (plan_profile.c). */
bool wg_plan_takes_times(const wg_plan *plan);
wg_status wg_plan_run_timed(wg_plan *plan, wg_status (*run)(wg_plan *plan, size_t begin, size_t end));

/* Runs a pass, a large one in pieces. */
void wg_pass_run(const wg_plan *plan, const wg_pass *pass);

/* Runs a pass on rows first_row … end_row − 1 of its elements as matrices of so many columns, in some of the columns. */
void wg_pass_run_part(const wg_epilogue *epilogue, int64_t columns, int64_t first_row, int64_t end_row,
                      int64_t first_column, int64_t end_column);

/* Runs a marked step and the marked ones that follow it, up to `end`; returns the step behind them. */
const wg_step *wg_arithmetic_run(const wg_plan *plan, const wg_step *step, const wg_step *end);

/* Copies elements of `size` bytes; the loop of a copy step. */
wg_loop *wg_copy_loop(size_t size);

/* Runs a copy step if it brings dense rows of a few numbers into columns; false if it does not, and nothing is done
 * (run_copy.c). */
bool wg_columns_copy(const wg_plan *plan, const wg_step *step);

/* The value of a leaf, or WG_NOWHERE. */
uint32_t wg_plan_leaf(const wg_plan *plan, const wg_node *leaf);

#endif
