/* plan_cache.c: plans found again by structure.
 *
 * The key is the structure itself, written down as a list of numbers. A cached plan is made for a copy of the graph, on a
 * tape of the cache's own, and then passed on from graph to graph: only its leaves and outputs are those of the last. */
#include "plan_cache.h"

#include "plan_internal.h"

#include <string.h>

typedef struct entry {
  uint64_t *key;
  size_t length; /* of the key, in numbers */
  wg_tape *tape; /* of the plan's own nodes */
  wg_plan *plan;
  size_t asked; /* the number of the call that asked for it last */
  UT_hash_handle hh;
} entry;

struct wg_plan_cache {
  wg_allocator allocator;
  size_t limit, calls, hits;
  entry *entries;   /* uthash table: key → plan */
  wg_plan *refused; /* what the last call could not plan */
  uint64_t *key;    /* of the call being answered */
  size_t length, capacity;
  uint32_t *number; /* of each node that it needs, by id, from 1; 0 for the others */
  size_t number_capacity;
};

wg_plan_cache *wg_plan_cache_new(size_t limit, const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_plan_cache *cache = wg_allocate_zeroed(allocator, 1, sizeof *cache);
  if (!cache) return NULL;
  cache->allocator = *allocator;
  cache->limit = limit;
  return cache;
}

static void entry_free(wg_plan_cache *cache, entry *old) {
  if (!old) return;
  wg_plan_free(old->plan);
  wg_tape_free(old->tape);
  wg_release(&cache->allocator, old->key);
  wg_release(&cache->allocator, old);
}

static void entry_drop(wg_plan_cache *cache, entry *old) {
  const wg_allocator *hash_allocator = &cache->allocator;
  HASH_DEL(cache->entries, old);
  entry_free(cache, old);
}

void wg_plan_cache_free(wg_plan_cache *cache) {
  if (!cache) return;
  while (cache->entries) entry_drop(cache, cache->entries);
  wg_plan_free(cache->refused);
  const wg_allocator allocator = cache->allocator;
  wg_release(&allocator, cache->key);
  wg_release(&allocator, cache->number);
  wg_release(&allocator, cache);
}

size_t wg_plan_cache_count(const wg_plan_cache *cache) { return cache ? HASH_COUNT(cache->entries) : 0; }
size_t wg_plan_cache_hits(const wg_plan_cache *cache) { return cache ? cache->hits : 0; }

/* ---- The structure as a list of numbers ---- */

/* Room for so many numbers more. */
static bool key_room(wg_plan_cache *cache, size_t count) {
  if (cache->capacity - cache->length >= count) return true;
  const size_t capacity = 2 * cache->capacity + count + 64;
  uint64_t *key = wg_allocate(&cache->allocator, capacity, sizeof *key);
  if (!key) return false;
  if (cache->length) memcpy(key, cache->key, cache->length * sizeof *key);
  wg_release(&cache->allocator, cache->key);
  cache->key = key;
  cache->capacity = capacity;
  return true;
}

static bool write_bytes(wg_plan_cache *cache, const void *data, size_t bytes) {
  const size_t count = bytes / sizeof(uint64_t) + 1; /* the last one is not full */
  if (!key_room(cache, 1 + count)) return false;
  uint64_t *to = cache->key + cache->length;
  *to++ = bytes;
  to[count - 1] = 0;
  if (bytes) memcpy(to, data, bytes);
  cache->length += 1 + count;
  return true;
}

static bool write_node(wg_plan_cache *cache, const wg_node *node) {
  const int rank = node->shape->rank, input_count = node->input_count;
  if (!key_room(cache, 2 + (size_t)rank + (size_t)input_count)) return false;
  uint64_t *to = cache->key + cache->length;
  *to++ = (uintptr_t)node->op;
  *to++ = (uint64_t)node->dtype | (uint64_t)rank << 8 | (uint64_t)input_count << 32;
  for (int axis = 0; axis < rank; axis++) *to++ = (uint64_t)node->shape->size[axis];
  for (int i = 0; i < input_count; i++) *to++ = cache->number[node->inputs[i]->id];
  cache->length = (size_t)(to - cache->key);
  bool written = true;
  for (int i = 0; written && node->op->attrs && node->op->attrs[i].kind != WG_ATTR_END; i++)
    written = write_bytes(cache, wg_attr_data(&node->attrs[i]), wg_attr_bytes(&node->attrs[i]));
  return written;
}

/* Marks the nodes that the goal needs. */
static bool needed_mark(wg_plan_cache *cache, const wg_tape *tape, const wg_goal *goal) {
  const size_t count = wg_tape_count(tape);
  if (count >= WG_NOWHERE) return false;
  if (cache->number_capacity < count) {
    wg_release(&cache->allocator, cache->number);
    cache->number = wg_allocate(&cache->allocator, count, sizeof *cache->number);
    cache->number_capacity = cache->number ? count : 0;
  }
  if (!cache->number) return false;
  memset(cache->number, 0, count * sizeof *cache->number);
  for (size_t k = 0; k < goal->count; k++) cache->number[goal->outputs[k]->id] = 1;
  for (size_t k = 0; k < goal->update_count; k++)
    cache->number[goal->updates[k].leaf->id] = cache->number[goal->updates[k].value->id] = 1;
  for (size_t id = count; id-- > 0;) {
    const wg_node *node = cache->number[id] ? wg_tape_node(tape, id) : NULL;
    for (int i = 0; node && i < node->input_count; i++) cache->number[node->inputs[i]->id] = 1;
  }
  return true;
}

static bool key_write(wg_plan_cache *cache, const wg_tape *tape, const wg_goal *goal) {
  uint32_t number = 0;
  cache->length = 0;
  bool written = !tape || needed_mark(cache, tape, goal);
  for (size_t id = 0, count = wg_tape_count(tape); written && id < count; id++) {
    if (!cache->number[id]) continue;
    cache->number[id] = ++number;
    written = write_node(cache, wg_tape_node(tape, id));
  }
  if (!written || !key_room(cache, 1 + goal->count + 2 * goal->update_count)) return false;
  uint64_t *to = cache->key + cache->length;
  *to++ = goal->count;
  for (size_t k = 0; k < goal->count; k++) *to++ = cache->number[goal->outputs[k]->id];
  for (size_t k = 0; k < goal->update_count; k++) {
    *to++ = cache->number[goal->updates[k].leaf->id];
    *to++ = cache->number[goal->updates[k].value->id];
  }
  cache->length = (size_t)(to - cache->key);
  return cache->length <= UINT32_MAX / sizeof *to; /* uthash counts bytes in 32 bits */
}

/* ---- A plan for a copy of the graph ---- */

/* Records the needed nodes on a tape of the plan's own; copies[number] is that of node `number`. */
static bool graph_copy(const wg_plan_cache *cache, const wg_tape *from, wg_tape *to, wg_node **copies) {
  for (size_t id = 0, count = wg_tape_count(from); id < count; id++) {
    if (!cache->number[id]) continue;
    const wg_node *node = wg_tape_node(from, id);
    wg_node **inputs = wg_allocate(&cache->allocator, (size_t)node->input_count, sizeof *inputs);
    for (int i = 0; inputs && i < node->input_count; i++) inputs[i] = copies[cache->number[node->inputs[i]->id]];
    const wg_draft draft = {.tape = to,
                            .op = node->op,
                            .inputs = inputs,
                            .attrs = node->attrs,
                            .input_count = node->input_count,
                            .dtype = node->dtype,
                            .shape = *node->shape};
    wg_node *copy = inputs ? wg_tape_record(&draft) : NULL;
    wg_release(&cache->allocator, inputs);
    if (wg_node_inert(copy)) return false;
    copies[cache->number[id]] = wg_name(copy, node->name);
  }
  return wg_tape_status(to) == WG_OK;
}

/* The goal with copies in place of its nodes, in memory that the caller gives back; false without. */
static bool goal_copy(const wg_plan_cache *cache, const wg_goal *goal, wg_node *const *copies, wg_goal *copy,
                      void **memory) {
  const size_t outputs = goal->count * sizeof(wg_node *), updates = goal->update_count * sizeof(wg_leaf_update);
  *memory = wg_allocate(&cache->allocator, outputs + updates, 1);
  if (!*memory) return false;
  wg_node **output = *memory;
  wg_leaf_update *update = (wg_leaf_update *)(void *)(output + goal->count);
  for (size_t k = 0; k < goal->count; k++) output[k] = copies[cache->number[goal->outputs[k]->id]];
  for (size_t k = 0; k < goal->update_count; k++)
    update[k] = (wg_leaf_update){copies[cache->number[goal->updates[k].leaf->id]],
                                 copies[cache->number[goal->updates[k].value->id]]};
  *copy = (wg_goal){goal->count, output, goal->update_count, update};
  return true;
}

/* A plan for the graph whose key has just been written, on a tape of its own; NULL without memory. */
static entry *entry_new(wg_plan_cache *cache, const wg_tape *tape, const wg_goal *goal) {
  const wg_allocator *allocator = &cache->allocator;
  entry *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  wg_node **copies = wg_allocate(allocator, wg_tape_count(tape) + 1, sizeof *copies);
  if (made) {
    made->length = cache->length;
    made->key = wg_allocate(allocator, made->length, sizeof *made->key);
    made->tape = wg_tape_new_with(allocator);
  }
  bool whole = made && copies && made->key && made->tape;
  wg_goal copy;
  void *memory = NULL;
  if (whole && graph_copy(cache, tape, made->tape, copies) && goal_copy(cache, goal, copies, &copy, &memory)) {
    memcpy(made->key, cache->key, made->length * sizeof *made->key);
    made->plan = wg_plan_make(&copy, NULL, &wg_plan_tuned);
  }
  wg_release(allocator, memory);
  wg_release(allocator, copies);
  if (made && made->plan) return made;
  entry_free(cache, made);
  return NULL;
}

/* Makes the plan one of this graph: leaves stand in it in the order of the tape. */
static void plan_pass_on(const wg_plan_cache *cache, wg_plan *plan, wg_tape *tape, const wg_goal *goal) {
  size_t leaf = 0;
  plan->tape = tape;
  for (size_t id = 0, count = wg_tape_count(tape); id < count && leaf < plan->leaf_count; id++) {
    if (!cache->number[id] || wg_tape_node(tape, id)->input_count) continue;
    wg_value *value = &plan->values[leaf++];
    value->node = wg_tape_node(tape, id);
    if (value->place == WG_PLACE_BOUND) value->data = NULL;
  }
  for (size_t k = 0; k < goal->count; k++) plan->output_nodes[k] = goal->outputs[k];
  plan->resolved = false;
}

/* ---- Asking ---- */

/* The tape that all nodes of the goal are of; NULL if there is none, or if some are of none. */
static wg_tape *tape_of(const wg_goal *goal) {
  wg_tape *tape = NULL;
  if ((goal->count && !goal->outputs) || (goal->update_count && !goal->updates)) return NULL;
  for (size_t k = 0; k < goal->count + 2 * goal->update_count; k++) {
    const size_t update = (k - goal->count) / 2;
    const wg_node *node = k < goal->count              ? goal->outputs[k]
                          : (k - goal->count) % 2 == 0 ? goal->updates[update].leaf
                                                       : goal->updates[update].value;
    if (wg_node_inert(node) || (tape && node->tape != tape)) return NULL;
    tape = node->tape;
  }
  return tape;
}

static void limit_keep(wg_plan_cache *cache) {
  if (!cache->limit || HASH_COUNT(cache->entries) < cache->limit) return;
  entry *oldest = cache->entries;
  for (entry *e = oldest; e; e = e->hh.next)
    if (e->asked < oldest->asked) oldest = e;
  entry_drop(cache, oldest);
}

/* The failure of a plan, as one of the cache's own: that one's tape may go. */
static wg_plan *refuse(wg_plan_cache *cache, wg_plan *failed) {
  wg_plan *plan = failed ? wg_allocate_zeroed(&cache->allocator, 1, sizeof *plan) : NULL;
  if (plan) {
    plan->allocator = &cache->allocator;
    wg_plan_refuse(plan, failed->status, "%s", failed->message);
  }
  wg_plan_free(failed);
  return cache->refused = plan;
}

/* Keeps a plan that was made; false without memory. */
static bool entry_keep(wg_plan_cache *cache, entry *made, uint32_t hash) {
  const wg_allocator *hash_allocator = &cache->allocator;
  bool hash_failed = false;
  limit_keep(cache);
  HASH_ADD_KEYPTR_BYHASHVALUE(hh, cache->entries, made->key, made->length * sizeof *made->key, hash, made);
  if (hash_failed) entry_free(cache, made);
  return !hash_failed;
}

/* The entry for the graph whose key has been written, found or made; NULL without memory. */
static entry *entry_for(wg_plan_cache *cache, const wg_tape *tape, const wg_goal *goal) {
  const size_t bytes = cache->length * sizeof *cache->key;
  const uint32_t hash = (uint32_t)(wg_hash_bytes(0, cache->key, bytes) >> 32);
  entry *found;
  HASH_FIND_BYHASHVALUE(hh, cache->entries, cache->key, bytes, hash, found);
  cache->hits += found != NULL;
  if (found) return found;
  entry *made = entry_new(cache, tape, goal);
  if (!made || wg_plan_status(made->plan) == WG_OK) return made && entry_keep(cache, made, hash) ? made : NULL;
  wg_plan *failed = made->plan;
  made->plan = NULL;
  refuse(cache, failed);
  entry_free(cache, made);
  return NULL;
}

wg_plan *wg_plan_cache_get(wg_plan_cache *cache, size_t count, wg_node *const *outputs, size_t update_count,
                           const wg_leaf_update *updates) {
  if (!cache) return NULL;
  const wg_goal goal = {count, outputs, update_count, updates};
  wg_tape *tape = tape_of(&goal);
  wg_plan_free(cache->refused);
  cache->refused = NULL;
  cache->calls++;
  if (!tape && count + update_count) return refuse(cache, wg_plan_make(&goal, NULL, &wg_plan_tuned));
  entry *found = key_write(cache, tape, &goal) ? entry_for(cache, tape, &goal) : NULL;
  if (!found) return cache->refused;
  found->asked = cache->calls;
  plan_pass_on(cache, found->plan, tape, &goal);
  return found->plan;
}
