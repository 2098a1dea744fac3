/* wengert study checkpoint: memory against recomputation, executed. */
#include "../../engine/memory.h"
#include "../draw_internal.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { SLOTS_MAX = 64, ROWS_MAX = SLOTS_MAX + 4, LENGTH_MAX = 20000, POLICIES = 4 };
static const char *const policy_names[POLICIES] = {"keep all", "√n", "halving", "binomial"};
static const char *const policy_keys[POLICIES] = {"all", "sqrt", "recursive", "binomial"};

typedef struct checkpoint_run {
  wg_checkpointing policy;
  size_t slots; /* asked for; 0 if the budget chose them */
  wg_checkpoint_row row;
} checkpoint_run;

/* What is computed: a chain, or a net with values for its leaves. */
typedef struct subject {
  wg_study_graph chain;
  double *x;
  wg_binding chain_binding;
  wg_net *net;
  net_point point;
  wg_checkpoint_study study;
  int64_t length, width;
} subject;

typedef struct checkpoint_choice {
  net_choice net;
  const char *slots, *svg;
  int64_t length, width, budget, seed;
  bool json;
  size_t slot_count;
  int64_t slot_list[SLOTS_MAX];
} checkpoint_choice;

/* ---- What is computed ---- */

static int chain_make(const terminal *t, const checkpoint_choice *choice, subject *s) {
  wg_error error = {0};
  wg_status status = WG_OK; /* refused before anything is computed */
  if ((double)choice->length * (double)choice->width * sizeof(double) > STUDY_BYTES_MAX) return too_large(t);
  for (size_t i = 0; i < choice->slot_count && status == WG_OK; i++)
    status =
        wg_checkpoint_affordable(WG_CHECKPOINT_BINOMIAL, (size_t)choice->length, (size_t)choice->slot_list[i], &error);
  if (status == WG_OK)
    status = wg_study_chain_new(&s->chain, choice->length, choice->width, &wg_allocator_default, &error);
  if (status == WG_OK) {
    s->x = wg_allocate(&wg_allocator_default, (size_t)choice->width, sizeof *s->x);
    if (!s->x) return failure(t, WG_ERROR_MEMORY, NULL);
    for (int64_t i = 0; i < choice->width; i++) s->x[i] = sin((double)i + 1);
    s->chain_binding = (wg_binding){s->chain.wanted[0], s->x};
    status = wg_checkpoint_study_new(&s->study, s->chain.root, 1, s->chain.wanted, 1, &s->chain_binding, NULL, &error);
  }
  return status == WG_OK ? EXIT_GOOD : study_failure(t, status, &error);
}

static int net_make(const terminal *t, checkpoint_choice *choice, subject *s) {
  wg_net_spec spec;
  wg_error error = {0};
  int code = net_choose(t, &choice->net, &spec);
  if (code == EXIT_GOOD) code = net_record_small(t, &spec, &s->net);
  if (code != EXIT_GOOD) return code;
  wg_status status = net_point_new(&s->point, s->net, NULL, (uint64_t)choice->seed);
  if (status != WG_OK) return failure(t, status, NULL);
  status = wg_checkpoint_study_new(&s->study, s->net->J, s->net->param_count, s->net->params, s->point.count,
                                   s->point.bindings, NULL, &error);
  return status == WG_OK ? EXIT_GOOD : study_failure(t, status, &error);
}

static void subject_free(subject *s) {
  wg_checkpoint_study_free(&s->study);
  wg_study_graph_free(&s->chain);
  net_point_free(&s->point);
  wg_net_free(s->net);
  free(s->x);
}

/* ---- Output ---- */

static void run_print(text_table *lines, const checkpoint_run *run) {
  char text[WG_DIGITS_SIZE];
  const wg_checkpoint_row *row = &run->row;
  bool by_budget = run->policy == WG_CHECKPOINT_BINOMIAL && !run->slots;
  text_table_add(lines, STYLE_STRONG, "%s", by_budget ? "budget" : policy_names[run->policy]);
  if (run->policy == WG_CHECKPOINT_BINOMIAL)
    text_table_add(lines, STYLE_PLAIN, "%zu", row->counts.slots);
  else
    text_table_add(lines, STYLE_PLAIN, "–");
  text_table_add(lines, STYLE_PLAIN, "%zu", row->counts.advances);
  text_table_add(lines, STYLE_PLAIN, "%" PRIu64, row->advances);
  text_table_add(lines, STYLE_PLAIN, "%zu", row->counts.recomputed);
  text_table_add(lines, STYLE_PLAIN, "%" PRIu64, row->values);
  text_table_add(lines, STYLE_PLAIN, "%s", bytes_text(row->alive, text));
  text_table_add(lines, STYLE_PLAIN, "%s", bytes_text(row->bytes, text));
  text_table_add(lines, STYLE_QUIET, "%s", wg_draw_seconds(text, row->seconds));
}

static int runs_print(const terminal *t, const subject *s, size_t count, const checkpoint_run *runs) {
  if (s->net)
    net_line(t, &s->net->spec);
  else
    fprintf(t->out, "A chain of %" PRId64 " stages, v ← tanh(v), of %" PRId64 " numbers each\n", s->length, s->width);
  terminal_paragraph(
      t, 0,
      "%zu stages. Advances, stages computed only to get to a later one, stand beside those of theory; "
      "then steps computed again, and the values that theory keeps of a chain. Predicted are the bytes of "
      "the values alive at once, the least that any plan takes; the peak is what this one takes. All "
      "gradients have the same bits.",
      runs[0].row.counts.stages);
  fputc('\n', t->out);
  text_table lines = text_table_new("lrrrrrrrr");
  text_table_titles(&lines, "policy|slots|advances|theory|again|values|predicted|peak|time");
  for (size_t i = 0; i < count; i++) run_print(&lines, &runs[i]);
  return table_finish(t, &lines);
}

static int runs_json(const terminal *t, const subject *s, size_t count, const checkpoint_run *runs) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  if (s->net) {
    net_json(&j, &s->net->spec, wg_net_param_elements(s->net));
  } else {
    json_integer(&j, "length", s->length);
    json_integer(&j, "width", s->width);
  }
  json_array(&j, "runs");
  for (size_t i = 0; i < count; i++) {
    const wg_checkpoint_row *row = &runs[i].row;
    json_object_flat(&j, NULL);
    json_text(&j, "policy", policy_keys[runs[i].policy]);
    if (runs[i].policy == WG_CHECKPOINT_BINOMIAL) json_count(&j, "slots", row->counts.slots);
    json_count(&j, "stages", row->counts.stages);
    json_count(&j, "advances", row->counts.advances);
    json_count(&j, "recomputed", row->counts.recomputed);
    json_count(&j, "formula", row->advances);
    json_count(&j, "values_predicted", row->values);
    json_count(&j, "bytes_predicted", row->alive);
    json_count(&j, "bytes", row->bytes);
    json_number(&j, "seconds", row->seconds);
    json_boolean(&j, "same_bits", row->equal);
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
  return EXIT_GOOD;
}

/* The steps of each plan, as a multiple of those that it has to take, against its bytes. */
static int runs_draw(const terminal *t, const subject *s, const char *file, size_t count, const checkpoint_run *runs) {
  double x[POLICIES][ROWS_MAX], y[POLICIES][ROWS_MAX];
  char texts[ROWS_MAX][16];
  const char *notes[POLICIES][ROWS_MAX];
  wg_series series[POLICIES];
  double steps = (double)wg_plan_step_count(s->study.plain);
  for (int p = 0; p < POLICIES; p++) series[p] = (wg_series){policy_names[p], 0, x[p], y[p], notes[p]};
  for (size_t i = 0; i < count; i++) {
    wg_checkpointing p = runs[i].policy;
    double bytes = log10((double)runs[i].row.bytes / 1000);
    size_t at = series[p].count++;
    for (; at > 0 && x[p][at - 1] > bytes; at--) { /* the budget's stands among the others */
      x[p][at] = x[p][at - 1];
      y[p][at] = y[p][at - 1];
      notes[p][at] = notes[p][at - 1];
    }
    x[p][at] = bytes;
    y[p][at] = log10((steps + (double)runs[i].row.counts.recomputed) / steps);
    notes[p][at] = texts[i];
    snprintf(texts[i], sizeof texts[i], "%.0zu", p == WG_CHECKPOINT_BINOMIAL ? runs[i].row.counts.slots : 0);
  }
  series[WG_CHECKPOINT_BINOMIAL].name = "binomial, its slots";
  const wg_series_labels labels = {
      .title = "Memory against recomputation",
      .description = "Steps computed, as a multiple of those that keeping everything takes, by the bytes of the plan: "
                     "for keeping everything, √n and recursive checkpoints, and binomial checkpoints with their "
                     "numbers of slots.",
      .x = {.label = "kB of the plan", .powers = true},
      .y = {.label = "steps, × those without checkpoints", .powers = true}};
  return study_draw(t, file, POLICIES, series, &labels);
}

/* ---- The topic ---- */

static int run_one(const terminal *t, const subject *s, checkpoint_run *runs, size_t *count, checkpoint_run next,
                   size_t budget) {
  wg_error error = {0};
  size_t stages = *count ? runs[0].row.counts.stages : 0;
  wg_status status =
      wg_checkpoint_study_run(&s->study, next.policy, next.slots, budget, stages, clock_seconds, &next.row, &error);
  if (status != WG_OK) return study_failure(t, status, &error);
  if (!next.row.equal) {
    terminal_message(t, "%s: the gradients differ from those without checkpoints", policy_names[next.policy]);
    return EXIT_CHECK;
  }
  runs[(*count)++] = next;
  return EXIT_GOOD;
}

static int run_all(const terminal *t, const checkpoint_choice *choice, const subject *s, checkpoint_run *runs,
                   size_t *count) {
  int code = EXIT_GOOD;
  for (int p = WG_CHECKPOINT_ALL; p <= WG_CHECKPOINT_RECURSIVE && code == EXIT_GOOD; p++)
    code = run_one(t, s, runs, count, (checkpoint_run){.policy = (wg_checkpointing)p}, 0);
  for (size_t i = 0; i < choice->slot_count && code == EXIT_GOOD; i++)
    code = run_one(t, s, runs, count,
                   (checkpoint_run){.policy = WG_CHECKPOINT_BINOMIAL, .slots = (size_t)choice->slot_list[i]}, 0);
  if (code == EXIT_GOOD && choice->budget)
    code = run_one(t, s, runs, count, (checkpoint_run){.policy = WG_CHECKPOINT_BINOMIAL}, (size_t)choice->budget);
  return code;
}

static int choice_run(const terminal *t, checkpoint_choice *choice) {
  subject s = {.length = choice->length, .width = choice->width};
  checkpoint_run runs[ROWS_MAX];
  size_t count = 0;
  int code = is_net(&choice->net) ? net_make(t, choice, &s) : chain_make(t, choice, &s);
  if (code == EXIT_GOOD) code = run_all(t, choice, &s, runs, &count);
  if (code == EXIT_GOOD) code = choice->json ? runs_json(t, &s, count, runs) : runs_print(t, &s, count, runs);
  if (code == EXIT_GOOD) code = runs_draw(t, &s, choice->svg, count, runs);
  subject_free(&s);
  return code;
}

int study_checkpoint(terminal *t, int argc, char **argv) {
  checkpoint_choice choice = {.net = {.activation = -1}, .slots = "2,3,5,10", .length = 100, .width = 256, .seed = 1};
  const option options[] = {
      {"length", OPTION_INTEGER, &choice.length, "L", "stages of the chain", 1, LENGTH_MAX},
      {"width", OPTION_INTEGER, &choice.width, "N", "numbers in each value of the chain", 1, 1e6},
      {"slots", OPTION_TEXT, &choice.slots, "1,2,3", "checkpoints that binomial checkpointing holds at once", 0, 0},
      {"budget", OPTION_INTEGER, &choice.budget, "BYTES", "and with as many slots as fit; 0 leaves it out", 0, 1e15},
      {"seed", OPTION_INTEGER, &choice.seed, "N", SEED_HELP, 0, SEED_MAX},
      STUDY_JSON_OPTION(choice.json),
      SVG_OPTION(choice.svg),
      NET_OPTIONS(choice.net),
      SAMPLES_OPTION(choice.net),
  };
  const command_usage usage = {
      .synopsis = "wengert study checkpoint [NET] [options]",
      .about = "Computes the gradient of a chain, or of a net, with plans that compute values again instead of keeping "
               "them: √n checkpoints, halving, and binomial checkpointing (Revolve) for any number of slots.",
      .more = "Revolve takes t(l, s) = r·l − β(s+1, r−1) advances, β(s, r) = C(s+r, s), r the least with β(s, r) ≥ l.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  int code = study_numbers(t, "--slots", choice.slots, SLOTS_MAX, choice.slot_list, &choice.slot_count);
  return code == EXIT_GOOD ? choice_run(t, &choice) : code;
}
