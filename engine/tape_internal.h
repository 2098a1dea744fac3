/* tape_internal.h: the tape's inside, for the files of engine/, and those of ops/ that make leaves. */
#ifndef WG_TAPE_INTERNAL_H
#define WG_TAPE_INTERNAL_H

#include "hash.h"
#include "op.h"
#include <stdarg.h>

/* A node with its place among the interned nodes; see intern.c. */
typedef struct wg_record {
  wg_node node;
  struct wg_record *before; /* the one recorded before it in the same list */
  struct wg_record *latest; /* of the list of nodes that have this one for their newest input */
  uint16_t readers;         /* one of 16 bits for each node that has this one for its newest input */
  uint16_t reader_count;    /* of those in that list */
} wg_record;

/* Interned nodes that are in no node's list and have the same hash. */
typedef struct wg_intern_list {
  uint64_t hash;
  wg_record *latest;
  UT_hash_handle hh;
} wg_intern_list;

/* The adjoints that the memo knows of neighboring nodes, for one root and seed; NULL where it knows none. */
enum { WG_MEMO_NEIGHBORS = 16 };
typedef struct wg_memo_place {
  const wg_node *root, *seed;
  size_t neighborhood;
} wg_memo_place;
typedef struct wg_memo_entry {
  wg_memo_place place;
  wg_node *adjoint[WG_MEMO_NEIGHBORS];
  UT_hash_handle hh;
} wg_memo_entry;

/* Nodes lie in blocks that double in size, so that they never move and their number is not bounded beforehand. */
#define WG_FIRST_BLOCK 64
#define WG_BLOCKS_MAX 40

struct wg_tape {
  wg_allocator allocator;
  wg_record *blocks[WG_BLOCKS_MAX];
  size_t count;
  wg_arena arena;           /* inputs, attributes, shapes and names of the nodes */
  wg_intern_list *interned; /* uthash table of pure nodes by hash: constants, and readers of nodes with many */
  wg_memo_entry *memo;      /* uthash table: (root, seed, node) → adjoint */
  wg_node inert;            /* what failed calls return */
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

/* The bytes of an attribute's value: how many, and where. */
size_t wg_attr_bytes(const wg_attr *attr);
const void *wg_attr_data(const wg_attr *attr);

/* The pure node that is equal to `like`, or NULL; `place` is where to add it if there is none. Adding returns false
 * without memory. */
typedef struct wg_intern_place {
  wg_record *newest; /* input; NULL if it has none */
  uint64_t hash;
  uint16_t reader;
  bool near; /* in the list of its newest input */
} wg_intern_place;
wg_node *wg_intern_find(const wg_tape *tape, const wg_node *like, wg_intern_place *place);
bool wg_intern_add(wg_tape *tape, wg_record *record, const wg_intern_place *place);

/* Whether the nodes are usable and of one tape; if not, the failure is on the tape, with `caller` in the message. */
bool wg_nodes_usable(wg_tape *tape, const char *caller, size_t count, wg_node *const *nodes);

/* "X (300,2)" into `text`; v12 for a node without a name. */
#define WG_NODE_TEXT_SIZE (WG_SHAPE_TEXT_SIZE + 64)
char *wg_node_text(const wg_node *node, char text[WG_NODE_TEXT_SIZE]);

/* The engine's own operations: leaves, and the sum of an adjoint's contributions. */
extern const wg_op wg_op_input, wg_op_param, wg_op_constant, wg_op_fill, wg_op_accumulate;
const void *wg_constant_data(const wg_node *constant);
wg_node *wg_accumulate(wg_node *sum, wg_node *contribution);

/* The memo: what it knows is the adjoint of a node for this root and seed. Find returns NULL where nothing is known; keep
 * returns false without memory. */
typedef struct wg_memo_key {
  const wg_node *root, *seed, *node;
} wg_memo_key;
wg_node *wg_memo_find(const wg_tape *tape, wg_memo_key key);
bool wg_memo_keep(wg_tape *tape, wg_memo_key key, wg_node *adjoint);

#endif
