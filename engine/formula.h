/* formula.h: how nodes become text; internal to the library.
 *
 * The smallest pieces (names, numbers) are in symbol.c, and formulas made of them in formula.c. node_formula.c writes
 * the formula of one node, and derivation.c the lines of a derivation, in an order that derivation_order.c finds. */
#ifndef WG_FORMULA_H
#define WG_FORMULA_H

#include "derivation.h"
#include "text.h"

/* ---- Characters ---- */

#define WG_REPLACEMENT 0xFFFD /* stands for what is no character */

/* The character at s, which is not at its end, into *code; returns where the next one begins. */
const char *wg_character_read(const char *s, uint32_t *code);

/* Control characters, and those that have no width or reorder what stands around them. */
bool wg_character_unprintable(uint32_t code);

/* Columns that a string takes on a terminal: combining marks take none, East Asian wide characters two. */
size_t wg_text_width(const char *utf8);

/* A copy of the text in the arena, and the text emptied; NULL without memory. */
const char *wg_text_take(wg_text *text, wg_arena *arena);

/* The text into a buffer as wg_formula describes. */
size_t wg_text_copy(const wg_text *text, char *copy, size_t size);

/* ---- Symbols ---- */

/* A name as that script has it: "ŷ2" is ŷ2, yhat2, \hat{y}_{2}. Control characters and bytes that are not UTF-8 come
 * out as U+FFFD, or ?, so that no name can tamper with a terminal. */
void wg_write_name(wg_text *text, const char *name, wg_script script);

/* The name of a node; v12 or, for a constant, c12 (by its place on the tape) if it has none. With `place`, the place is
 * added to a name too, for names that several nodes have: h⁽¹²⁾. */
void wg_write_symbol(wg_text *text, const wg_node *node, bool place, wg_script script);

/* The sign of a derivative by what follows: ∂, d, \partial. */
void wg_write_partial(wg_text *text, wg_script script);

/* The fewest digits that give the number back, up to the last place or two: 0.001, 1e-7, −3. */
void wg_write_number(wg_text *text, double value, wg_dtype dtype, wg_script script);

/* m, m², m³ …, the number of samples to that power. */
void wg_write_samples(wg_text *text, int power, wg_script script);

/* ---- Formulas ---- */

/* How a node stands in the formulas of others: the value of the node is text / m^power. */
typedef struct wg_term {
  const char *text;
  int binds; /* twice wg_binding_strength, and one more for a product that is not elementwise: A·B ⊙ C is (A·B) ⊙ C */
  int depth; /* operations inside each other in the text; 0 for a symbol */
  int size;  /* operations in the text */
  int power;
} wg_term;

/* What formulas are written in. */
typedef struct wg_scope {
  wg_script script;
  int64_t samples; /* the count that prints as m; 0 if none does */
  bool hoist;      /* move the factors 1/m out of formulas, into wg_term.power */
  const wg_term *(*term)(const void *context, const wg_node *node); /* of an input of a node that is written */
  const void *context;
} wg_scope;

/* Whether the node is a leaf: an input, a parameter or a constant, which have no formula. */
static inline bool wg_node_is_leaf(const wg_node *node) { return node->input_count == 0; }

/* Whether the operation works on each element by itself; matrix products do not, and bind tighter. */
static inline bool wg_node_is_elementwise(const wg_node *y) { return y->op->loop[y->inputs[0]->dtype] != NULL; }

/* Each of these appends to `text` and describes it in *term, whose `text` is left to the caller. */

/* The symbol of a node, or the number that a fill is: 0.5, 1 / m. */
void wg_write_leaf(const wg_scope *scope, const wg_node *node, bool place, wg_text *text, wg_term *term);

/* The formula of y, from the notation of its operation and the terms of its inputs. */
void wg_write_formula(const wg_scope *scope, const wg_node *y, wg_text *text, wg_term *term);

/* term.text / m^power */
void wg_write_over_samples(const wg_scope *scope, const wg_term *term, int power, wg_text *text);

/* Whether an unnamed node should stand as a symbol: one that is used more than once and is more than one operation on
 * symbols, or one whose text is long. So the text of all formulas together is linear in their nodes. */
bool wg_term_wants_symbol(const wg_term *term, const wg_node *node, size_t uses);

/* Whether the operation prints as its input does: its template is that input and nothing else. */
bool wg_node_prints_as_input(const wg_node *y, wg_script script);

/* The attribute `count` by which y divides (WG_OP_COUNT), or the count of a fill; 1 for other nodes. */
int64_t wg_node_divisor(const wg_node *y);

/* ---- Derivations ---- */

/* A node that gets a line, and its adjoint. */
typedef struct wg_target {
  wg_node *node, *adjoint;
} wg_target;

/* The nodes that get a line for ∂root/∂wrt, in the order of a lecture; *targets is the caller's to release. grad[k] is
 * ∂root/∂wrt[k], from a sweep with that seed. False without memory. */
bool wg_derivation_order(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt, wg_node *const *grad,
                         wg_target **targets, size_t *target_count);

#endif
