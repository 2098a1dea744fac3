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

bool epoch_report_next(void *context, const wg_epoch *epoch) {
  epoch_report *report = context;
  const terminal *t = report->terminal;
  bool due = epoch->epoch % report->every == 0 || epoch->epoch == epoch->epochs;
  if (due && report->json) {
    json_object_flat(report->json, NULL);
    json_integer(report->json, "epoch", epoch->epoch);
    json_number(report->json, "loss", epoch->loss);
    json_number(report->json, "accuracy", epoch->accuracy);
    json_object_end(report->json);
  } else if (due) {
    progress_wipe(&report->bar);
    if (epoch->epoch == 0) fprintf(t->out, "  %8s  %10s  %8s\n", "epoch", "loss", "accuracy");
    fprintf(t->out, epoch->loss < 1000 ? "  %8" PRId64 "  %10.6f  %6.1f %%\n" : "  %8" PRId64 "  %10.4g  %6.1f %%\n",
            epoch->epoch, epoch->loss, 100 * epoch->accuracy);
    fflush(t->out);
  }
  char note[64];
  snprintf(note, sizeof note, "epoch %" PRId64 ", loss %.4f", epoch->epoch, epoch->loss);
  if (epoch->epoch < epoch->epochs)
    progress_show(&report->bar, (double)epoch->epoch / (double)epoch->epochs, note);
  else
    progress_wipe(&report->bar);
  return !ferror(t->out); /* nobody reads any more: stop */
}
