/* check_result.c: what came out of a gradient check. */
#include "check_internal.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>

static int compare_worse_first(const void *left, const void *right) {
  const wg_check_entry *a = *(const wg_check_entry *const *)left, *b = *(const wg_check_entry *const *)right;
  if ((a->verdict == WG_FAIL) != (b->verdict == WG_FAIL)) return a->verdict == WG_FAIL ? -1 : 1;
  if (isnan(a->error) != isnan(b->error)) return isnan(a->error) ? -1 : 1;
  if (a->error != b->error && !isnan(a->error)) return a->error > b->error ? -1 : 1;
  return a < b ? -1 : a > b;
}

void wg_check_sort(wg_check *check) {
  for (size_t i = 0; i < check->count; i++) check->worst[i] = &check->entries[i];
  if (check->count) qsort(check->worst, check->count, sizeof *check->worst, compare_worse_first);
}

void wg_check_free(wg_check *check) {
  if (!check) return;
  const wg_allocator allocator = check->allocator;
  wg_release(&allocator, check->entries);
  wg_release(&allocator, check->worst);
  wg_release(&allocator, check);
}

const char *wg_verdict_text(wg_verdict verdict) {
  switch (verdict) {
  case WG_PASS:
    return "PASS";
  case WG_FAIL:
    return "FAIL";
  case WG_KINK:
    return "KINK";
  case WG_UNRESOLVED:
    return "UNRESOLVED";
  }
  return "?";
}

wg_status wg_check_status(const wg_check *check) { return check ? check->status : WG_ERROR_MEMORY; }

const char *wg_check_error(const wg_check *check) { return check ? check->message : "gradient check: out of memory"; }

size_t wg_check_count(const wg_check *check) { return check ? check->count : 0; }

size_t wg_check_count_of(const wg_check *check, wg_verdict verdict) {
  size_t count = 0;
  for (size_t i = 0; i < wg_check_count(check); i++) count += check->entries[i].verdict == verdict;
  return count;
}

wg_verdict wg_check_verdict(const wg_check *check) {
  if (wg_check_status(check) != WG_OK || wg_check_count_of(check, WG_FAIL)) return WG_FAIL;
  if (!check->count || wg_check_count_of(check, WG_PASS)) return WG_PASS;
  return wg_check_count_of(check, WG_KINK) >= wg_check_count_of(check, WG_UNRESOLVED) ? WG_KINK : WG_UNRESOLVED;
}

double wg_check_error_max(const wg_check *check) {
  double max = 0;
  for (size_t i = 0; i < wg_check_count(check); i++) {
    const wg_check_entry *entry = &check->entries[i];
    if (isnan(entry->error)) return NAN;
    if ((entry->verdict == WG_PASS || entry->verdict == WG_FAIL) && entry->error > max) max = entry->error;
  }
  return max;
}

const wg_check_entry *wg_check_worst(const wg_check *check, size_t rank) {
  return rank < wg_check_count(check) ? check->worst[rank] : NULL;
}

const wg_check_entry *wg_check_entry_at(const wg_check *check, size_t i) {
  return i < wg_check_count(check) ? &check->entries[i] : NULL;
}
