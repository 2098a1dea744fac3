/* memo.c: the memo of the chain rule: (root, seed, node) → adjoint. In the uthash table stand neighborhoods of nodes, each
 * with the adjoints of all of them, because a sweep goes through one after the other. */
#include "tape_internal.h"

static unsigned place_hash(const wg_memo_place *place) {
  return (unsigned)wg_hash_mix(wg_hash_mix((uintptr_t)place->root, (uintptr_t)place->seed), place->neighborhood);
}

static wg_memo_entry *entry_find(const wg_tape *tape, const wg_memo_place *place) {
  wg_memo_entry *entry;
  HASH_FIND_BYHASHVALUE(hh, tape->memo, place, sizeof *place, place_hash(place), entry);
  return entry;
}

static wg_memo_entry *entry_new(wg_tape *tape, const wg_memo_place *place) {
  const wg_allocator *hash_allocator = &tape->allocator;
  bool hash_failed = false;
  wg_memo_entry *entry = wg_arena_take(&tape->arena, hash_allocator, sizeof *entry);
  if (!entry) return NULL;
  *entry = (wg_memo_entry){.place = *place};
  HASH_ADD_KEYPTR_BYHASHVALUE(hh, tape->memo, &entry->place, sizeof *place, place_hash(place), entry);
  return hash_failed ? NULL : entry;
}

static wg_memo_place place_of(wg_memo_key key) {
  return (wg_memo_place){key.root, key.seed, key.node->id / WG_MEMO_NEIGHBORS};
}

wg_node *wg_memo_find(const wg_tape *tape, wg_memo_key key) {
  const wg_memo_place place = place_of(key);
  const wg_memo_entry *entry = entry_find(tape, &place);
  return entry ? entry->adjoint[key.node->id % WG_MEMO_NEIGHBORS] : NULL;
}

bool wg_memo_keep(wg_tape *tape, wg_memo_key key, wg_node *adjoint) {
  const wg_memo_place place = place_of(key);
  wg_memo_entry *entry = entry_find(tape, &place);
  if (!entry) entry = entry_new(tape, &place);
  if (entry) entry->adjoint[key.node->id % WG_MEMO_NEIGHBORS] = adjoint;
  return entry != NULL;
}
