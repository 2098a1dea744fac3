/* grad.c: the reverse sweep. */
#include "region.h"

typedef struct sweep {
  wg_tape *tape;
  wg_node *root, *seed;
  wg_region region;
  wg_node **sum; /* sum[id − low]: what the adjoint of that node has received so far */
  const wg_sweep_options *options;
  wg_sweep_counts counts;
} sweep;

static void tell(sweep *s, wg_event event) {
  if (s->options->event) s->options->event(s->options->context, &event);
}

/* The adjoint of a node: from the memo, or else, its contributions being all in, kept there from now on. */
static wg_node *adjoint_of(sweep *s, wg_node *node) {
  wg_memo_key key = {s->root, s->seed, node};
  wg_node *adjoint = wg_memo_find(s->tape, key);
  s->counts.lookups++;
  if (adjoint) {
    s->counts.hits++;
    tell(s, (wg_event){.kind = WG_EVENT_HIT, .node = node, .adjoint = adjoint});
    return adjoint;
  }
  tell(s, (wg_event){.kind = WG_EVENT_MISS, .node = node});
  adjoint = s->sum[node->id - s->region.low];
  if (!wg_memo_keep(s->tape, key, adjoint)) {
    wg_tape_fail_memory(s->tape);
    return NULL;
  }
  s->counts.visited++;
  tell(s, (wg_event){.kind = WG_EVENT_DONE, .node = node, .adjoint = adjoint});
  return adjoint;
}

/* Adds what y sends along its i-th input to the adjoint of that input. */
static bool contribute(sweep *s, wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], **sum = &s->sum[x->id - s->region.low];
  wg_node *contribution = y->op->vjp(y, dy, i);
  s->counts.rules++;
  tell(s, (wg_event){.kind = WG_EVENT_RULE, .input = i, .node = x, .consumer = y, .contribution = contribution});
  if (wg_node_inert(contribution)) {
    wg_tape_fail(s->tape, WG_ERROR_ARGUMENT, "%s: its backward rule gives nothing for input %d", y->op->name, i);
    return false;
  }
  if (!wg_nodes_usable(s->tape, y->op->name, 1, &contribution)) return false;
  if (!wg_shape_equal(contribution->shape, x->shape) || contribution->dtype != x->dtype) {
    char sent[WG_NODE_TEXT_SIZE], wanted[WG_NODE_TEXT_SIZE];
    wg_tape_fail(s->tape, WG_ERROR_SHAPE, "%s: its backward rule sends %s to %s", y->op->name,
                 wg_node_text(contribution, sent), wg_node_text(x, wanted));
    return false;
  }
  if (!*sum) {
    *sum = contribution;
    return true;
  }
  *sum = wg_accumulate(*sum, contribution);
  s->counts.sums++;
  tell(s, (wg_event){.kind = WG_EVENT_SUM, .node = x, .contribution = contribution, .adjoint = *sum});
  return !wg_node_inert(*sum);
}

/* The chain rule over the region, from the root down. An adjoint that an earlier sweep has formed is complete: it
 * takes no contributions any more, and only passes on what other nodes still lack. */
static bool sweep_run(sweep *s) {
  bool again = wg_memo_find(s->tape, (wg_memo_key){s->root, s->seed, s->root}) != NULL;
  s->sum[s->root->id - s->region.low] = s->seed;
  tell(s, (wg_event){.kind = WG_EVENT_SEED, .node = s->root, .adjoint = s->seed});
  for (size_t id = s->region.high + 1; id-- > s->region.low;) {
    wg_node *y = wg_tape_node(s->tape, id);
    for (int i = 0; wg_region_has(&s->region, y) && i < y->input_count; i++) {
      if (!wg_region_edge(&s->region, y, i)) continue;
      if (again && wg_memo_find(s->tape, (wg_memo_key){s->root, s->seed, y->inputs[i]})) continue;
      wg_node *dy = adjoint_of(s, y);
      if (!dy || !contribute(s, y, dy, i)) return false;
    }
  }
  return true;
}

static bool sweep_grad(sweep *s, size_t count, wg_node *const *wrt, wg_node **grad) {
  size_t length = s->region.high + 1 - s->region.low;
  s->sum = wg_allocate_zeroed(&s->tape->allocator, length, sizeof(wg_node *));
  if (!s->sum) wg_tape_fail_memory(s->tape);
  bool swept = s->sum && (!length || sweep_run(s));
  for (size_t k = 0; swept && k < count; k++) {
    grad[k] =
        wg_region_has(&s->region, wrt[k]) ? adjoint_of(s, wrt[k]) : wg_fill(s->tape, wrt[k]->dtype, *wrt[k]->shape, 0);
    swept = !wg_node_inert(grad[k]);
  }
  wg_release(&s->tape->allocator, s->sum);
  return swept;
}

/* For a caller who asked to hear of it: the first wanted node that the root does not depend on. */
static bool all_reached(const sweep *s, size_t count, wg_node *const *wrt) {
  char root[WG_NODE_TEXT_SIZE], wanted[WG_NODE_TEXT_SIZE];
  for (size_t k = 0; s->options->must_reach && k < count; k++) {
    if (wg_region_has(&s->region, wrt[k])) continue;
    wg_tape_fail(s->tape, WG_ERROR_ARGUMENT, "gradient of %s by %s: the one does not depend on the other",
                 wg_node_text(s->root, root), wg_node_text(wrt[k], wanted));
    return false;
  }
  return true;
}

wg_status wg_sweep(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad, const wg_sweep_options *options,
                   wg_sweep_counts *counts) {
  wg_tape *tape = wg_node_tape(root);
  sweep s = {.tape = tape, .root = root, .options = options ? options : &(wg_sweep_options){0}};
  if (count && !grad) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "gradient: the array for %zu results is NULL", count);
    return WG_ERROR_ARGUMENT;
  }
  for (size_t k = 0; k < count; k++) grad[k] = wg_tape_inert(tape);
  s.seed = wg_sweep_seed(root, s.options->seed, count, wrt);
  bool swept = false;
  if (s.seed && !wg_region_find(&s.region, root, count, wrt))
    wg_tape_fail_memory(tape);
  else if (s.seed && !all_reached(&s, count, wrt))
    swept = false;
  else if (s.seed && s.options->without_memo)
    swept = wg_sweep_unmemoized(&s.region, root, s.seed, count, wrt, grad, s.options, &s.counts);
  else if (s.seed)
    swept = sweep_grad(&s, count, wrt, grad);
  wg_region_free(&s.region, tape);
  if (counts) *counts = s.counts;
  if (swept) return WG_OK;
  for (size_t k = 0; k < count; k++) grad[k] = wg_tape_inert(tape);
  return wg_tape_status(tape) != WG_OK ? wg_tape_status(tape) : WG_ERROR_ARGUMENT;
}

wg_status wg_grad(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad) {
  return wg_sweep(root, count, wrt, grad, NULL, NULL);
}

wg_status wg_vjp(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt, wg_node **grad) {
  if (!seed) seed = wg_tape_inert(wg_node_tape(root));
  return wg_sweep(root, count, wrt, grad, &(wg_sweep_options){.seed = seed}, NULL);
}

wg_node *wg_adjoint(wg_node *root, wg_node *node) {
  if (wg_node_inert(root) || wg_node_inert(node) || !root->tape->memo) return NULL;
  wg_node *seed = wg_fill(root->tape, root->dtype, *root->shape, 1);
  return wg_memo_find(root->tape, (wg_memo_key){root, seed, node});
}

const char *wg_event_text(wg_event_kind kind) {
  switch (kind) {
  case WG_EVENT_SEED:
    return "seed";
  case WG_EVENT_HIT:
    return "hit";
  case WG_EVENT_MISS:
    return "miss";
  case WG_EVENT_RULE:
    return "rule";
  case WG_EVENT_SUM:
    return "sum";
  case WG_EVENT_DONE:
    return "done";
  }
  return "unknown";
}
