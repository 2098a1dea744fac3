#include "downward.h"
#include "region.h"

struct wg_downward {
  const wg_tape *tape;
  const wg_semiring *semiring;
  wg_region region;
  unsigned char *values; /* zero, then those of region.low … region.high */
  size_t made;
};

static unsigned char *value_at(const wg_downward *pass, size_t id) {
  return pass->values + (id - pass->region.low + 1) * pass->semiring->size;
}

/* The latest consumers first: what a value is made of is finished before it is read. */
static bool walk(wg_downward *pass, const wg_node *root) {
  const wg_region *region = &pass->region;
  if (!wg_region_has(region, root)) return true;
  if (!pass->semiring->one(value_at(pass, root->id))) return false;
  for (size_t id = region->high + 1; id-- > region->low;) {
    const wg_node *consumer = wg_tape_node(pass->tape, id);
    for (int i = 0; wg_region_has(region, consumer) && i < consumer->input_count; i++)
      if (wg_region_edge(region, consumer, i) &&
          !pass->semiring->extend(value_at(pass, consumer->inputs[i]->id), value_at(pass, id),
                                  &(wg_edge){consumer, i, consumer == root}))
        return false;
  }
  return true;
}

static bool pass_make(wg_downward *pass, wg_node *root, size_t count, wg_node *const *wanted) {
  const wg_allocator *allocator = wg_tape_allocator(pass->tape);
  if (!wg_region_find(&pass->region, root, count, wanted)) return false;
  size_t length = pass->region.high + 2 - pass->region.low;
  pass->values = wg_allocate(allocator, length, pass->semiring->size);
  if (!pass->values) return false;
  for (; pass->made < length; pass->made++)
    pass->semiring->zero(pass->values + pass->made * pass->semiring->size, allocator);
  return walk(pass, root);
}

wg_downward *wg_downward_new(wg_node *root, size_t count, wg_node *const *wanted, const wg_semiring *semiring) {
  wg_tape *tape = wg_node_tape(root);
  if (!wg_nodes_usable(tape, "paths from the root", 1, &root) || !wg_nodes_usable(tape, "paths to", count, wanted))
    return NULL;
  wg_downward *pass = wg_allocate_zeroed(wg_tape_allocator(tape), 1, sizeof *pass);
  if (pass) {
    pass->tape = tape;
    pass->semiring = semiring;
    if (pass_make(pass, root, count, wanted)) return pass;
  }
  wg_downward_free(pass);
  wg_tape_fail_memory(tape);
  return NULL;
}

void wg_downward_free(wg_downward *pass) {
  if (!pass) return;
  const wg_allocator *allocator = wg_tape_allocator(pass->tape);
  for (size_t i = 0; i < pass->made && pass->semiring->release; i++)
    pass->semiring->release(pass->values + i * pass->semiring->size);
  wg_release(allocator, pass->values);
  wg_region_free(&pass->region, pass->tape);
  wg_release(allocator, pass);
}

const void *wg_downward_at(const wg_downward *pass, const wg_node *node) {
  return wg_region_has(&pass->region, node) ? value_at(pass, node->id) : pass->values;
}

/* ---- Semirings ---- */

static void natural_zero(void *value, const wg_allocator *allocator) {
  *(wg_natural *)value = WG_NATURAL_ZERO(allocator);
}
static void natural_release(void *value) { wg_natural_free(value); }
static bool paths_one(void *value) { return wg_natural_add_count(value, 1); }
static bool paths_extend(void *value, const void *from, const wg_edge *edge) {
  (void)edge;
  return wg_natural_add(value, from);
}
const wg_semiring wg_semiring_paths = {sizeof(wg_natural), natural_zero, paths_one, paths_extend, natural_release};

static bool rules_one(void *value) {
  (void)value;
  return true;
}
static bool rules_extend(void *value, const void *from, const wg_edge *edge) {
  (void)edge;
  return wg_natural_add(value, from) && wg_natural_add_count(value, 1);
}
const wg_semiring wg_semiring_rules = {sizeof(wg_natural), natural_zero, rules_one, rules_extend, natural_release};

static void longest_zero(void *value, const wg_allocator *allocator) {
  (void)allocator;
  *(int64_t *)value = -1;
}
static bool longest_one(void *value) {
  *(int64_t *)value = 0;
  return true;
}
static bool longest_extend(void *value, const void *from, const wg_edge *edge) {
  (void)edge;
  int64_t length = *(const int64_t *)from, *longest = value;
  if (length >= 0 && length + 1 > *longest) *longest = length + 1;
  return true;
}
const wg_semiring wg_semiring_longest = {sizeof(int64_t), longest_zero, longest_one, longest_extend, NULL};

static void reaches_zero(void *value, const wg_allocator *allocator) {
  (void)allocator;
  *(bool *)value = false;
}
static bool reaches_one(void *value) {
  *(bool *)value = true;
  return true;
}
static bool reaches_extend(void *value, const void *from, const wg_edge *edge) {
  (void)edge;
  *(bool *)value = *(bool *)value || *(const bool *)from;
  return true;
}
const wg_semiring wg_semiring_reaches = {sizeof(bool), reaches_zero, reaches_one, reaches_extend, NULL};

static void expansion_zero(void *value, const wg_allocator *allocator) {
  wg_natural zero = WG_NATURAL_ZERO(allocator);
  *(wg_expansion *)value = (wg_expansion){zero, zero, zero};
}
static void expansion_release(void *value) {
  wg_expansion *expansion = value;
  wg_natural_free(&expansion->paths);
  wg_natural_free(&expansion->factors);
  wg_natural_free(&expansion->products);
}
static bool expansion_one(void *value) { return wg_natural_add_count(&((wg_expansion *)value)->paths, 1); }
/* A path's first factor takes no product. */
static bool expansion_extend(void *value, const void *from, const wg_edge *edge) {
  wg_expansion *to = value;
  const wg_expansion *above = from;
  return wg_natural_add(&to->paths, &above->paths) && wg_natural_add(&to->factors, &above->factors) &&
         wg_natural_add(&to->factors, &above->paths) && wg_natural_add(&to->products, &above->products) &&
         (edge->first || wg_natural_add(&to->products, &above->paths));
}
const wg_semiring wg_semiring_expansion = {sizeof(wg_expansion), expansion_zero, expansion_one, expansion_extend,
                                           expansion_release};
