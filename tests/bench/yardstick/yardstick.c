/* yardstick.c: how fast wengert is, beside programs that do the same and are written by hand, measured in turn.
 *
 *   yardstick [--json] [--seconds S] [--threads 1,2] [--library FILE] [--turns] [WORKLOAD ...]
 *
 * Both have the same numbers and the same first weights, and must agree on the losses before anything is measured. */
#include "machine.h"
#include "product.h"
#include "workloads.h"
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *key;
  bool (*run)(const settings *s, report *r);
} workloads[] = {
    {"a", spiral_run},
    {"b", neuron_run},
    {"c", c_run},
    {"d", d_run},
    {"e", e_run},
    {"f", images_run},
    {"g", g_run},
    {"h", h_run},
    {"i", scalars_run},
    {"gradient", gradient_run},
    {"memory", memory_run},
    {"batch", batch_run},
    {"functions", functions_run},
    {"products", products_run},
};

enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static const char *const usage =
    "usage: yardstick [--json] [--seconds S] [--threads 1,2] [--library FILE]\n                 [--turns] [WORKLOAD "
    "...]\n"
    "  --seconds S     about how long each workload is measured; 3 if not given\n"
    "  --threads 1,2   how many threads, one after the other; 1,2 if not given\n"
    "  --library FILE  f32 products of what is written by hand by this shared library,\n"
    "                  any BLAS; its own variables say in how many threads\n"
    "  --json          the figures as JSON\n"
    "  --turns         nothing but turns of wengert, for tests/peers/bench_peers.py\n"
    "  --product 512tn with --turns: of one product of matrices\n"
    "  WORKLOAD        a, b, c … i, gradient, memory, batch, functions; all if none is given;\n"
    "                  products: matrices of several sizes\n";

typedef struct choice {
  bool json, chosen[WORKLOADS];
  settings settings;
} choice;

static bool threads_read(settings *s, const char *text) {
  for (s->thread_counts = 0; s->thread_counts < THREAD_COUNTS_MAX; text++) {
    char *end;
    const long count = strtol(text, &end, 10);
    if (end == text || count < 1 || count > WG_THREADS_MAX) return false;
    s->threads[s->thread_counts++] = (int)count;
    text = end;
    if (*text != ',') return !*text;
  }
  return false;
}

static bool workload_read(choice *chosen, const char *key) {
  for (int w = 0; w < WORKLOADS; w++)
    if (!strcmp(workloads[w].key, key)) return chosen->chosen[w] = true;
  return false;
}

static bool choice_read(choice *chosen, int argc, char **argv) {
  bool any = false;
  *chosen = (choice){.settings = {.seconds = 3, .product = "", .thread_counts = 2, .threads = {1, 2}}};
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(word, "--json")) {
      chosen->json = true;
    } else if (!strcmp(word, "--product")) {
      chosen->settings.product = value, i++;
    } else if (!strcmp(word, "--library")) {
      chosen->settings.library = value, i++;
    } else if (!strcmp(word, "--turns")) {
      chosen->settings.turns = true;
    } else if (!strcmp(word, "--seconds")) {
      chosen->settings.seconds = atof(value), i++;
      if (!(chosen->settings.seconds > 0)) return false;
    } else if (!strcmp(word, "--threads")) {
      if (!threads_read(&chosen->settings, value)) return false;
      i++;
    } else if (workload_read(chosen, word)) {
      any = true;
    } else {
      return false;
    }
  }
  for (int w = 0; w < WORKLOADS && !any; w++) chosen->chosen[w] = workloads[w].run != products_run;
  return true;
}

static const char *const how_to_read =
    "\nEach row: a whole step (forward, backward, update), the median over the rounds;\n"
    "the ratio is wengert's time over the other's, the median of pairs measured one\n"
    "after the other: below 1 wengert is faster. Half of the pairs have a ratio\n"
    "within the two numbers after it. The goal is the largest ratio that is wanted.\n";

static void heading(report *r, const settings *s) {
  if (s->turns) return; /* another program reads what comes, see contest.c */
  machine_report(r);
  if (r->as_json)
    json_object(&r->json, "workloads");
  else
    fputs(how_to_read, stdout);
}

int main(int argc, char **argv) {
  choice chosen;
  if (machine_rate_asked(argc, argv)) return 0;
  if (!choice_read(&chosen, argc, argv)) return fputs(usage, stderr), 2;
  settings *s = &chosen.settings;
  if (s->library && !product_use(s->library)) return 2;
  if (!s->turns && !s->library) machine_choose_core(argv);
  setenv("WENGERT_ROOT", SOURCE_ROOT, 0); /* beside which the data of g and h are */
  for (int t = 0; t < s->thread_counts; t++) s->pool[t] = s->threads[t] > 1 ? wg_threads_new(s->threads[t]) : NULL;
  report r = report_begin(chosen.json);
  heading(&r, s);
  bool good = true;
  for (int w = 0; w < WORKLOADS; w++)
    if (chosen.chosen[w]) good = workloads[w].run(s, &r) && good;
  if (chosen.json) json_object_end(&r.json);
  report_end(&r);
  for (int t = 0; t < s->thread_counts; t++) wg_threads_free(s->pool[t]);
  return good ? 0 : 1;
}
