/* doctor_duplicates.c: samples that are there more than once: with another label, or among those held out. */
#include "doctor_internal.h"

#include <stdlib.h>
#include <string.h>

/* A row of one of the two tables, and a hash of its features. */
typedef struct entry {
  uint64_t hash;
  const wg_table *table;
  int64_t row;
} entry;

/* FNV-1a over the bits of the features as f64 (Fowler, Noll, Vo), 0 and −0 alike. Equal hashes are looked at closely. */
static uint64_t row_hash(const wg_table *table, int64_t row) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (int64_t c = 0; c < table->columns; c++) {
    double value = wg_table_feature(table, row, c) + 0.0;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * UINT64_C(0x100000001b3);
    hash ^= hash >> 29; /* the multiplication alone never lets high bits reach low ones */
  }
  return hash;
}

static bool rows_equal(const entry *a, const entry *b) {
  for (int64_t c = 0; c < a->table->columns; c++)
    if (wg_table_feature(a->table, a->row, c) != wg_table_feature(b->table, b->row, c)) return false;
  return true;
}

static int by_hash(const void *x, const void *y) {
  const entry *a = x, *b = y;
  if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
  return (a->row > b->row) - (a->row < b->row);
}

typedef struct duplicates {
  int64_t repeated;         /* training samples that are as an earlier one */
  int64_t contradicting;    /* … whose class is not that of the first such */
  int64_t contradictory[2]; /* a pair of such */
  int64_t leaked, leak;     /* held-out samples that are among the training samples; the first of them */
} duplicates;

static void count_pair(const entry *first, const entry *again, bool held, duplicates *found) {
  if (held) {
    if (found->leaked++ == 0 || again->row < found->leak) found->leak = again->row;
    return;
  }
  found->repeated++;
  if (first->table->labels[first->row] == again->table->labels[again->row]) return;
  if (found->contradicting++ > 0) return;
  found->contradictory[0] = first->row;
  found->contradictory[1] = again->row;
}

/* Entries with one hash: one, or equal ones, and different ones very rarely. What was counted loses its table. */
static void count_equal(const wg_doctor *doctor, size_t count, entry *entries, duplicates *found) {
  const wg_table *held = doctor->patient->held_table;
  for (size_t a = 0; a < count; a++) {
    if (!entries[a].table || entries[a].table == held) continue;
    for (size_t b = 0; b < count; b++) {
      if (b == a || !entries[b].table || !rows_equal(&entries[a], &entries[b])) continue;
      count_pair(&entries[a], &entries[b], entries[b].table == held, found);
      entries[b].table = NULL;
    }
    entries[a].table = NULL;
  }
}

static void judge(wg_doctor *doctor, const duplicates *found) {
  const wg_table *table = doctor->patient->training_table, *held = doctor->patient->held_table;
  double contradicting = (double)found->contradicting / (double)table->rows;
  if (found->contradicting)
    wg_doctor_add(doctor, WG_SYMPTOM_SAMPLES_CONTRADICT, contradicting > 0.01 ? WG_SEVERITY_PROBLEM : WG_SEVERITY_NOTE,
                  WG_VARIANT_ONLY,
                  "%lld of %lld samples %s equal to another of another class, such as numbers %lld and %lld",
                  (long long)found->contradicting, (long long)table->rows, found->contradicting == 1 ? "is" : "are",
                  (long long)found->contradictory[0] + 1, (long long)found->contradictory[1] + 1);
  else
    wg_doctor_add(doctor, WG_SYMPTOM_SAMPLES_CONTRADICT, WG_SEVERITY_GOOD, WG_VARIANT_ONLY,
                  "no sample is equal to one of another class (to one of the same class: %lld)",
                  (long long)found->repeated);
  if (!held || held->rows == 0) return;
  double leaked = (double)found->leaked / (double)held->rows;
  if (found->leaked)
    wg_doctor_add(
        doctor, WG_SYMPTOM_SAMPLES_LEAKED, found->leaked > 1 && leaked > 0.01 ? WG_SEVERITY_PROBLEM : WG_SEVERITY_NOTE,
        WG_VARIANT_ONLY, "%lld of %lld held-out samples %s among those to learn from, the first is number %lld",
        (long long)found->leaked, (long long)held->rows, found->leaked == 1 ? "is" : "are", (long long)found->leak + 1);
  else
    wg_doctor_add(doctor, WG_SYMPTOM_SAMPLES_LEAKED, WG_SEVERITY_GOOD, WG_VARIANT_ONLY,
                  "none of %lld held-out samples is among those to learn from", (long long)held->rows);
}

wg_status wg_doctor_duplicates(wg_doctor *doctor, wg_error *error) {
  const wg_table *table = doctor->patient->training_table, *held = doctor->patient->held_table;
  size_t rows = (size_t)table->rows, all = rows + (held ? (size_t)held->rows : 0);
  entry *entries = wg_allocate(&doctor->allocator, all, sizeof *entries);
  if (!entries) return wg_error_memory(error);
  for (size_t i = 0; i < all; i++) {
    const wg_table *of = i < rows ? table : held;
    int64_t row = (int64_t)(i < rows ? i : i - rows);
    entries[i] = (entry){row_hash(of, row), of, row};
  }
  qsort(entries, all, sizeof *entries, by_hash);
  duplicates found = {0};
  for (size_t first = 0, end; first < all; first = end) {
    for (end = first + 1; end < all && entries[end].hash == entries[first].hash;) end++;
    count_equal(doctor, end - first, entries + first, &found);
  }
  judge(doctor, &found);
  wg_release(&doctor->allocator, entries);
  return WG_OK;
}
