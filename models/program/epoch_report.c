#include "program.h"
#include <inttypes.h>
#include <math.h>

enum { LINES = 10 };

epoch_report epoch_report_new(const terminal *t, json *j, int64_t every) {
  return (epoch_report){.terminal = t, .json = j, .every = every, .bar = {.terminal = t, .label = "training"}};
}

/* With a bar ten times as often as a line is due, where that divides. */
int64_t epoch_report_interval(const epoch_report *report) {
  return report->terminal->progress && report->every % 10 == 0 ? report->every / 10 : report->every;
}

int64_t epoch_report_every(int64_t chosen, int64_t epochs) {
  return chosen > 0 ? chosen : epochs > LINES ? epochs / LINES : 1;
}

/* Columns of a loss and an accuracy. */
static void figures_print(FILE *out, double loss, double accuracy) {
  fprintf(out, loss < 1000 ? "  %10.6f  %6.1f %%" : "  %10.4g  %6.1f %%", loss, 100 * accuracy);
}

static void line_print(const terminal *t, const wg_epoch *epoch) {
  if (epoch->epoch == 0)
    fprintf(t->out, "  %8s  %10s  %8s%s\n", "epoch", "loss", "accuracy", epoch->held ? "   held out  accuracy" : "");
  fprintf(t->out, "  %8" PRId64, epoch->epoch);
  figures_print(t->out, epoch->loss, epoch->accuracy);
  if (epoch->held) figures_print(t->out, epoch->held_loss, epoch->held_accuracy);
  fputc('\n', t->out);
  fflush(t->out);
}

static void members_json(json *j, const wg_epoch *epoch) {
  json_object_flat(j, NULL);
  json_integer(j, "epoch", epoch->epoch);
  json_number(j, "loss", epoch->loss);
  json_number(j, "accuracy", epoch->accuracy);
  if (epoch->held) {
    json_number(j, "held_loss", epoch->held_loss);
    json_number(j, "held_accuracy", epoch->held_accuracy);
  }
  json_object_end(j);
}

bool epoch_report_next(void *context, const wg_epoch *epoch) {
  epoch_report *report = context;
  const terminal *t = report->terminal;
  bool due = epoch->epoch % report->every == 0 || epoch->epoch == epoch->epochs;
  if (due && report->json) {
    members_json(report->json, epoch);
  } else if (due) {
    progress_wipe(&report->bar);
    line_print(t, epoch);
  }
  char note[64];
  snprintf(note, sizeof note, "epoch %" PRId64 ", loss %.4f", epoch->epoch, epoch->loss);
  if (epoch->epoch < epoch->epochs)
    progress_show(&report->bar, (double)epoch->epoch / (double)epoch->epochs, note);
  else
    progress_wipe(&report->bar);
  return !ferror(t->out); /* nobody reads any more: stop */
}
