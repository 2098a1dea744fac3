/* tape_internal.h: the tape's inside, for the files of engine/, and those of ops/ that make leaves. */
#ifndef WG_TAPE_INTERNAL_H
#define WG_TAPE_INTERNAL_H

#include "hash.h"
#include "op.h"
#include <stdarg.h>

/* A node with its place in the table of interned nodes, whose key is the bytes that `inputs` is part of. */
typedef struct wg_record {
  wg_node node;
  UT_hash_handle hh;
} wg_record;

/* What the memo knows: the adjoint of a node for this root and seed. */
typedef struct wg_memo_key {
  const wg_node *root, *seed, *node;
} wg_memo_key;
typedef struct wg_memo_entry {
  wg_memo_key key;
  wg_node *adjoint;
  UT_hash_handle hh;
} wg_memo_entry;

/* Nodes lie in blocks that double in size, so that they never move and their number is not bounded beforehand. */
#define WG_FIRST_BLOCK 64
#define WG_BLOCKS_MAX 40

struct wg_tape {
  wg_allocator allocator;
  wg_record *blocks[WG_BLOCKS_MAX];
  size_t count;
  wg_arena arena;      /* inputs, attributes, shapes and names of the nodes */
  wg_record *interned; /* uthash table: (op, inputs, attributes) → node */
  wg_memo_entry *memo; /* uthash table: (root, seed, node) → adjoint */
  wg_node inert;       /* what failed calls return */
  wg_status status;
  char message[512];
};

/* The allocator of a tape; malloc and free for NULL. */
const wg_allocator *wg_tape_allocator(const wg_tape *tape);

/* Keeps the first failure of a tape. */
void wg_tape_fail(wg_tape *tape, wg_status status, const char *format, ...) WG_PRINTF(3, 4);
void wg_tape_fail_memory(wg_tape *tape);

/* The inert node of a tape, and the one for NULL tapes. */
wg_node *wg_tape_inert(wg_tape *tape);

/* Records the draft, whose shape and dtype are set and whose attributes are those its operation declares; or returns
 * the equal node if the operation is pure and there is one. Inert, with the failure on the tape, if it cannot. */
wg_node *wg_tape_record(const wg_draft *draft);

/* The bytes of an attribute's value. */
size_t wg_attr_bytes(const wg_attr *attr);

/* Whether the nodes are usable and of one tape; if not, the failure is on the tape, with `caller` in the message. */
bool wg_nodes_usable(wg_tape *tape, const char *caller, size_t count, wg_node *const *nodes);

/* "X (300,2)" into `text`; v12 for a node without a name. */
#define WG_NODE_TEXT_SIZE (WG_SHAPE_TEXT_SIZE + 64)
char *wg_node_text(const wg_node *node, char text[WG_NODE_TEXT_SIZE]);

/* The engine's own operations: leaves, and the sum of an adjoint's contributions. */
extern const wg_op wg_op_input, wg_op_param, wg_op_constant, wg_op_fill, wg_op_accumulate;
const void *wg_constant_data(const wg_node *constant);
wg_node *wg_accumulate(wg_node *sum, wg_node *contribution);

/* The memo. Find returns NULL where nothing is known; keep returns false without memory. */
wg_node *wg_memo_find(const wg_tape *tape, wg_memo_key key);
bool wg_memo_keep(wg_tape *tape, wg_memo_key key, wg_node *adjoint);

#endif
