/* derivation.h: recorded graphs as formulas, and the reverse sweep as the lines that a lecture would write.
 *
 * Everything is produced from the recorded nodes and the notation of their operations. */
#ifndef WG_DERIVATION_H
#define WG_DERIVATION_H

#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The loss is usually a mean over m samples, so 1/m enters the chain rule exactly once. */
typedef enum wg_form {
  WG_FORM_ENGINE, /* 1/m where the engine has it: ∂Z2 = (A2 − Y) / m */
  WG_FORM_LECTURE /* 1/m moved to the parameters: ∂Z2 = A2 − Y, ∂W2 = A1ᵀ·∂Z2 / m */
} wg_form;

typedef struct wg_derivation wg_derivation;

/* One line: left = right, shapes. Strings belong to the derivation. */
typedef struct wg_derivation_line {
  const wg_node *node;    /* whose adjoint this is; NULL for the line of a shared subformula, v12 = … */
  const wg_node *adjoint; /* the node that it prints */
  const char *left;       /* "∂W2" */
  const char *right;      /* "A1ᵀ·∂Z2 / m" */
  const char *shapes;     /* "(4,300)(300,3) → (4,3)", or "(300,3)" where no product changes the shape */
  int power;              /* `left` stands for the value of `adjoint` times m^power: 1 where 1/m was moved on, else 0 */
} wg_derivation_line;

/* The derivation of ∂root/∂wrt: a line for each node asked for and for each named node between it and the root, which
 * is all that a lecture writes down. A line stands where the sweep has the last contribution: the leaves of a formula
 * right after the node that the formula is of. Every line needs only what stands above it and the forward pass. Unnamed
 * nodes are written out; they get a line of their own before its first use, and the name v12 by their place on the
 * tape, where they are used more than once or are too long. A name that several nodes have gets the place too: h⁽¹²⁾.
 *
 * In the lecture form the factor 1/m is left out of the lines of intermediates, which then stand for m times the
 * adjoint (`power` is 1), and written in those of the leaves. Not so where a term of the sum has no such factor.
 *
 * Runs the sweep (wg_grad). Linear in the length of the tape. Returns NULL without memory for it; other failures are
 * its status: those of wg_grad, WG_ERROR_MEMORY. The caller frees it, before the tape. */
WG_API wg_derivation *wg_derivation_new(wg_node *root, size_t count, wg_node *const *wrt, wg_form form,
                                        wg_script script);
WG_API void wg_derivation_free(wg_derivation *derivation);
WG_API wg_status wg_derivation_status(const wg_derivation *derivation);
WG_API const char *wg_derivation_error(const wg_derivation *derivation);

WG_API size_t wg_derivation_count(const wg_derivation *derivation);
/* Line i, in order; NULL out of range. */
WG_API const wg_derivation_line *wg_derivation_at(const wg_derivation *derivation, size_t i);
/* What m stands for, the count in the root's mean over samples; 0 if the formulas use no m. */
WG_API int64_t wg_derivation_samples(const wg_derivation *derivation);

/* The formula of one node in terms of named nodes: "A1·W2 + b2" for Z2; of a leaf, its symbol. What is unnamed and used
 * twice or lies too deep stands as v12. Written into `text` as far as it fits, at a character's end, and always ended
 * by a zero; returns the length that the whole has (as snprintf), or 0 without memory. */
WG_API size_t wg_formula(const wg_node *node, wg_script script, char *text, size_t size);

/* The name of a node as it prints in that script: "Z2", "Z_{2}"; v12 for one without a name. As wg_formula. */
WG_API size_t wg_symbol(const wg_node *node, wg_script script, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
