/* logsumexp.c: ln Σ e^x over some axes, or all.
 *
 *     y = ln Σ_axes e^x      ∂x = ∂y ⊙ e^(x − y)
 */
#include "loop.h"
#include "reduce.h"

/* ---- Value ---- */

/* Up to WIDTH groups at once: element k of group r is at x[k·step + r]. With the largest element left out of the sum,
 * Σ e^(x − max) = 1 + rest, nothing overflows and ln(1 + rest) is precise where the others are far below; of several that
 * are equally large, one is left out. In double for both types, and in the order of k. A NaN is in `rest`, as is +∞ less
 * itself, which is why an infinite largest element is not subtracted. */
enum { WIDTH = 16, CHUNK = 128 };

typedef struct state {
  double largest[WIDTH], shift[WIDTH], left[WIDTH], rest[WIDTH]; /* left: 1 until the largest has been left out */
} state;

WG_SPECIALIZED void state_shift(state *s) {
  for (int r = 0; r < WIDTH; r++) {
    s->shift[r] = fabs(s->largest[r]) < (double)INFINITY ? s->largest[r] : 0;
    s->left[r] = 1;
    s->rest[r] = 0;
  }
}

WG_SPECIALIZED void state_end(const state *s, double *y, bool fused) {
  for (int r = 0; r < WIDTH; r++) {
    const double sum = s->shift[r] + log1p(s->rest[r]);
    y[r] = fabs(s->largest[r]) < (double)INFINITY || isnan(s->rest[r]) ? sum : s->largest[r];
  }
}

/* e[k] = e^(z[k] − shift) */
WG_SPECIALIZED void powers_inlined(int64_t n, const double *z, double shift, double *e, bool fused) {
  for (int64_t k = 0; k < n; k++) e[k] = exp(z[k] - shift);
}
WG_LEVELS(powers, (int64_t n, const double *z, double shift, double *e), powers_inlined(n, z, shift, e, fused))

/* ln(1 + x) */
WG_LEVELS(log_beyond, (double x, double *y), *y = log1p(x))

#define LOGSUMEXP(type, suffix)                                                                                        \
  WG_SPECIALIZED void beside_inlined_##suffix(int64_t n, const type *x, int64_t step, double *y, bool fused) {         \
    state s;                                                                                                           \
    for (int r = 0; r < WIDTH; r++) s.largest[r] = n ? (double)x[r] : -(double)INFINITY;                               \
    for (int64_t k = 1; k < n; k++)                                                                                    \
      for (int r = 0; r < WIDTH; r++) {                                                                                \
        const double z = (double)x[k * step + r];                                                                      \
        s.largest[r] = z > s.largest[r] ? z : s.largest[r];                                                            \
      }                                                                                                                \
    state_shift(&s);                                                                                                   \
    for (int64_t k = 0; k < n; k++)                                                                                    \
      for (int r = 0; r < WIDTH; r++) {                                                                                \
        const double z = (double)x[k * step + r], e = exp(z - s.shift[r]);                                             \
        const double leaves = z == s.largest[r] ? s.left[r] : 0;                                                       \
        s.rest[r] += leaves != 0 ? 0 : e;                                                                              \
        s.left[r] -= leaves;                                                                                           \
      }                                                                                                                \
    state_end(&s, y, fused);                                                                                           \
  }                                                                                                                    \
  WG_LEVELS(beside_##suffix, (int64_t n, const type *x, int64_t step, double *y),                                      \
            beside_inlined_##suffix(n, x, step, y, fused))                                                             \
                                                                                                                       \
  /* One group by itself, with the same arithmetic. */                                                                 \
  static double group_##suffix(const wg_groups *groups, const type *x) {                                               \
    double z[CHUNK], e[CHUNK], largest = groups->size ? (double)x[0] : -(double)INFINITY, rest = 0;                    \
    for (int64_t k = 1; k < groups->size; k++) {                                                                       \
      const double next = (double)x[wg_group_at(groups, k)];                                                           \
      largest = next > largest ? next : largest;                                                                       \
    }                                                                                                                  \
    const bool finite = fabs(largest) < (double)INFINITY;                                                              \
    bool left = true;                                                                                                  \
    for (int64_t first = 0; first < groups->size; first += CHUNK) {                                                    \
      const int64_t n = groups->size - first < CHUNK ? groups->size - first : CHUNK;                                   \
      for (int64_t k = 0; k < n; k++) z[k] = (double)x[wg_group_at(groups, first + k)];                                \
      WG_AT_BEST_LEVEL(powers, (n, z, finite ? largest : 0, e));                                                       \
      for (int64_t k = 0; k < n; k++) {                                                                                \
        const bool leaves = left && z[k] == largest;                                                                   \
        rest += leaves ? 0 : e[k];                                                                                     \
        left = left && !leaves;                                                                                        \
      }                                                                                                                \
    }                                                                                                                  \
    double sum;                                                                                                        \
    WG_AT_BEST_LEVEL(log_beyond, (rest, &sum));                                                                        \
    return finite || isnan(rest) ? (finite ? largest : 0) + sum : largest;                                             \
  }                                                                                                                    \
                                                                                                                       \
  /* Some groups beside each other: where they lie if `step` is not 0, else copied; missing ones repeat the last. */   \
  static void some_##suffix(const wg_groups *groups, int64_t first, int64_t some, int64_t step, const type *x,         \
                            type *y) {                                                                                 \
    type copy[CHUNK * WIDTH];                                                                                          \
    double result[WIDTH];                                                                                              \
    const type *from = step ? x + wg_group_start(groups, first) : copy;                                                \
    for (int64_t r = 0; r < WIDTH && !step; r++) {                                                                     \
      const type *group = x + wg_group_start(groups, first + (r < some ? r : some - 1));                               \
      for (int64_t k = 0; k < groups->size; k++) copy[k * WIDTH + r] = group[wg_group_at(groups, k)];                  \
    }                                                                                                                  \
    WG_AT_LEVEL(beside_##suffix, (int64_t)WIDTH, (groups->size, from, step ? step : WIDTH, result));                   \
    for (int64_t r = 0; r < some; r++) y[first + r] = (type)result[r];                                                 \
  }                                                                                                                    \
                                                                                                                       \
  static void piece_##suffix(void *context, int64_t piece) {                                                           \
    const work *w = context;                                                                                           \
    const type *x = w->call->in[0].data;                                                                               \
    type *y = w->call->out.data;                                                                                       \
    const int64_t end = smaller(w->groups.count, (piece + 1) * w->groups_of_piece);                                    \
    for (int64_t g = piece * w->groups_of_piece, some; g < end; g += some) {                                           \
      some = smaller(WIDTH, end - g);                                                                                  \
      if (w->step && some == WIDTH && w->run - g % w->run >= WIDTH)                                                    \
        some_##suffix(&w->groups, g, some, w->step, x, y);                                                             \
      else if (some >= WORTH_COPYING && w->groups.size <= CHUNK)                                                       \
        some_##suffix(&w->groups, g, some, 0, x, y);                                                                   \
      else                                                                                                             \
        for (int64_t r = g; r < g + some; r++)                                                                         \
          y[r] = (type)group_##suffix(&w->groups, x + wg_group_start(&w->groups, r));                                  \
    }                                                                                                                  \
  }                                                                                                                    \
                                                                                                                       \
  static wg_status logsumexp_##suffix(wg_call *call) {                                                                 \
    const work w = work_of(call);                                                                                      \
    wg_call_parallel(call, (w.groups.count - 1) / w.groups_of_piece + 1, piece_##suffix, (void *)&w);                  \
    return WG_OK;                                                                                                      \
  }

enum { PIECE = 1 << 14, WORTH_COPYING = 4 };

typedef struct work {
  const wg_call *call;
  wg_groups groups;
  int64_t run, step; /* so many groups lie side by side, their elements so far apart; a step of 0 if they do not */
  int64_t groups_of_piece;
} work;

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static work work_of(const wg_call *call) {
  work w = {.call = call, .groups = wg_groups_of(call->node, &call->in[0]), .run = 1};
  const int kept = w.groups.kept.rank, reduced = w.groups.reduced.rank;
  if (kept > 0 && w.groups.kept_stride[kept - 1] == 1 && reduced == 1) {
    w.run = w.groups.kept.size[kept - 1];
    w.step = w.groups.reduced_stride[0];
  }
  w.groups_of_piece = w.groups.size < PIECE ? PIECE / (w.groups.size > 0 ? w.groups.size : 1) : 1;
  return w;
}

LOGSUMEXP(float, f32)
LOGSUMEXP(double, f64)

/* ---- Rule and record ---- */

/* Where y is −∞ all x are, and e^(x − 0) is 0 as well. */
static wg_node *logsumexp_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *kept = wg_reduction_kept(y, y);
  wg_node *finite = wg_where(wg_equal(kept, wg_scalar_like(y, -(double)INFINITY)), wg_scalar_like(y, 0), kept);
  return wg_chain(wg_reduction_kept(y, dy), wg_exp(wg_sub(y->inputs[i], finite)));
}

static const char *logsumexp_write(const wg_node *y, wg_script script) {
  static const char *const all[] = {"ln Σ e^(%-0)", "ln sum e^(%-0)", "\\ln \\sum e^{%-0}"};
  return y->attrs[WG_REDUCE_AXES].count ? NULL : all[script];
}

const wg_op wg_op_logsumexp = {
    .name = "logsumexp",
    .doc = "ln Σ e^x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes may be negative. "
           "Safe from overflow; elements of −∞ add nothing, and nothing or −∞ alone gives −∞, with derivative 0. As "
           "torch.logsumexp.\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, {0}},
    .infer = wg_infer_reduction,
    .kernel = {[WG_F32] = logsumexp_f32, [WG_F64] = logsumexp_f64},
    .vjp = logsumexp_vjp,
    .notation = {.binds = WG_BINDS_PREFIX,
                 .unicode = "ln Σ_{%{axes}} e^(%-0)",
                 .ascii = "ln sum_{%{axes}} e^(%-0)",
                 .latex = "\\ln \\sum_{%{axes}} e^{%-0}",
                 .write = logsumexp_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

wg_node *wg_logsumexp(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_logsumexp, x, count, axes, keep, NULL);
}
