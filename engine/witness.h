/* witness.h: what speaks for or against a gradient besides difference quotients of its elements: the forward mode, Taylor's
 * formula, and each backward rule by itself. Each goes another way than the reverse sweep does as a whole:
 *
 *   forward   J·ẋ by wg_jvp against ⟨∇, ẋ⟩: the chain rule is applied in the other direction
 *   Taylor    f(x + h·ẋ) − f(x) is O(h), and O(h²) after h·⟨∇, ẋ⟩ is taken off, whatever the gradient is made of
 *   nodes     ⟨ȳ, J·ẋ⟩ = ⟨Jᵀ·ȳ, ẋ⟩ for the rule of one node alone, J·ẋ being central differences of that node alone
 *
 * The first two judge the gradient, along a random direction ẋ. The third judges the rules: where it fails it names the
 * operation and the input, in a graph of any size. */
#ifndef WG_WITNESS_H
#define WG_WITNESS_H

#include "check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options; all zero means the defaults. */
typedef struct wg_witness_options {
  double tolerance; /* largest accepted relative difference; default 1e-6 (forward mode: 1e-12 at least) */
  uint64_t seed;    /* of the directions */
} wg_witness_options;

typedef struct wg_forward_test {
  double forward, reverse; /* J·ẋ and ⟨∇, ẋ⟩ */
  double error;            /* |forward − reverse| / max(|forward|, Σ|∇_i·ẋ_i|); NaN if either is not finite */
  wg_verdict verdict;
} wg_forward_test;

enum { WG_TAYLOR_STEPS = 12 };

typedef struct wg_taylor_step {
  double h;
  double first;  /* |f(x + h·ẋ) − f(x)| */
  double second; /* |f(x + h·ẋ) − f(x) − h·⟨∇, ẋ⟩| */
  bool fitted;   /* the second slope is measured here: at the least steps at which rounding does not matter */
} wg_taylor_step;

typedef struct wg_taylor_test {
  wg_taylor_step steps[WG_TAYLOR_STEPS]; /* h falls */
  double first_slope;                    /* of log first over log h: about 1 */
  double
      second_slope;   /* about 2 if the gradient is right and about 1 if it is not; INFINITY if the remainder is nothing
                          but rounding, as for a linear f. NaN if f has no finite values */
  wg_verdict verdict; /* WG_KINK: the slopes to both sides of x differ */
} wg_taylor_test;

/* One backward rule at one node. Of equal nodes (operation, shapes, attributes) the first is tried. */
typedef struct wg_node_test {
  const wg_node *node;
  int input;               /* the input that the rule sends to */
  double forward, reverse; /* ⟨ȳ, J·ẋ⟩ by differences, ⟨Jᵀ·ȳ, ẋ⟩ by the rule */
  double error;    /* |forward − reverse| / max(Σ|ȳ_i·(J·ẋ)_i|, Σ|(Jᵀ·ȳ)_i·ẋ_i|); NaN if not finite */
  size_t left_out; /* elements of y whose quotient cannot be trusted, at a kink for instance: ȳ is 0 there */
  wg_verdict verdict;
} wg_node_test;

typedef struct wg_witness wg_witness;

/* Questions the witnesses of ∂root/∂wrt[k], for a scalar f64 root at the point given by the bindings, which cover every
 * leaf the root needs. wrt are inputs or parameters, in f64, no two the same. `grad` are the gradients to be judged, of
 * the shapes of wrt; NULL means those of wg_grad. Records on the tape. Returns the result, or NULL without memory for it;
 * other failures are its status. The caller frees it, before the tape. Errors: WG_ERROR_DTYPE, WG_ERROR_SHAPE,
 * WG_ERROR_ARGUMENT (root not scalar, wrt not leaves, two tapes, tolerance not positive), WG_ERROR_UNBOUND,
 * WG_ERROR_MEMORY, and what a failed call left on the tape or a run reports. A rule that is not the derivative of its
 * value on purpose fails the third test, as it should. */
WG_API wg_witness *wg_witness_new(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *grad,
                                  size_t binding_count, const wg_binding *bindings, const wg_witness_options *options);
WG_API void wg_witness_free(wg_witness *witness);
WG_API wg_status wg_witness_status(const wg_witness *witness); /* WG_ERROR_MEMORY for NULL */
WG_API const char *wg_witness_error(const wg_witness *witness);

/* WG_FAIL if one of the tests failed, or the status is not WG_OK; else WG_PASS. */
WG_API wg_verdict wg_witness_verdict(const wg_witness *witness);

/* NULL if the status is not WG_OK. */
WG_API const wg_forward_test *wg_witness_forward(const wg_witness *witness);
WG_API const wg_taylor_test *wg_witness_taylor(const wg_witness *witness);

/* The rules that were tried, in the order of the tape; NULL out of range. */
WG_API size_t wg_witness_node_count(const wg_witness *witness);
WG_API const wg_node_test *wg_witness_node_at(const wg_witness *witness, size_t i);
/* The first that failed: all that goes into that node is differentiated well. NULL if none did. */
WG_API const wg_node_test *wg_witness_first_wrong(const wg_witness *witness);

#ifdef __cplusplus
}
#endif
#endif
