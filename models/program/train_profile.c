/* train_profile.c: where the time of a training went, for `train --profile`. */
#include "../../engine/memory.h"
#include "../draw_internal.h"
#include "bench.h"
#include "study.h"
#include "training.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 10, PARTS = 7 };

typedef struct part {
  const char *name;
  double seconds;
} part;

/* One operation of the batches, of both plans together. */
typedef struct operation {
  bench_label label;
  wg_phase phase;
  uint64_t runs;
  double seconds;
} operation;

typedef struct training_profile {
  double seconds; /* of the whole training */
  part parts[PARTS];
  size_t count;
  operation *operations; /* the longest first */
} training_profile;

/* ---- Adding up ---- */

static void operation_add(training_profile *profile, const wg_plan *plan, const wg_profile_line *line) {
  operation *added = &profile->operations[profile->count++];
  *added = (operation){.phase = line->phase, .runs = line->time.runs, .seconds = line->time.seconds};
  bench_label_of(plan, line, added->label);
}

static int by_name(const void *a, const void *b) {
  const operation *first = a, *second = b;
  int order = strcmp(first->label, second->label);
  return order ? order : (int)first->phase - (int)second->phase;
}

/* The two plans have mostly the same operations, for another number of samples. */
static void same_operations_join(training_profile *profile) {
  size_t count = 0;
  qsort(profile->operations, profile->count, sizeof *profile->operations, by_name);
  for (size_t k = 0; k < profile->count; k++) {
    operation *last = &profile->operations[count];
    if (count && by_name(last - 1, &profile->operations[k]) == 0) {
      last[-1].runs += profile->operations[k].runs;
      last[-1].seconds += profile->operations[k].seconds;
    } else {
      *last = profile->operations[k];
      count++;
    }
  }
  profile->count = count;
}

static int longest_first(const void *a, const void *b) {
  double first = ((const operation *)a)->seconds, second = ((const operation *)b)->seconds;
  return first > second ? -1 : first < second;
}

/* The operations of both plans; the parts of their time that the phases took. */
static wg_status operations_add(training_profile *profile, const wg_trainer *trainer, double share[WG_PHASE_COUNT],
                                wg_error *error) {
  wg_trainer_batch batch;
  size_t most = 0;
  double total = 0;
  for (size_t i = 0; wg_trainer_batch_at(trainer, i, &batch); i++) most += wg_plan_step_count(batch.plan);
  profile->operations = wg_allocate(&wg_allocator_default, most, sizeof *profile->operations);
  if (!profile->operations) return wg_error_memory(error);
  for (size_t i = 0; wg_trainer_batch_at(trainer, i, &batch); i++) {
    wg_profile lines;
    bench_adjoints_name(batch.net, batch.parts.forward_end);
    wg_status status = wg_profile_new(&lines, batch.plan, &batch.parts, NULL, error);
    for (size_t k = 0; k < lines.count; k++) {
      operation_add(profile, batch.plan, &lines.lines[k]);
      share[lines.lines[k].phase] += lines.lines[k].time.seconds;
      total += lines.lines[k].time.seconds;
    }
    wg_profile_free(&lines);
    if (status != WG_OK) return status;
  }
  for (int phase = 0; phase < WG_PHASE_COUNT; phase++) share[phase] = total > 0 ? share[phase] / total : 0;
  same_operations_join(profile);
  qsort(profile->operations, profile->count, sizeof *profile->operations, longest_first);
  return WG_OK;
}

static wg_status profile_make(training_profile *profile, const train_job *job, wg_error *error) {
  wg_trainer_times times = wg_trainer_times_taken(job->trainer);
  double share[WG_PHASE_COUNT] = {0}, known = 0;
  *profile = (training_profile){.seconds = job->learn_seconds};
  wg_status status = operations_add(profile, job->trainer, share, error);
  const part parts[PARTS] = {{"data", times.data},
                             {"forward", times.gradient * share[WG_PHASE_FORWARD]},
                             {"reverse", times.gradient * share[WG_PHASE_REVERSE]},
                             {"update", times.gradient * share[WG_PHASE_UPDATE] + times.update},
                             {"evaluation", times.judging},
                             {"snapshots", job->snapshot_seconds},
                             {"reports", 0}};
  memcpy(profile->parts, parts, sizeof parts);
  for (int i = 0; i < PARTS - 1; i++) known += parts[i].seconds;
  if (profile->seconds < known) profile->seconds = known;
  profile->parts[PARTS - 1].seconds = profile->seconds - known;
  return status;
}

/* ---- Reports ---- */

static double share_of(const training_profile *profile, double seconds) {
  return profile->seconds > 0 ? seconds / profile->seconds : 0;
}

static int profile_print(const terminal *t, const training_profile *profile, const wg_trainer_times *times) {
  char text[WG_DIGITS_SIZE];
  bench_label label;
  fprintf(t->out, "\nWhere the time went: %s, %" PRIu64 " steps, %" PRIu64 " judgements\n",
          wg_draw_seconds(text, profile->seconds), times->steps, times->judgements);
  text_table parts = text_table_new("lrr");
  for (int i = 0; i < PARTS; i++) {
    text_table_add(&parts, STYLE_STRONG, "%s", profile->parts[i].name);
    text_table_add(&parts, STYLE_PLAIN, "%s", wg_draw_seconds(text, profile->parts[i].seconds));
    text_table_add(&parts, STYLE_PLAIN, "%.1f %%", 100 * share_of(profile, profile->parts[i].seconds));
  }
  int code = table_finish(t, &parts);
  if (code != EXIT_GOOD || !profile->count) return code;
  fprintf(t->out, "\nThe longest operations of the batches\n");
  text_table lines = text_table_new("llrrrr");
  text_table_titles(&lines, "operation|phase|runs|time|each|share");
  for (size_t k = 0; k < profile->count && k < TOP; k++) {
    const operation *o = &profile->operations[k];
    bench_label_cut(o->label, 34, label);
    text_table_add(&lines, STYLE_STRONG, "%s", label);
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_phase_text(o->phase));
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, o->runs);
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_draw_seconds(text, o->seconds));
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_draw_seconds(text, o->runs ? o->seconds / (double)o->runs : 0));
    text_table_add(&lines, STYLE_PLAIN, "%.1f %%", 100 * share_of(profile, o->seconds));
  }
  return table_finish(t, &lines);
}

static void profile_json(json *j, const training_profile *profile, const wg_trainer_times *times) {
  json_object(j, "profile");
  json_number(j, "seconds", profile->seconds);
  json_count(j, "steps", times->steps);
  json_count(j, "batches", times->batches);
  json_count(j, "judgements", times->judgements);
  json_object(j, "parts");
  for (int i = 0; i < PARTS; i++) json_number(j, profile->parts[i].name, profile->parts[i].seconds);
  json_object_end(j);
  json_array(j, "operations");
  for (size_t k = 0; k < profile->count; k++) {
    const operation *o = &profile->operations[k];
    json_object_flat(j, NULL);
    json_text(j, "label", o->label);
    json_text(j, "phase", wg_phase_text(o->phase));
    json_count(j, "runs", o->runs);
    json_number(j, "seconds", o->seconds);
    json_number(j, "share", share_of(profile, o->seconds));
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

int train_profile_report(const train_job *job, json *j) {
  training_profile profile;
  wg_error error = {0};
  wg_trainer_times times = wg_trainer_times_taken(job->trainer);
  wg_status status = profile_make(&profile, job, &error);
  int code = status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
  if (code == EXIT_GOOD && j)
    profile_json(j, &profile, &times);
  else if (code == EXIT_GOOD)
    code = profile_print(job->terminal, &profile, &times);
  free(profile.operations);
  return code;
}
