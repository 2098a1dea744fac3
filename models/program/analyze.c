/* wengert analyze: what a trained net gets right and wrong, by class, by confidence and by sample. */
#include "analysis.h"

static int analysis_show(const analysis *a) {
  const analyze_settings *s = a->settings;
  int code = s->as_json ? analysis_json(a) : analysis_print(a);
  if (code == EXIT_GOOD && s->csv) code = analysis_csv(a, s->csv);
  if (code == EXIT_GOOD && s->svg) code = analysis_svg(a, s->svg);
  if (code == EXIT_GOOD && s->html) code = analysis_html(a, s->html);
  return code;
}

int command_analyze(terminal *t, int argc, char **argv) {
  analyze_settings s = {.data = MODEL_DATA_DEFAULT, .worst = 10, .top = 3, .bins = 10};
  const option options[] = {
      OPTIONS_UNDER("Data:"),
      MODEL_DATA_OPTIONS(s.data),
      OPTIONS_UNDER("What to look at:"),
      {"worst", OPTION_INTEGER, &s.worst, "N", "samples with the largest loss to show", 0, 400},
      {"top", OPTION_INTEGER, &s.top, "K", "count a class that is among the K likeliest", 1, 1e6},
      {"bins", OPTION_INTEGER, &s.bins, "N", "bins of calibration, of equal width", 1, 100},
      {"log", OPTION_TEXT, &s.log, "FILE", "draw learning curves from what train --log wrote", 0, 0},
      OPTIONS_UNDER("Reports:"),
      {"html", OPTION_TEXT, &s.html, "FILE", "one page with all of it, for a browser", 0, 0},
      {"svg", OPTION_TEXT, &s.svg, "NAME",
       "drawings NAME-confusion.svg, -scores, -calibration, -loss, -accuracy, -worst", 0, 0},
      {"csv", OPTION_TEXT, &s.csv, "NAME", "tables NAME-classes.csv, -confusion, -samples", 0, 0},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {
      .synopsis = "wengert analyze MODEL --data FILE [options]\n       wengert analyze MODEL --test FILE [options]",
      .about = "Judges a trained net by samples whose classes are known: which classes it confuses, how right it is "
               "when it is sure, and which samples it gets most wrong.",
      .more = "MODEL is a file that train --save has written, or a snapshot.\n"
              "Example:\n  wengert train E --data iris.csv --hold-out 0.3 --save iris.safetensors\n"
              "  wengert analyze iris.safetensors --data iris.csv --hold-out 0.3",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &s.data.model);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  analysis a = {.terminal = t, .settings = &s};
  int code = analysis_run(&a);
  if (code == EXIT_GOOD) code = analysis_show(&a);
  analysis_free(&a);
  return code;
}
