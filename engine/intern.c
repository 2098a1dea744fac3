/* intern.c: finding the call that was recorded before.
 *
 * Nodes stand in lists, and a uthash table knows the list: that of all pure nodes whose newest input stands in the same
 * neighborhood of the tape. So recording a long tape goes through memory from one end to the other, and a node costs an
 * eighth of what an entry of its own would take. A node that many others have for their newest input would make its list
 * long; its later readers, and constants, which have no inputs, stand in lists by everything that makes them what they
 * are. */
#include "tape_internal.h"

#include <string.h>

enum {
  NEIGHBORS = 16, /* places of one neighborhood */
  CROWD = 8       /* readers of one newest input that stand in its neighborhood's list */
};

static int attr_count(const wg_op *op) {
  int count = 0;
  while (op->attrs && op->attrs[count].kind != WG_ATTR_END) count++;
  return count;
}

static bool nodes_equal(const wg_node *a, const wg_node *b) {
  if (a->op != b->op || a->input_count != b->input_count) return false;
  for (int i = 0; i < a->input_count; i++)
    if (a->inputs[i] != b->inputs[i]) return false;
  for (int i = 0, count = attr_count(a->op); i < count; i++) {
    const size_t bytes = wg_attr_bytes(&a->attrs[i]);
    if (bytes != wg_attr_bytes(&b->attrs[i])) return false;
    if (bytes && memcmp(wg_attr_data(&a->attrs[i]), wg_attr_data(&b->attrs[i]), bytes)) return false;
  }
  return true;
}

/* All that makes a node what it is. */
static uint64_t node_hash(const wg_node *node) {
  uint64_t hash = (uintptr_t)node->op;
  for (int i = 0; i < node->input_count; i++) hash = wg_hash_mix(hash, node->inputs[i]->id);
  for (int i = 0, count = attr_count(node->op); i < count; i++)
    hash = wg_hash_bytes(hash, wg_attr_data(&node->attrs[i]), wg_attr_bytes(&node->attrs[i]));
  return hash;
}

static wg_record *newest_input(const wg_node *node) {
  const wg_node *newest = NULL;
  for (int i = 0; i < node->input_count; i++)
    if (!newest || node->inputs[i]->id > newest->id) newest = node->inputs[i];
  return (wg_record *)newest;
}

static unsigned key_hash(uint64_t key) { return (unsigned)wg_hash_mix(key, 0); }

static wg_intern_list *list_find(const wg_tape *tape, uint64_t key) {
  wg_intern_list *list;
  HASH_FIND_BYHASHVALUE(hh, tape->interned, &key, sizeof key, key_hash(key), list);
  return list;
}

static wg_node *find_in(const wg_tape *tape, uint64_t key, const wg_node *like) {
  const wg_intern_list *list = list_find(tape, key);
  for (const wg_record *record = list ? list->latest : NULL; record; record = record->before)
    if (nodes_equal(&record->node, like)) return (wg_node *)&record->node;
  return NULL;
}

/* Neighborhoods have small numbers, and keys of the other kind have the highest bit. */
static uint64_t key_near(const wg_record *newest) { return newest->node.id / NEIGHBORS; }
static uint64_t key_apart(uint64_t hash) { return hash | UINT64_C(1) << 63; }

wg_node *wg_intern_find(const wg_tape *tape, const wg_node *like, wg_intern_place *place) {
  wg_record *newest = newest_input(like);
  const uint64_t hash = node_hash(like);
  const bool near = newest && newest->reader_count < CROWD;
  *place = (wg_intern_place){newest, (uint16_t)(1u << (hash >> 60)), near ? key_near(newest) : key_apart(hash)};
  if (newest && !(newest->readers & place->reader)) return NULL;
  wg_node *found = newest ? find_in(tape, key_near(newest), like) : NULL;
  return found || near ? found : find_in(tape, place->key, like);
}

bool wg_intern_add(wg_tape *tape, wg_record *record, const wg_intern_place *place) {
  wg_intern_list *list = list_find(tape, place->key);
  if (!list) {
    const wg_allocator *hash_allocator = &tape->allocator;
    bool hash_failed = false;
    list = wg_arena_take(&tape->arena, hash_allocator, sizeof *list);
    if (!list) return false;
    *list = (wg_intern_list){.key = place->key};
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, tape->interned, &list->key, sizeof list->key, key_hash(list->key), list);
    if (hash_failed) return false;
  }
  record->before = list->latest;
  list->latest = record;
  if (place->newest) place->newest->readers |= place->reader;
  if (place->newest && place->newest->reader_count < CROWD) place->newest->reader_count++;
  return true;
}
