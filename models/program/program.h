/* program.h: what the commands of the program share. */
#ifndef WG_PROGRAM_H
#define WG_PROGRAM_H

#include "../../engine/check.h"
#include "../../engine/derivation.h"
#include "../../engine/grad.h"
#include "../models.h"
#include "json.h"
#include "options.h"
#include "text_table.h"

/* Exit codes. */
enum {
  EXIT_GOOD = 0,
  EXIT_CHECK = 1,        /* a check failed */
  EXIT_USAGE = 2,        /* a command, option or argument that there is not, or that does not go with the others */
  EXIT_DATA = 3,         /* a file that cannot be read or written, or data that cannot be used */
  EXIT_INTERNAL = 4,     /* no memory, or an error of the program's own */
  EXIT_INTERRUPTED = 130 /* Ctrl-C; as shells have it, 128 + SIGINT */
};

/* The commands, each in the file of its name: reads argv[0 … argc−1], does its work, returns the exit code. */
int command_lecture(terminal *t, int argc, char **argv);
int command_derive(terminal *t, int argc, char **argv);
int command_check(terminal *t, int argc, char **argv);
int command_graph(terminal *t, int argc, char **argv);
int command_doctor(terminal *t, int argc, char **argv);
int command_train(terminal *t, int argc, char **argv);
int command_bench(terminal *t, int argc, char **argv);
int command_tune(terminal *t, int argc, char **argv);
int command_predict(terminal *t, int argc, char **argv);
int command_eval(terminal *t, int argc, char **argv);
int command_analyze(terminal *t, int argc, char **argv);
int command_sample(terminal *t, int argc, char **argv);
int command_study(terminal *t, int argc, char **argv);
int command_explore(terminal *t, int argc, char **argv);
int command_ops(terminal *t, int argc, char **argv);

/* The message of a failure on standard error, and the exit code for its status. */
int failure(const terminal *t, wg_status status, const char *message);

#define SEED_HELP "seed of all random numbers"
#define JSON_HELP "JSON instead of text"
#define SEED_MAX 9007199254740992.0 /* 2⁵³, the whole numbers that a JSON reader keeps */

/* ---- Which net ---- */

enum { NET_WIDTHS_MAX = 1024 };

/* The arguments that choose a net: NET, NET_OPTIONS, --samples. Fill `activation` with −1, all else with 0. */
typedef struct net_choice {
  const char *name, *layers, *hidden, *image, *filters;
  int activation; /* a wg_activation */
  int64_t samples, kernel, steps, blocks, heads;
  double dropout, smoothing;
  int64_t widths[NET_WIDTHS_MAX];
} net_choice;

#define ACTIVATION_CHOICES "relu|sigmoid|tanh|leaky_relu|elu|gelu|gelu_tanh|silu"
#define NET_OPTIONS(choice)                                                                                            \
  {"layers", OPTION_TEXT, &(choice).layers, "4,16,3", "widths: features, hidden layers, outputs", 0, 0},               \
      {"hidden", OPTION_TEXT, &(choice).hidden, "16", "widths of the hidden layers alone", 0, 0},                      \
      {"activation",                                                                                                   \
       OPTION_CHOICE,                                                                                                  \
       &(choice).activation,                                                                                           \
       ACTIVATION_CHOICES,                                                                                             \
       "between the layers of net E, of cnn, rnn and transformer",                                                     \
       0,                                                                                                              \
       0},                                                                                                             \
      {"dropout", OPTION_NUMBER, &(choice).dropout, "P", "leave hidden values out with this probability", 0, 0.99},    \
      {"smoothing", OPTION_NUMBER, &(choice).smoothing, "E", "label smoothing: targets (1−E)·y + E/K", 0, 0.99},       \
      {"image", OPTION_TEXT, &(choice).image, "1x28x28", "cnn: channels, height, width [a square]", 0, 0},             \
      {"filters", OPTION_TEXT, &(choice).filters, "16,32", "cnn: filters of the two convolutions [4,8]", 0, 0},        \
      {"kernel", OPTION_INTEGER, &(choice).kernel, "N", "cnn: the side of the kernels, odd [3]", 1, 999},              \
      {"steps", OPTION_INTEGER, &(choice).steps, "T", "rnn, lstm, transformer: characters of a sample [6]", 1, 1e6},   \
      {"blocks", OPTION_INTEGER, &(choice).blocks, "N", "transformer: how many blocks [1]", 1, 1e4}, {                 \
    "heads", OPTION_INTEGER, &(choice).heads, "N", "transformer: attention heads, which divide the width [2]", 1, 1e6  \
  }
#define SAMPLES_OPTION(choice)                                                                                         \
  { "samples", OPTION_INTEGER, &(choice).samples, "M", "number of samples, m [the lecture's]", 1, 1e15 }

/* The spec of the chosen net; it refers to the choice's widths. EXIT_USAGE after a message if there is no such net. */
int net_choose(const terminal *t, net_choice *choice, wg_net_spec *spec);

/* The recorded net of a spec in *net, which the caller frees; or a message and its exit code. */
int net_record(const terminal *t, const wg_net_spec *spec, wg_net **net);

/* The chosen net as members of an open object, for every --json; `parameters` is how many numbers it learns. */
void net_json(json *j, const wg_net_spec *spec, int64_t parameters);

/* "Net D: two layers, …": the first line of what the commands print. */
void net_line(const terminal *t, const wg_net_spec *spec);

/* ---- Where gradients are checked ---- */

/* Values for all leaves of an f64 net, and its bindings: X, Y, the parameters, then the seed if it has one. */
typedef struct net_point {
  void *x, *y;
  int64_t *seed;
  wg_weights *weights;
  wg_binding *bindings;
  size_t count;
} net_point;

/* Samples from the table, or random ones where it is NULL; random weights; and biases off zero, where a mistake in their
 * gradient could hide, and where the relu of a sample at the origin has its kink. To be given to net_point_free, also
 * after a failure. */
wg_status net_point_new(net_point *point, const wg_net *net, const wg_table *table, uint64_t seed);
void net_point_free(net_point *point);

/* "W1[0,3]": an element by its row-major index. */
void element_text(const wg_node *node, int64_t index, char *text, size_t size);

/* ---- Parts of `lecture` that other commands print too ---- */

/* A net's tape to be shown: which of its nodes are adjoints, and of what. */
typedef struct tape_view {
  const wg_net *net;
  size_t count;       /* nodes on the tape */
  size_t forward;     /* … that the net recorded; the others are the sweep's */
  const wg_node **of; /* of[id]: the node whose adjoint node `id` is, or NULL */
} tape_view;

/* Looks at the net's tape; with `gradient`, after a sweep from J to its parameters that names the adjoints, ∂Z2 (dZ2 in
 * ASCII). To be given to tape_view_free, also after a failure. */
wg_status tape_view_new(tape_view *view, const wg_net *net, bool gradient, wg_script script);
void tape_view_free(tape_view *view);

/* "input", "parameter", "constant" or "operation". */
const char *tape_view_kind(const wg_node *node);

int tape_print_table(const terminal *t, const tape_view *view, wg_script script);
void tape_print_json(json *j, const char *key, const tape_view *view, wg_script script);

/* The derivation of the net's parameters, one numbered line after the other. The derivation may have failed. */
int derivation_print(const terminal *t, const wg_derivation *derivation);
void derivation_print_json(json *j, const char *key, const wg_derivation *derivation);

/* ---- Reports of training ---- */

/* Prints epochs as they come, for wg_train_options.progress: lines of a table, or elements of an open JSON array. */
typedef struct epoch_report {
  const terminal *terminal;
  json *json;    /* NULL for lines */
  int64_t every; /* prints every so many epochs, and the first and last */
  progress bar;
} epoch_report;

epoch_report epoch_report_new(const terminal *t, json *j, int64_t every);
bool epoch_report_next(void *report, const wg_epoch *epoch);

/* How often to evaluate, so that lines and bar move. */
int64_t epoch_report_every(int64_t chosen, int64_t epochs); /* chosen, or for 0 what gives about ten lines */
int64_t epoch_report_interval(const epoch_report *report);
#define EVERY_HELP "print every so many epochs; 0 means about ten lines"

#endif
