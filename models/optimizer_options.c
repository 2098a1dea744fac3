/* optimizer_options.c: the options of optimizers: their names, defaults and ranges. */
#include "optimizer_internal.h"

#include <math.h>
#include <string.h>

/* ---- Kinds and names ---- */

static const char *const kind_texts[WG_OPTIMIZER_KIND_COUNT] = {
    [WG_OPTIMIZER_SGD] = "sgd",    [WG_OPTIMIZER_ADAGRAD] = "adagrad", [WG_OPTIMIZER_RMSPROP] = "rmsprop",
    [WG_OPTIMIZER_ADAM] = "adam",  [WG_OPTIMIZER_ADAMW] = "adamw",     [WG_OPTIMIZER_LION] = "lion",
    [WG_OPTIMIZER_LBFGS] = "lbfgs"};

wg_optimizer_options wg_optimizer_options_of(wg_optimizer_kind kind) {
  wg_optimizer_options options = {.kind = kind};
  switch (kind) {
  case WG_OPTIMIZER_ADAGRAD:
    options.epsilon = 1e-10;
    break;
  case WG_OPTIMIZER_RMSPROP:
    options.alpha = 0.99;
    options.epsilon = 1e-8;
    break;
  case WG_OPTIMIZER_ADAMW:
    options.decay = 0.01;
    options.decoupled = true;
    /* fall through */
  case WG_OPTIMIZER_ADAM:
    options.beta1 = 0.9;
    options.beta2 = 0.999;
    options.epsilon = 1e-8;
    break;
  case WG_OPTIMIZER_LION:
    options.beta1 = 0.9;
    options.beta2 = 0.99;
    options.decoupled = true;
    break;
  case WG_OPTIMIZER_LBFGS:
    options.history = 10;
    options.iterations = 20;
    options.line_search = WG_LINE_SEARCH_WOLFE;
    options.tolerance_gradient = 1e-7;
    options.tolerance_change = 1e-9;
    break;
  default:
    break;
  }
  return options;
}

double wg_optimizer_rate_of(wg_optimizer_kind kind) {
  switch (kind) {
  case WG_OPTIMIZER_ADAM:
  case WG_OPTIMIZER_ADAMW:
    return 1e-3;
  case WG_OPTIMIZER_LION:
    return 1e-4;
  case WG_OPTIMIZER_LBFGS:
    return 1;
  default:
    return 1e-2;
  }
}

/* The names that options go by: those of the kinds, and of sgd with momentum. */
typedef struct preset {
  const char *name;
  wg_optimizer_kind kind;
  bool momentum, nesterov;
} preset;

static const preset presets[] = {
    {"sgd", WG_OPTIMIZER_SGD, false, false},         {"momentum", WG_OPTIMIZER_SGD, true, false},
    {"nesterov", WG_OPTIMIZER_SGD, true, true},      {"adagrad", WG_OPTIMIZER_ADAGRAD, false, false},
    {"rmsprop", WG_OPTIMIZER_RMSPROP, false, false}, {"adam", WG_OPTIMIZER_ADAM, false, false},
    {"adamw", WG_OPTIMIZER_ADAMW, false, false},     {"lion", WG_OPTIMIZER_LION, false, false},
    {"lbfgs", WG_OPTIMIZER_LBFGS, false, false}};
enum { PRESET_COUNT = sizeof presets / sizeof *presets };

bool wg_optimizer_find(const char *name, wg_optimizer_options *options) {
  for (size_t i = 0; name && i < PRESET_COUNT; i++) {
    if (strcmp(name, presets[i].name)) continue;
    *options = wg_optimizer_options_of(presets[i].kind);
    if (presets[i].momentum) options->momentum = 0.9;
    options->nesterov = presets[i].nesterov;
    return true;
  }
  return false;
}

const char *wg_optimizer_text(const wg_optimizer_options *options) {
  if (options->kind == WG_OPTIMIZER_SGD && options->nesterov) return "nesterov";
  if (options->kind == WG_OPTIMIZER_SGD && options->momentum > 0) return "momentum";
  return (unsigned)options->kind < WG_OPTIMIZER_KIND_COUNT ? kind_texts[options->kind] : "";
}

const char *wg_optimizer_name_at(size_t i) { return i < PRESET_COUNT ? presets[i].name : NULL; }

static const char *const line_search_texts[WG_LINE_SEARCH_COUNT] = {"none", "wolfe"};

const char *wg_line_search_text(wg_line_search search) {
  return (unsigned)search < WG_LINE_SEARCH_COUNT ? line_search_texts[search] : "";
}

bool wg_line_search_find(const char *name, wg_line_search *search) {
  for (int i = 0; name && i < WG_LINE_SEARCH_COUNT; i++) {
    if (strcmp(name, line_search_texts[i])) continue;
    *search = (wg_line_search)i;
    return true;
  }
  return false;
}

/* ---- Ranges ---- */

enum {
  SGD = 1 << WG_OPTIMIZER_SGD,
  ADAGRAD = 1 << WG_OPTIMIZER_ADAGRAD,
  RMSPROP = 1 << WG_OPTIMIZER_RMSPROP,
  ADAM = 1 << WG_OPTIMIZER_ADAM | 1 << WG_OPTIMIZER_ADAMW,
  LION = 1 << WG_OPTIMIZER_LION,
  LBFGS = 1 << WG_OPTIMIZER_LBFGS,
  EVERY = (1 << WG_OPTIMIZER_KIND_COUNT) - 1
};

/* A number of the options, which kinds use it, and its range: [0, end), or [0, end]. */
typedef struct number_option {
  const char *name;
  size_t offset;
  int kinds;
  double end;
  bool end_is_in;
} number_option;

#define NUMBER(name, kinds, end, end_is_in)                                                                            \
  { #name, offsetof(wg_optimizer_options, name), kinds, end, end_is_in }

static const number_option number_options[] = {
    NUMBER(decay, EVERY, INFINITY, false),
    NUMBER(l1, EVERY & ~LBFGS, INFINITY, false), /* |w| has no gradient at 0, where the search would have to end */
    NUMBER(momentum, SGD | RMSPROP, 1, false),
    NUMBER(dampening, SGD, 1, true),
    NUMBER(beta1, ADAM | LION, 1, false),
    NUMBER(beta2, ADAM | LION, 1, false),
    NUMBER(alpha, RMSPROP, 1, false),
    NUMBER(epsilon, ADAGRAD | RMSPROP | ADAM, INFINITY, false),
    NUMBER(tolerance_gradient, LBFGS, INFINITY, false),
    NUMBER(tolerance_change, LBFGS, INFINITY, false),
};

static wg_status check_number(const wg_optimizer_options *options, const number_option *number, wg_error *error) {
  double value = *(const double *)((const char *)options + number->offset);
  wg_optimizer_options usual = wg_optimizer_options_of(options->kind);
  double untouched = *(const double *)((const char *)&usual + number->offset);
  if (!(number->kinds >> options->kind & 1)) {
    if (value == untouched) return WG_OK;
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no %s", kind_texts[options->kind], number->name);
  }
  if (value >= 0 && (value < number->end || (number->end_is_in && value == number->end))) return WG_OK;
  if (isinf(number->end))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s: %s must be a number from 0 on, not %g",
                        kind_texts[options->kind], number->name, value);
  return wg_error_set(error, WG_ERROR_ARGUMENT, "%s: %s must be from 0 to %s%g, not %g", kind_texts[options->kind],
                      number->name, number->end_is_in ? "" : "below ", number->end, value);
}

static wg_status check_flags(const wg_optimizer_options *options, wg_error *error) {
  const char *kind = kind_texts[options->kind];
  int is = 1 << options->kind;
  if (options->nesterov && !(is & SGD)) return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no nesterov", kind);
  if (options->nesterov && (options->momentum == 0 || options->dampening != 0))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "sgd: nesterov needs a momentum above 0, and no dampening");
  if (options->centered && !(is & RMSPROP)) return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no centered", kind);
  if (options->amsgrad && !(is & ADAM)) return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no amsgrad", kind);
  if (options->kind == WG_OPTIMIZER_ADAMW && !options->decoupled)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "adamw is adam with decoupled decay; for coupled decay choose adam");
  if (options->kind == WG_OPTIMIZER_LBFGS && options->decoupled)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs: decay cannot be decoupled from the loss that it searches");
  return WG_OK;
}

static wg_status check_counts(const wg_optimizer_options *options, wg_error *error) {
  if (options->kind != WG_OPTIMIZER_LBFGS) {
    if (!options->history && !options->iterations && !options->evaluations && !options->line_search) return WG_OK;
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no history, iterations, evaluations or line search",
                        kind_texts[options->kind]);
  }
  if (options->history < 1 || options->history > 1000)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs: history must be from 1 to 1000, not %lld",
                        (long long)options->history);
  if (options->iterations < 1 || options->iterations > INT32_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs: iterations must be 1 or more, not %lld",
                        (long long)options->iterations);
  if (options->evaluations < 0 || options->evaluations > INT32_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs: evaluations must be 0 or more, not %lld",
                        (long long)options->evaluations);
  if ((unsigned)options->line_search >= WG_LINE_SEARCH_COUNT)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs: unknown line search %d", (int)options->line_search);
  return WG_OK;
}

wg_status wg_optimizer_options_check(const wg_optimizer_options *options, wg_error *error) {
  if ((unsigned)options->kind >= WG_OPTIMIZER_KIND_COUNT)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "unknown kind of optimizer: %d", (int)options->kind);
  for (size_t i = 0; i < sizeof number_options / sizeof *number_options; i++) {
    wg_status status = check_number(options, &number_options[i], error);
    if (status != WG_OK) return status;
  }
  wg_status status = check_flags(options, error);
  return status == WG_OK ? check_counts(options, error) : status;
}

/* ---- What each remembers ---- */

wg_slots wg_optimizer_slots(const wg_optimizer_options *options) {
  wg_slots slots = {0};
  switch (options->kind) {
  case WG_OPTIMIZER_SGD:
    if (options->momentum > 0) slots.names[slots.count++] = "momentum";
    break;
  case WG_OPTIMIZER_ADAGRAD:
    slots.names[slots.count++] = "squares";
    break;
  case WG_OPTIMIZER_RMSPROP:
    slots.names[slots.count++] = "squares";
    if (options->momentum > 0) slots.names[slots.count++] = "momentum";
    if (options->centered) slots.names[slots.count++] = "mean";
    break;
  case WG_OPTIMIZER_ADAM:
  case WG_OPTIMIZER_ADAMW:
    slots.names[slots.count++] = "mean";
    slots.names[slots.count++] = "squares";
    if (options->amsgrad) slots.names[slots.count++] = "largest";
    break;
  case WG_OPTIMIZER_LION:
    slots.names[slots.count++] = "mean";
    break;
  default:
    break;
  }
  return slots;
}
