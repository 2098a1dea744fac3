/* wengert doctor: looks at a net and its data before they are trained, and says what is wrong and what helps. */
#include "data_choice.h"
#include "learn_choice.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct doctor_settings {
  net_choice net;
  data_choice data;
  learn_choice learn;
  int64_t seed, trial;
  int dtype, init;
  bool as_json;
} doctor_settings;

typedef struct doctor_job {
  const terminal *terminal;
  const doctor_settings *settings;
  wg_patient patient;
  data_parts parts;
  wg_doctor *doctor;
} doctor_job;

/* ---- Text ---- */

static text_style severity_style(wg_severity severity) {
  return severity == WG_SEVERITY_PROBLEM ? STYLE_BAD : severity == WG_SEVERITY_NOTE ? STYLE_DOUBT : STYLE_GOOD;
}

/* "  problem  first-loss          the loss …", and below it what that means and what helps. */
static void finding_print(const terminal *t, const wg_finding *finding) {
  enum { COLUMN = 31 };
  fprintf(t->out, "  %s%-7s%s  %-18s  ", terminal_style(t, severity_style(finding->severity)),
          wg_severity_text(finding->severity), terminal_style(t, STYLE_PLAIN), wg_symptom_text(finding->symptom));
  text_wrap(t->out, t->width < 80 ? t->width : 80, COLUMN, finding->seen);
  fputc('\n', t->out);
  if (finding->means) terminal_paragraph(t, 11, "%s", finding->means);
  if (finding->cure) terminal_paragraph(t, 11, "What to try: %s", finding->cure);
}

typedef struct section {
  const char *title;
  wg_symptom first;
} section;

static const section sections[] = {{"The data", WG_SYMPTOM_CLASSES_EMPTY},
                                   {"The net as it begins", WG_SYMPTOM_FIRST_LOSS},
                                   {"Whether it learns", WG_SYMPTOM_GRADIENT_WRONG}};
enum { SECTION_COUNT = sizeof sections / sizeof *sections };

static void findings_print(const terminal *t, const wg_doctor *doctor) {
  size_t i = 0;
  for (int s = 0; s < SECTION_COUNT; s++) {
    wg_symptom end = s + 1 < SECTION_COUNT ? sections[s + 1].first : WG_SYMPTOM_COUNT;
    if (i < wg_doctor_count(doctor) && wg_doctor_at(doctor, i)->symptom < end)
      fprintf(t->out, "\n%s%s%s\n", terminal_style(t, STYLE_STRONG), sections[s].title, terminal_style(t, STYLE_PLAIN));
    for (; i < wg_doctor_count(doctor) && wg_doctor_at(doctor, i)->symptom < end; i++)
      finding_print(t, wg_doctor_at(doctor, i));
  }
}

static void change_add(text_table *rows, double change) {
  if (isfinite(change))
    text_table_add(rows, STYLE_PLAIN, "%.2g %%", 100 * change);
  else
    text_table_add(rows, STYLE_QUIET, "-");
}

static bool weights_print(const terminal *t, const wg_doctor *doctor) {
  if (!wg_doctor_weight(doctor, 0)) return true;
  text_table rows = text_table_new("lrrr");
  text_table_titles(&rows, "weights|size|gradient|a step changes");
  const wg_weight_health *health;
  for (size_t k = 0; (health = wg_doctor_weight(doctor, k)) != NULL; k++) {
    text_table_add(&rows, STYLE_STRONG, "%s", health->name);
    text_table_add(&rows, STYLE_PLAIN, "%.3g", health->size);
    text_table_add(&rows, STYLE_PLAIN, "%.2e", health->gradient);
    change_add(&rows, health->change);
  }
  fputc('\n', t->out);
  bool printed = text_table_print(&rows, t);
  text_table_free(&rows);
  return printed;
}

static bool layers_print(const terminal *t, const wg_doctor *doctor) {
  if (!wg_doctor_layer(doctor, 0)) return true;
  text_table rows = text_table_new("lrrrrrr");
  text_table_titles(&rows, "layer|units|size|samples differ by|gradient|dead, later|at bounds, later");
  const wg_layer_health *health;
  for (size_t l = 0; (health = wg_doctor_layer(doctor, l)) != NULL; l++) {
    text_table_add(&rows, STYLE_STRONG, "%s", health->name);
    text_table_add(&rows, STYLE_PLAIN, "%" PRId64, health->units);
    text_table_add(&rows, STYLE_PLAIN, "%.3g", health->size);
    text_table_add(&rows, STYLE_PLAIN, "%.3g", health->spread);
    text_table_add(&rows, STYLE_PLAIN, "%.2e", health->gradient);
    text_table_add(&rows, STYLE_PLAIN, "%" PRId64 ", %" PRId64, health->dead, health->dead_later);
    text_table_add(&rows, STYLE_PLAIN, "%.1f %%, %.1f %%", 100 * health->saturated, 100 * health->saturated_later);
  }
  fputc('\n', t->out);
  bool printed = text_table_print(&rows, t);
  text_table_free(&rows);
  return printed;
}

static void verdict_print(const terminal *t, const wg_doctor *doctor) {
  int counts[3] = {0};
  for (size_t i = 0; i < wg_doctor_count(doctor); i++) counts[wg_doctor_at(doctor, i)->severity]++;
  wg_severity worst = wg_doctor_worst(doctor);
  fprintf(t->out, "\n%s%s%s: %d problem%s, %d note%s, %d good\n", terminal_style(t, severity_style(worst)),
          worst == WG_SEVERITY_PROBLEM ? "NOT WELL" : "WELL", terminal_style(t, STYLE_PLAIN),
          counts[WG_SEVERITY_PROBLEM], counts[WG_SEVERITY_PROBLEM] == 1 ? "" : "s", counts[WG_SEVERITY_NOTE],
          counts[WG_SEVERITY_NOTE] == 1 ? "" : "s", counts[WG_SEVERITY_GOOD]);
}

static int doctor_print(const doctor_job *job) {
  const terminal *t = job->terminal;
  const wg_net_spec *spec = &job->patient.spec;
  net_line(t, spec);
  fprintf(t->out, "Widths ");
  for (size_t i = 0; i < spec->width_count; i++) fprintf(t->out, "%s%" PRId64, i ? ", " : "", spec->widths[i]);
  fprintf(t->out, "; %s; weights begin as %s\n", wg_dtype_text(spec->dtype), wg_init_text(job->patient.init));
  terminal_paragraph(t, 0, "Data: %s%s; samples %" PRId64 ", held out %" PRId64, job->parts.name,
                     job->settings->data.standardize ? ", standardized" : "", job->parts.training.rows,
                     job->parts.has_held ? job->parts.held.rows : 0);
  fprintf(t->out, "Optimizer %s, rate %g\n", wg_optimizer_text(&job->patient.options.optimizer),
          job->patient.options.rate);
  findings_print(t, job->doctor);
  bool printed = weights_print(t, job->doctor) && layers_print(t, job->doctor);
  verdict_print(t, job->doctor);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

/* ---- JSON ---- */

static void findings_json(json *j, const wg_doctor *doctor) {
  json_array(j, "findings");
  for (size_t i = 0; i < wg_doctor_count(doctor); i++) {
    const wg_finding *finding = wg_doctor_at(doctor, i);
    json_object(j, NULL);
    json_text(j, "symptom", wg_symptom_text(finding->symptom));
    json_text(j, "severity", wg_severity_text(finding->severity));
    json_text(j, "seen", finding->seen);
    json_text(j, "means", finding->means);
    json_text(j, "try", finding->cure);
    json_object_end(j);
  }
  json_array_end(j);
}

static void figures_json(json *j, const wg_doctor *doctor) {
  const wg_weight_health *weight;
  const wg_layer_health *layer;
  json_array(j, "weights");
  for (size_t k = 0; (weight = wg_doctor_weight(doctor, k)) != NULL; k++) {
    json_object_flat(j, NULL);
    json_text(j, "name", weight->name);
    json_number(j, "size", weight->size);
    json_number(j, "gradient", weight->gradient);
    json_number(j, "change", weight->change);
    json_object_end(j);
  }
  json_array_end(j);
  json_array(j, "layers");
  for (size_t l = 0; (layer = wg_doctor_layer(doctor, l)) != NULL; l++) {
    json_object(j, NULL);
    json_text(j, "name", layer->name);
    json_integer(j, "units", layer->units);
    json_number(j, "size", layer->size);
    json_number(j, "spread", layer->spread);
    json_number(j, "gradient", layer->gradient);
    json_integer(j, "dead", layer->dead);
    json_integer(j, "dead_later", layer->dead_later);
    json_number(j, "saturated", layer->saturated);
    json_number(j, "saturated_later", layer->saturated_later);
    json_object_end(j);
  }
  json_array_end(j);
}

static void doctor_json(const doctor_job *job) {
  json writer = json_new(job->terminal->out), *j = &writer;
  wg_net_spec spec = job->patient.spec;
  spec.samples = job->parts.training.rows;
  json_object(j, NULL);
  wg_net *net = wg_net_new(&spec);
  net_json(j, &spec, wg_net_status(net) == WG_OK ? wg_net_param_elements(net) : 0);
  wg_net_free(net);
  json_text(j, "data", job->settings->data.data ? job->settings->data.data : "spiral");
  json_text(j, "worst", wg_severity_text(wg_doctor_worst(job->doctor)));
  findings_json(j, job->doctor);
  figures_json(j, job->doctor);
  json_object_end(j);
}

/* ---- The job ---- */

static int doctor_examine(doctor_job *job) {
  const doctor_settings *s = job->settings;
  wg_error error = {0};
  wg_patient *patient = &job->patient;
  int code = net_choose(job->terminal, (net_choice *)&s->net, &patient->spec);
  patient->spec.dtype = s->dtype == 0 ? WG_F32 : WG_F64;
  if (code == EXIT_GOOD)
    code = data_load(job->terminal, &s->data, &s->net, (uint64_t)s->seed, &patient->spec, &job->parts);
  if (code == EXIT_GOOD)
    code = learn_options(job->terminal, &s->learn, job->parts.training.rows, s->data.data ? 0.1 : 1, &patient->options);
  if (code != EXIT_GOOD) return code;
  patient->init = (wg_init)s->init;
  patient->seed = patient->options.seed = (uint64_t)s->seed;
  patient->training = &job->parts.training;
  patient->training_table = job->parts.training_table;
  patient->held = job->parts.has_held ? &job->parts.held : NULL;
  patient->held_table = job->parts.held_table;
  patient->steps = s->trial;
  wg_status status = wg_doctor_new(patient, NULL, &job->doctor, &error);
  if (status == WG_OK) return EXIT_GOOD;
  if (status != WG_ERROR_ARGUMENT) return failure(job->terminal, status, error.message);
  terminal_message(job->terminal, "%s", error.message);
  return EXIT_USAGE;
}

static int doctor_run(const terminal *t, const doctor_settings *settings) {
  doctor_job job = {.terminal = t, .settings = settings};
  int code = doctor_examine(&job);
  if (code == EXIT_GOOD && settings->as_json)
    doctor_json(&job);
  else if (code == EXIT_GOOD)
    code = doctor_print(&job);
  if (code == EXIT_GOOD && wg_doctor_worst(job.doctor) == WG_SEVERITY_PROBLEM) code = EXIT_CHECK;
  wg_doctor_free(job.doctor);
  data_free(&job.parts);
  return code;
}

int command_doctor(terminal *t, int argc, char **argv) {
  doctor_settings s = {
      .net = {.activation = -1}, .data = DATA_CHOICE_DEFAULT, .learn = LEARN_CHOICE_DEFAULT, .seed = 1};
  const option options[] = {
      OPTIONS_UNDER("Data:"),
      DATA_OPTIONS(s.data),
      AUGMENTATION_OPTIONS(s.data),
      OPTIONS_UNDER("Net:"),
      NET_OPTIONS(s.net),
      {"init", OPTION_CHOICE, &s.init, INIT_CHOICES, "how weights begin", 0, 0},
      {"dtype", OPTION_CHOICE, &s.dtype, "f32|f64", "numbers of 32 or of 64 bits", 0, 0},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      OPTIONS_UNDER("The training that is planned:"),
      LEARN_OPTIONS(s.learn),
      OPTIONS_UNDER("The examination:"),
      {"trial", OPTION_INTEGER, &s.trial, "N", "steps of the trial training; 0 means 100 [lbfgs: 10]", 0, 1e6},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
  };
  const command_usage usage = {
      .synopsis = "wengert doctor NET [options]\n       wengert doctor E --hidden 32 --data FILE.csv [options]",
      .about = "Looks at a net and its data before they are trained: at the data, at the net with its initial weights, "
               "at whether it can learn twenty samples by heart, and at what its first steps do. Says what is wrong, "
               "what that means, and what to try. Takes the options of `wengert train`. The exit code is 1 if there "
               "is a problem.",
      .more = "Example:\n  wengert doctor E --hidden 64,64 --data wine.csv --label class --optimizer adam",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  return doctor_run(t, &s);
}
