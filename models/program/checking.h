/* checking.h: what `wengert check` knows when it reports; for check*.c only. */
#ifndef WG_PROGRAM_CHECKING_H
#define WG_PROGRAM_CHECKING_H

#include "../../engine/diagnosis.h"
#include "../../engine/witness.h"
#include "program.h"

/* Mistakes that --spoil makes. */
typedef enum check_mistake {
  MISTAKE_THOUSANDTH,
  MISTAKE_SIGN,
  MISTAKE_DOUBLE,
  MISTAKE_ZERO,
  MISTAKE_ROWS,
  MISTAKE_TRANSPOSE,
  MISTAKE_MISSING_M
} check_mistake;
#define MISTAKE_CHOICES "thousandth|sign|double|zero|rows|transpose|missing-m"

typedef struct check_settings {
  wg_check_options library;
  int64_t worst;
  const char *spoil; /* the parameter whose gradient is made wrong, or NULL */
  int mistake;       /* a check_mistake, or −1 */
  int order;         /* 1, or 2 for the gradient of ⟨∇J, v⟩ */
  wg_dtype dtype;
  const char *svg;   /* where the map of errors is drawn, or NULL */
  const char *again; /* the command that repeats this check */
} check_settings;

typedef struct checking {
  const wg_net *net; /* in f64 */
  net_point point;
  wg_node *root;  /* J, or for order 2 ⟨∇J, v⟩ */
  wg_node **grad; /* of the root by the net's parameters, made wrong if asked for */
  wg_check *check;
  wg_witness *witness; /* NULL where the gradients are in f32 */
} checking;

/* What is differentiated: J, or ⟨∇J, v⟩ with v drawn by the seed. Inert if that fails. */
wg_node *check_root(const wg_net *net, int order, uint64_t seed);

/* Makes one parameter's gradient wrong; EXIT_USAGE after a message if there is no such parameter or mistake in it. */
int gradient_spoil(const terminal *t, const wg_net *net, wg_node *root, const check_settings *settings, wg_node **grad);

/* Gradients in f32 at the point, rounded to f32, against those of the reverse sweep in f64: in the form of a check, whose
 * differences are the derivatives in f64. A message and its exit code if that fails. */
int check_single(const terminal *t, checking *c, const check_settings *settings);

/* ---- Reports ---- */

/* What became of one parameter's elements. */
enum { VERDICT_COUNT = WG_UNRESOLVED + 1 };
typedef struct param_result {
  const wg_node *node;
  size_t tried, of[VERDICT_COUNT];
  const wg_check_entry *worst; /* NULL if none was tried */
} param_result;

param_result param_count(const wg_check *check, const wg_node *node);

/* The gravest of check and witnesses. */
wg_verdict check_verdict(const checking *c);

/* The rules that were tried: how many, how many failed, and the largest error of the others. */
typedef struct rules_result {
  size_t tried, failed, unresolved;
  double error_max;
} rules_result;
rules_result rules_count(const wg_witness *witness);

wg_diagnosis check_diagnosis(const checking *c, const wg_node *param);

int check_print(const terminal *t, const checking *c, const check_settings *settings);
void check_json(const terminal *t, const checking *c, const check_settings *settings);

/* The error of every element, as blocks on the terminal, and as a picture in a file. */
int check_map_print(const terminal *t, const checking *c, const check_settings *settings);
int check_map_draw(const terminal *t, const checking *c, const check_settings *settings);

#endif
