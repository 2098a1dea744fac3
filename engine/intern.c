/* intern.c: finding the call that was recorded before.
 *
 * Equal calls have the same newest input. So a pure node stands in the list of the nodes that share its newest input,
 * which begins at that input: recording a long tape touches what was recorded shortly before, and looks nothing up. A node
 * that many others have for their newest input would make its list long; its later readers, and constants, which have no
 * inputs, stand in lists by everything that makes them what they are, and a uthash table knows these. */
#include "tape_internal.h"

#include <string.h>

/* So many nodes stand in the list of their newest input. */
enum { CROWD = 8 };

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
  if (node->input_count == 0) return NULL;
  const wg_node *newest = node->inputs[0];
  for (int i = 1; i < node->input_count; i++)
    if (node->inputs[i]->id > newest->id) newest = node->inputs[i];
  return (wg_record *)newest;
}

static wg_intern_list *list_find(const wg_tape *tape, uint64_t hash) {
  wg_intern_list *list;
  HASH_FIND_BYHASHVALUE(hh, tape->interned, &hash, sizeof hash, (unsigned)hash, list);
  return list;
}

static wg_node *find_from(wg_record *record, const wg_node *like) {
  while (record && !nodes_equal(&record->node, like)) record = record->before;
  return record ? &record->node : NULL;
}

wg_node *wg_intern_find(const wg_tape *tape, const wg_node *like, wg_intern_place *place) {
  wg_record *newest = newest_input(like);
  const uint64_t hash = node_hash(like);
  *place = (wg_intern_place){newest, hash, (uint16_t)(1u << (hash >> 60)), newest && newest->reader_count < CROWD};
  if (newest && !(newest->readers & place->reader)) return NULL;
  wg_node *found = newest ? find_from(newest->latest, like) : NULL;
  if (found || place->near) return found;
  const wg_intern_list *list = list_find(tape, hash);
  return list ? find_from(list->latest, like) : NULL;
}

static wg_intern_list *list_add(wg_tape *tape, uint64_t hash) {
  const wg_allocator *hash_allocator = &tape->allocator;
  bool hash_failed = false;
  wg_intern_list *list = wg_arena_take(&tape->arena, hash_allocator, sizeof *list);
  if (!list) return NULL;
  *list = (wg_intern_list){.hash = hash};
  HASH_ADD_KEYPTR_BYHASHVALUE(hh, tape->interned, &list->hash, sizeof list->hash, (unsigned)hash, list);
  return hash_failed ? NULL : list;
}

bool wg_intern_add(wg_tape *tape, wg_record *record, const wg_intern_place *place) {
  wg_record *newest = place->newest, **latest;
  if (place->near) {
    latest = &newest->latest;
    newest->reader_count++;
  } else {
    wg_intern_list *list = list_find(tape, place->hash);
    if (!list) list = list_add(tape, place->hash);
    if (!list) return false;
    latest = &list->latest;
  }
  if (newest) newest->readers |= place->reader;
  record->before = *latest;
  *latest = record;
  return true;
}
