/* explore_sweep.c: what the sweep does, event by event, with its memo and without.
 *
 * An event is written as the numbers
 *     kind, node, consumer, input, contribution, adjoint, and after it: visited, rules, sums, lookups, hits. */
#include "explore_internal.h"

#include "../engine/downward.h"

typedef struct heard {
  wg_event event;
  wg_sweep_counts counts; /* after it */
} heard;

/* The events of one sweep, as they are heard. */
typedef struct listener {
  const wg_allocator *allocator;
  heard *heard;
  size_t count, capacity;
  wg_sweep_counts counts;
  bool failed;
} listener;

static void listen(void *context, const wg_event *event) {
  listener *l = context;
  heard *grown = l->failed ? NULL : wg_grow(l->allocator, l->heard, l->count, &l->capacity, sizeof *grown);
  if (!grown) {
    l->failed = true;
    return;
  }
  l->heard = grown;
  l->counts.lookups += event->kind == WG_EVENT_HIT || event->kind == WG_EVENT_MISS;
  l->counts.hits += event->kind == WG_EVENT_HIT;
  l->counts.rules += event->kind == WG_EVENT_RULE;
  l->counts.sums += event->kind == WG_EVENT_SUM;
  l->counts.visited += event->kind == WG_EVENT_DONE;
  grown[l->count++] = (heard){*event, l->counts};
}

void wg_explore_id(wg_exploration *e, const char *key, const wg_node *node) {
  wg_json_integer(&e->json, key, node ? (int64_t)node->id : WG_EXPLORE_NONE);
}

static void write_counts(wg_exploration *e, const wg_sweep_counts *counts) {
  wg_json_count(&e->json, NULL, counts->visited);
  wg_json_count(&e->json, NULL, counts->rules);
  wg_json_count(&e->json, NULL, counts->sums);
  wg_json_count(&e->json, NULL, counts->lookups);
  wg_json_count(&e->json, NULL, counts->hits);
}

static void write_events(wg_exploration *e, const listener *l) {
  wg_json_open(&e->json, "events", '[');
  for (size_t i = 0; i < l->count; i++) {
    const wg_event *event = &l->heard[i].event;
    wg_json_open(&e->json, NULL, '[');
    wg_json_text(&e->json, NULL, wg_event_text(event->kind));
    wg_explore_id(e, NULL, event->node);
    wg_explore_id(e, NULL, event->consumer);
    wg_json_integer(&e->json, NULL, event->input);
    wg_explore_id(e, NULL, event->contribution);
    wg_explore_id(e, NULL, event->adjoint);
    write_counts(e, &l->heard[i].counts);
    wg_json_close(&e->json, ']');
  }
  wg_json_close(&e->json, ']');
}

/* ---- With memo ---- */

static wg_status write_with_memo(wg_exploration *e) {
  listener l = {.allocator = e->allocator};
  wg_sweep_counts counts;
  const wg_sweep_options options = {.event = listen, .context = &l};
  wg_status status = wg_sweep(e->root, e->count, e->wanted, e->grad, &options, &counts);
  if (status != WG_OK || l.failed) {
    wg_release(e->allocator, l.heard);
    return wg_explore_tape_failure(e);
  }
  wg_json_open(&e->json, "sweep", '{');
  write_events(e, &l);
  wg_json_open(&e->json, "counts", '[');
  write_counts(e, &counts);
  wg_json_close(&e->json, ']');
  wg_json_open(&e->json, "gradients", '[');
  for (size_t k = 0; k < e->count; k++) wg_explore_id(e, NULL, e->grad[k]);
  wg_json_close(&e->json, ']');
  wg_json_close(&e->json, '}');
  wg_release(e->allocator, l.heard);
  return WG_OK;
}

/* ---- Without ---- */

/* A count as its digits, or where there are many as a power of ten: "1.0737e33". */
static void write_natural(wg_exploration *e, const char *key, const wg_natural *number) {
  enum { DIGITS = 21, LEADING = 6 };
  wg_text digits = WG_TEXT_EMPTY(e->allocator), text = WG_TEXT_EMPTY(e->allocator);
  wg_natural_print(number, &digits);
  if (digits.length > DIGITS)
    wg_text_print(&text, "%.1s.%.*se%zu", digits.data, LEADING - 1, digits.data + 1, digits.length - 1);
  wg_json_text(&e->json, key, wg_text_string(text.length ? &text : &digits));
  e->json.text.failed = e->json.text.failed || digits.failed || text.failed;
  wg_text_free(&digits);
  wg_text_free(&text);
}

/* One pass over the graph: its value for each wanted node together, and for every node between root and wanted ones. */
static wg_status write_pass(wg_exploration *e, const char *total_key, const char *each_key,
                            const wg_semiring *semiring) {
  wg_downward *pass = wg_downward_new(e->root, e->count, e->wanted, semiring);
  if (!pass) return wg_explore_tape_failure(e);
  wg_natural total = WG_NATURAL_ZERO(e->allocator);
  bool summed = true;
  for (size_t k = 0; k < e->count; k++) {
    bool again = false; /* a node that is wanted twice is formed once */
    for (size_t i = 0; i < k && !again; i++) again = e->wanted[i] == e->wanted[k];
    if (!again) summed = summed && wg_natural_add(&total, wg_downward_at(pass, e->wanted[k]));
  }
  write_natural(e, total_key, &total);
  wg_json_open(&e->json, each_key, '[');
  for (size_t id = 0; id < e->forward; id++) write_natural(e, NULL, wg_downward_at(pass, wg_tape_node(e->tape, id)));
  wg_json_close(&e->json, ']');
  wg_natural_free(&total);
  wg_downward_free(pass);
  return summed ? WG_OK : wg_error_memory(e->error);
}

/* The first rules of the sweep without memo: all of them, if they are not more than may be. */
static wg_status write_without_memo(wg_exploration *e) {
  enum { RULES_MAX = 4000 };
  listener l = {.allocator = e->allocator};
  size_t most = e->options->expansion_rules_max ? e->options->expansion_rules_max : RULES_MAX;
  const wg_sweep_options options = {.without_memo = true, .rule_budget = most, .event = listen, .context = &l};
  wg_node **grad = wg_allocate(e->allocator, e->count, sizeof *grad);
  if (!grad) return wg_error_memory(e->error);
  wg_status status = wg_sweep(e->root, e->count, e->wanted, grad, &options, NULL);
  wg_release(e->allocator, grad);
  bool whole = status == WG_OK, stopped = status == WG_ERROR_ARGUMENT && l.counts.rules == most;
  if (l.failed || (!whole && !stopped)) {
    wg_release(e->allocator, l.heard);
    return wg_explore_tape_failure(e);
  }
  if (stopped) wg_tape_clear_error(e->tape);
  wg_json_boolean(&e->json, "whole", whole);
  write_events(e, &l);
  wg_release(e->allocator, l.heard);
  return WG_OK;
}

wg_status wg_explore_sweep_write(wg_exploration *e) {
  wg_status status = write_with_memo(e);
  if (status != WG_OK) return status;
  wg_json_open(&e->json, "expansion", '{');
  status = write_pass(e, "rules", "rules_of", &wg_semiring_rules);
  if (status == WG_OK) status = write_pass(e, "paths", "paths_of", &wg_semiring_paths);
  if (status == WG_OK) status = write_without_memo(e);
  wg_json_close(&e->json, '}');
  return status;
}
