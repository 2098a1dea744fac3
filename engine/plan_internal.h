/* plan_internal.h: a plan's inside, for the files of engine/ only. Plans may have millions of values and steps, which are
 * known by number, so that a scalar costs about a hundred bytes. */
#ifndef WG_PLAN_INTERNAL_H
#define WG_PLAN_INTERNAL_H

#include "plan.h"
#include "tape_internal.h"

/* No value or step has this number. */
#define WG_NONE UINT32_MAX

/* ---- Values ---- */

/* Where the elements of a value lie. */
typedef enum wg_place {
  WG_PLACE_PLAN,    /* in the plan's allocation, shared with others at other times */
  WG_PLACE_BOUND,   /* in the caller's memory */
  WG_PLACE_CONSTANT /* on the tape, or written once when the plan is made */
} wg_place;

/* How a value is seen that is not dense from the first element of its owner on. */
typedef struct wg_view {
  uintptr_t offset; /* bytes from there to its own first element */
  uint32_t dense;   /* value that holds a dense copy; WG_NONE if there is none */
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
  uint32_t owner; /* value whose elements these are: itself, or what it is a view of */
  uint32_t home;  /* value in whose memory an owner lies: itself, or what it was written over */
  uint32_t born;  /* step that writes it; WG_NONE if none does */
  uint32_t dies;  /* step that reads its memory last; WG_NONE if it is read after the run */
  wg_place place; /* of an owner */
  bool placed;    /* has its offset, while places are given */
} wg_value;

/* ---- Steps ---- */

/* An elementwise step walks its tensors as nested loops: axes merged where all strides allow, the last one innermost. */
typedef struct wg_nest {
  int rank;          /* 1 or more */
  int64_t numbers[]; /* the size of each axis; then for each axis the stride of each input */
} wg_nest;

static inline const int64_t *wg_nest_strides(const wg_nest *nest) { return nest->numbers + nest->rank; }

/* What a kernel is called with. */
typedef struct wg_frame {
  size_t scratch_bytes;
  union {
    size_t scratch_offset; /* while the plan is made */
    void *scratch;
  };
  wg_tensor tensors[]; /* its result, then its inputs */
} wg_frame;

typedef enum wg_step_kind {
  WG_STEP_LOOP,
  WG_STEP_COPY, /* the plan's own: makes a tensor dense */
  WG_STEP_KERNEL
} wg_step_kind;

typedef struct wg_step {
  const wg_node *node;
  union {
    wg_loop *loop; /* loops and copies */
    wg_kernel *kernel;
  };
  union {
    const wg_nest *nest; /* loops and copies */
    wg_frame *frame;     /* kernels */
  };
  void *out;            /* loops and copies, resolved */
  uint32_t result;      /* value it writes */
  uint32_t input_begin; /* the values it reads, and where they lie, are there in plan->inputs and plan->in */
  int input_count;
  unsigned char kind; /* wg_step_kind */
  bool in_place;
} wg_step;

/* ---- The plan ---- */

struct wg_plan {
  wg_tape *tape;
  const wg_allocator *allocator;
  wg_threads *threads; /* the caller's; NULL for none */
  wg_status status;
  bool made, resolved; /* all pointers follow the bindings */
  char message[512];
  wg_arena arena; /* views, nests, frames */

  wg_value *values;
  size_t value_count, value_capacity;
  size_t node_count; /* the first values are those of the sequence, copies come after them */
  size_t leaf_count; /* the first of those are the leaves, in tape order */
  uint32_t *latest;  /* while the plan is made: the value that holds a node, by its id */

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
wg_tensor wg_value_tensor(const wg_plan *plan, uint32_t value, const void *begin);
bool wg_value_dense(const wg_plan *plan, uint32_t value);

/* ---- Making ---- */

/* In which order nodes are computed: first all leaves in tape order, then the other nodes so that each comes after its
 * inputs. A node may stand there again, and is then computed again: what it held before is free in between. */
typedef struct wg_sequence {
  const wg_node **nodes;
  size_t count, leaf_count;
  size_t end; /* above the ids of all nodes */
} wg_sequence;

/* The nodes that the outputs need, each once, in tape order; false without memory. */
bool wg_sequence_needed(wg_sequence *sequence, const wg_tape *tape, size_t count, wg_node *const *outputs);
void wg_sequence_free(wg_sequence *sequence, const wg_tape *tape);

/* wg_plan_new for a sequence that covers what the outputs need. */
wg_plan *wg_plan_new_sequence(size_t count, wg_node *const *outputs, const wg_sequence *sequence);

/* Makes value `index`, whose node is set: where its elements lie, and the step that computes it (plan_steps.c). */
bool wg_plan_node(wg_plan *plan, uint32_t index);

/* The value, or a dense copy of it (made once, by a step of the plan's own) if it is not dense. */
bool wg_plan_value_dense(wg_plan *plan, uint32_t index, uint32_t *dense);

/* Ends the lifetimes of outputs after the run, and lets elementwise steps write over an input that nobody needs any more. */
void wg_plan_live(wg_plan *plan);

/* Gives every owner that lies in the plan, and all scratch memory, its offset and sets plan->bytes; false without
 * memory. */
bool wg_plan_place(wg_plan *plan);

/* The nest of an elementwise step: result `shape`, and the values it reads. NULL without memory. */
const wg_nest *wg_nest_make(wg_plan *plan, const wg_shape *shape, int count, const uint32_t *inputs);

/* Points every step to its memory, and lists those that read the caller's; false without memory. */
bool wg_plan_resolve_all(wg_plan *plan);

bool wg_plan_fail_memory(wg_plan *plan); /* returns false */
wg_status wg_plan_fail(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* As wg_plan_fail, for a plan that must not be run: every wg_run returns the failure. */
void wg_plan_refuse(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* ---- Running ---- */

/* out[k] from in[…] over the whole nest; a large one in pieces, by several threads. */
typedef struct wg_nest_job {
  const wg_nest *nest;
  wg_loop *loop;
  const wg_node *node;
  int count; /* inputs */
  size_t out_size, in_size[WG_LOOP_INPUTS_MAX];
  void *out;
  const void *const *in;
} wg_nest_job;
void wg_nest_run(const wg_nest_job *job, wg_threads *threads);

/* Elements that are worth a piece of their own. */
enum { WG_PIECE = 32768 };

/* Copies elements of `size` bytes; the loop of a copy step. */
wg_loop *wg_copy_loop(size_t size);

/* The value of a leaf, or WG_NONE. */
uint32_t wg_plan_leaf(const wg_plan *plan, const wg_node *leaf);

#endif
