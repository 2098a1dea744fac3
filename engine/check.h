/* check.h: gradients against central differences, as a library call with a result that the caller can read. */
#ifndef WG_CHECK_H
#define WG_CHECK_H

#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values for one input or parameter: row-major, of the node's dtype and shape; only read. */
typedef struct wg_binding {
  wg_node *node;
  const void *data;
} wg_binding;

/* Options of a check; all zero means the defaults. */
typedef struct wg_check_options {
  double step; /* h relative to max(1, |x|), in (0, 1]; default ∛ε ≈ 6.06e-6, which balances truncation h² and
                  rounding ε/h. Where the quotients at h and h/2 disagree it is halved, where rounding hides the
                  derivative it is widened */
  double tolerance; /* largest accepted relative difference; default 1e-6 */
  size_t samples;   /* elements tried of each parameter, drawn by `seed`, none twice; 0 means every element */
  uint64_t seed;
} wg_check_options;

typedef enum wg_verdict {
  WG_PASS,
  WG_FAIL,      /* the two derivatives differ, or one is not a finite number */
  WG_KINK,      /* the function has a kink here: the one-sided slopes differ, and the gradient is between them */
  WG_UNRESOLVED /* the two differ, but by no more than truncation and rounding make the difference uncertain */
} wg_verdict;

WG_API const char *wg_verdict_text(wg_verdict verdict); /* "PASS" … */

/* One element that was tried. */
typedef struct wg_check_entry {
  const wg_node *node; /* the parameter */
  int64_t index;       /* the element, row-major */
  double reverse;      /* by the reverse sweep */
  double difference;   /* by central difference, signed; NaN if the function has no finite values around the point */
  double left, right;  /* the one-sided slopes */
  double error;        /* |reverse − difference| / max(1e-3·scale, |reverse|, |difference|), scale the parameter's
                          largest |reverse|; NaN if either is not finite */
  wg_verdict verdict;
} wg_check_entry;

typedef struct wg_check wg_check;

/* Checks ∂root/∂wrt[k] of a scalar f64 root at the point given by the bindings, which cover every leaf the root needs.
 * wrt are inputs or parameters, in f64; the same one may be there twice. Records the gradient on the tape.
 * Returns the result, or NULL without memory for it; other failures are its status. The caller frees it, before the
 * tape. Errors: WG_ERROR_DTYPE (not f64), WG_ERROR_ARGUMENT (not scalar, not a leaf, two tapes, options out of range),
 * WG_ERROR_UNBOUND, WG_ERROR_MEMORY, and what a failed call left on the tape or a run reports. */
WG_API wg_check *wg_check_gradient(wg_node *root, size_t count, wg_node *const *wrt, size_t binding_count,
                                   const wg_binding *bindings, const wg_check_options *options);

/* The same against gradients that the caller brings (nodes of the shapes of wrt, else WG_ERROR_SHAPE) instead of those
 * of wg_grad. */
WG_API wg_check *wg_check_against(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *grad,
                                  size_t binding_count, const wg_binding *bindings, const wg_check_options *options);
WG_API void wg_check_free(wg_check *check);

WG_API wg_status wg_check_status(const wg_check *check); /* WG_ERROR_MEMORY for NULL */
WG_API const char *wg_check_error(const wg_check *check);

/* WG_FAIL if any element failed, or the check itself did (its status is not WG_OK); else WG_PASS if any passed or
 * nothing was to be tried; else the more frequent of the other two. */
WG_API wg_verdict wg_check_verdict(const wg_check *check);
WG_API size_t wg_check_count(const wg_check *check);                        /* elements tried; 0 if the check failed */
WG_API size_t wg_check_count_of(const wg_check *check, wg_verdict verdict); /* … that got this verdict */

/* The largest error of those that passed or failed: a kink or an uncertain difference has no error that means anything.
 * NaN if any is NaN; 0 if there are none. */
WG_API double wg_check_error_max(const wg_check *check);

/* The entries from the worst to the best: those that failed first, then by error (NaN is worst), then in their order;
 * NULL out of range. */
WG_API const wg_check_entry *wg_check_worst(const wg_check *check, size_t rank);
/* The entries in order of parameter and index; NULL out of range. */
WG_API const wg_check_entry *wg_check_entry_at(const wg_check *check, size_t i);

#ifdef __cplusplus
}
#endif
#endif
