/* memo.c: the memo of the chain rule: (root, seed, node) → adjoint, in a uthash table. */
#include "tape_internal.h"

wg_node *wg_memo_find(const wg_tape *tape, wg_memo_key key) {
  wg_memo_entry *entry;
  HASH_FIND(hh, tape->memo, &key, sizeof key, entry);
  return entry ? entry->adjoint : NULL;
}

bool wg_memo_keep(wg_tape *tape, wg_memo_key key, wg_node *adjoint) {
  const wg_allocator *hash_allocator = &tape->allocator;
  bool hash_failed = false;
  wg_memo_entry *entry = wg_arena_take(&tape->arena, hash_allocator, sizeof *entry);
  if (!entry) return false;
  *entry = (wg_memo_entry){.key = key, .adjoint = adjoint};
  HASH_ADD(hh, tape->memo, key, sizeof key, entry);
  return !hash_failed;
}
