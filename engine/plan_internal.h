/* plan_internal.h: a plan's inside, for the files of engine/ only. */
#ifndef WG_PLAN_INTERNAL_H
#define WG_PLAN_INTERNAL_H

#include "plan.h"
#include "tape_internal.h"

/* Where the elements of one or more values (a tensor and views of it) lie. */
typedef enum wg_storage_kind {
  WG_STORAGE_PLAN,    /* in the plan's allocation, between `born` and `dies`, shared with others at other times */
  WG_STORAGE_BOUND,   /* in the caller's memory */
  WG_STORAGE_CONSTANT /* on the tape, or written once when the plan is made */
} wg_storage_kind;

typedef struct wg_storage {
  wg_storage_kind kind;
  unsigned char *data; /* NULL while unknown */
  size_t bytes, offset;
  size_t born, dies; /* steps: the one that writes it, and the last one that reads it */
  bool placed;       /* has its offset, while places are given */
  size_t heir_of;    /* storage that it continues, written over in place; WG_NOWHERE if it is one of its own */
} wg_storage;

#define WG_NEVER SIZE_MAX
#define WG_NOWHERE SIZE_MAX

/* What the plan knows of one node. */
typedef struct wg_value {
  const wg_node *node;
  wg_tensor tensor;
  size_t storage;
  size_t source; /* value that this one is a view of; WG_NOWHERE if it has elements of its own */
  size_t dense;  /* value that holds a dense copy of this one; WG_NOWHERE if there is none */
} wg_value;

/* An elementwise step walks its tensors as nested loops: axes merged where all strides allow, the last one innermost.
 * stride[axis·inputs + i] is that of input i. */
typedef struct wg_nest {
  int rank;
  int64_t *size, *stride;
} wg_nest;

/* One step: a loop, a kernel, or (both NULL) a copy that makes a tensor dense. */
typedef struct wg_step {
  const wg_node *node;
  wg_loop *loop;
  wg_kernel *kernel;
  size_t result;  /* value it writes */
  size_t *inputs; /* values it reads */
  int input_count;
  bool in_place;
  wg_nest nest;     /* loops and copies */
  void *out;        /* loops and copies, resolved */
  const void **in;  /* loops and copies, resolved */
  wg_tensor *dense; /* kernels: the input tensors side by side, resolved */
} wg_step;

struct wg_plan {
  wg_tape *tape;
  const wg_allocator *allocator;
  wg_threads *threads; /* the caller's; NULL for none */
  wg_status status;
  bool made, resolved; /* all pointers follow the bindings */
  char message[512];
  wg_arena arena; /* steps' arrays */
  wg_value *values;
  size_t value_count, value_capacity;
  size_t node_count; /* the first values are those of the sequence, copies come after them */
  size_t leaf_count; /* the first of those are the leaves, in tape order */
  size_t *latest;    /* while the plan is made: the value that holds a node, by its id */
  wg_storage *storages;
  size_t storage_count, storage_capacity;
  wg_step *steps;
  size_t step_count, step_capacity;
  size_t *outputs; /* values, in the order of the outputs */
  const wg_node **output_nodes;
  size_t output_count;
  unsigned char *memory, *aligned; /* the one allocation, and where it begins to be used */
  size_t bytes;
};

/* Gives every storage of the plan's own its offset and sets plan->bytes; false without memory. */
bool wg_plan_place(wg_plan *plan);

/* Sets lifetimes from the steps, and lets elementwise steps write over an input that nobody needs any more. */
void wg_plan_live(wg_plan *plan);

/* The storage that a value really lies in. */
static inline wg_storage *wg_storage_of(const wg_plan *plan, const wg_value *value) {
  wg_storage *storage = &plan->storages[value->storage];
  return storage->heir_of == WG_NOWHERE ? storage : &plan->storages[storage->heir_of];
}

/* Merges the axes of an elementwise step; false without memory. */
bool wg_nest_make(wg_nest *nest, wg_arena *arena, const wg_allocator *allocator, const wg_shape *shape, int count,
                  const wg_tensor *const *inputs);

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

/* Copies elements of `size` bytes; the loop of a copy step. */
wg_loop *wg_copy_loop(size_t size);

/* The value of a leaf, or WG_NOWHERE. */
size_t wg_plan_leaf(const wg_plan *plan, const wg_node *leaf);

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
bool wg_plan_node(wg_plan *plan, size_t index);

/* The value, or a dense copy of it (made once, by a step of the plan's own) if it is not dense. */
bool wg_plan_value_dense(wg_plan *plan, size_t index, size_t *dense);

bool wg_plan_fail_memory(wg_plan *plan); /* returns false */

/* As wg_plan_fail, for a plan that must not be run: every wg_run returns the failure. */
void wg_plan_refuse(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

wg_status wg_plan_fail(wg_plan *plan, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

#endif
