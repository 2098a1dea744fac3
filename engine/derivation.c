/* derivation.c: the reverse sweep as the lines that a lecture would write.
 *
 * Two passes over the tape, no recursion. Down: which nodes do the lines need, how often, and which line first? Up, each
 * node after its inputs: its formula, from theirs. A formula that is asked for, used more than once, or too long
 * becomes a line, and stands in later ones as a symbol; so what is printed is linear in the nodes that it prints. */
#include "formula.h"
#include "grad.h"
#include "tape_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct line {
  wg_derivation_line shown;
  size_t position; /* that of the first target which needs it */
} line;

struct wg_derivation {
  const wg_allocator *allocator;
  wg_arena arena; /* the strings */
  line *lines;
  size_t count, capacity;
  int64_t samples;
  wg_status status;
  char message[512];
};

/* What is known of a node of the tape while its formula is made. */
typedef struct entry {
  wg_term term;
  const wg_node *subject; /* the node whose adjoint this is, if that is what it is called */
  size_t target;          /* the target whose adjoint this is, plus 1; 0 for none */
  size_t uses;
  size_t position; /* of the first line that needs it; NOT_NEEDED if none does */
  bool forward;    /* the root is made from it */
  bool ambiguous;  /* other nodes have the same name */
  bool defined;    /* gets a line because its adjoint has one: who reads ∂v12 wants to know v12 */
} entry;

#define NOT_NEEDED SIZE_MAX

typedef struct making {
  wg_derivation *derivation;
  wg_tape *tape;
  wg_node *root, *seed;
  wg_target *targets;
  size_t target_count;
  entry *entries; /* by the number of the node */
  size_t length;  /* of the tape */
  wg_scope scope;
  wg_text text;
} making;

static const wg_term *term_of(const void *context, const wg_node *node) {
  const making *m = context;
  return &m->entries[node->id].term;
}

/* ---- Which nodes are symbols ---- */

static bool is_named(const wg_node *node) { return node->name && *node->name; }

/* Leaves, and what had its name when the root was recorded: the reader knows what they are. */
static bool is_symbol(const making *m, const wg_node *node) {
  return wg_node_is_leaf(node) || (is_named(node) && node->id <= m->root->id);
}

static void forward_find(making *m) {
  m->entries[m->root->id].forward = true;
  for (size_t id = m->root->id + 1; id-- > 0;) {
    const wg_node *node = wg_tape_node(m->tape, id);
    for (int i = 0; i < node->input_count && m->entries[id].forward; i++)
      m->entries[node->inputs[i]->id].forward = true;
  }
}

static int name_compare(const void *a, const void *b) {
  const wg_node *const *x = a, *const *y = b;
  return strcmp((*x)->name, (*y)->name);
}

/* Marks the nodes whose name is not theirs alone. */
static bool ambiguous_find(making *m) {
  size_t count = 0;
  for (size_t id = 0; id < m->length; id++) count += is_named(wg_tape_node(m->tape, id));
  const wg_node **named = wg_allocate(m->derivation->allocator, count, sizeof *named);
  if (!named) return false;
  count = 0;
  for (size_t id = 0; id < m->length; id++)
    if (is_named(wg_tape_node(m->tape, id))) named[count++] = wg_tape_node(m->tape, id);
  qsort(named, count, sizeof *named, name_compare);
  for (size_t k = 1; k < count; k++)
    if (!strcmp(named[k - 1]->name, named[k]->name))
      m->entries[named[k - 1]->id].ambiguous = m->entries[named[k]->id].ambiguous = true;
  wg_release(m->derivation->allocator, named);
  return true;
}

static wg_node *adjoint_of(const making *m, const wg_node *node) {
  return wg_memo_find(m->tape, (wg_memo_key){m->root, m->seed, node});
}

/* Says which nodes are called ∂V: the adjoints of targets, and those of unnamed nodes, in case they get a line. */
static void subjects_find(making *m) {
  for (size_t k = 0; k < m->target_count; k++) {
    const wg_node *adjoint = m->targets[k].adjoint;
    entry *e = &m->entries[adjoint->id];
    if (e->target || e->forward || is_symbol(m, adjoint)) continue;
    e->subject = m->targets[k].node;
    e->target = k + 1;
  }
  for (size_t id = m->root->id + 1; id-- > 0;) {
    wg_node *node = wg_tape_node(m->tape, id), *adjoint = adjoint_of(m, node);
    if (!adjoint || is_named(node) || is_named(adjoint) || wg_node_is_leaf(adjoint)) continue;
    entry *e = &m->entries[adjoint->id];
    if (!e->subject && !e->forward) e->subject = node;
  }
}

/* ---- Down: what is needed ---- */

static void need(making *m, const wg_node *node, size_t position) {
  entry *e = &m->entries[node->id];
  if (position < e->position) e->position = position;
}

static void needs_find(making *m) {
  for (size_t id = 0; id < m->length; id++) {
    m->entries[id].uses = 0;
    m->entries[id].position = NOT_NEEDED;
  }
  for (size_t k = 0; k < m->target_count; k++) need(m, m->targets[k].adjoint, k);
  for (size_t id = m->length; id-- > 0;) {
    const wg_node *node = wg_tape_node(m->tape, id);
    const entry *e = &m->entries[id];
    if (e->position == NOT_NEEDED || is_symbol(m, node)) continue;
    if (e->subject && m->entries[e->subject->id].defined) need(m, e->subject, e->position);
    for (int i = 0; i < node->input_count; i++) {
      need(m, node->inputs[i], e->position);
      m->entries[node->inputs[i]->id].uses++;
    }
  }
}

/* ---- What m is ---- */

/* The count of the mean nearest to the root that is taken over something made from an input, since it is inputs that
 * come in samples; or of any mean if nothing is made from inputs. */
static int64_t samples_of_root(making *m) {
  size_t length = m->root->id + 1;
  bool *sampled = wg_allocate_zeroed(m->derivation->allocator, length, sizeof *sampled);
  if (!sampled) return -1;
  for (size_t id = 0; id < length; id++) {
    const wg_node *node = wg_tape_node(m->tape, id);
    sampled[id] = wg_node_is_input(node);
    for (int i = 0; i < node->input_count; i++) sampled[id] |= sampled[node->inputs[i]->id];
  }
  bool any = sampled[m->root->id];
  int64_t samples = 0;
  for (size_t id = length; id-- > 0 && !samples;) {
    const wg_node *node = wg_tape_node(m->tape, id);
    bool between = !wg_node_is_leaf(node) && adjoint_of(m, node);
    if (between && (sampled[id] || !any) && wg_node_divisor(node) > 1) samples = wg_node_divisor(node);
  }
  wg_release(m->derivation->allocator, sampled);
  return wg_tape_find(m->tape, "m") ? 0 : samples; /* the letter would have two meanings */
}

/* ---- Up: formulas and lines ---- */

/* Whether the quotient by a count, or an operation that prints as its input, hides another operation. */
static const wg_node *core_of(const making *m, const wg_node *node) {
  bool hides = true;
  while (hides && !wg_node_is_leaf(node)) {
    const wg_node *inner = node->inputs[0];
    hides = (wg_node_divisor(node) > 1 || wg_node_prints_as_input(node, m->scope.script)) && !wg_node_is_leaf(inner) &&
            m->entries[inner->id].term.depth > 0;
    if (hides) node = inner;
  }
  return node;
}

/* "(4,300)(300,3) → (4,3)" for the formula of a product that is not elementwise; else the shape. */
static void shapes_write(making *m, const wg_node *node, bool formula) {
  static const char *const arrow[] = {[WG_UNICODE] = " → ", [WG_ASCII] = " -> ", [WG_LATEX] = " \\to "};
  char shape[WG_SHAPE_TEXT_SIZE];
  const wg_node *core = formula ? core_of(m, node) : node;
  bool each = formula && core->input_count == 2 && core->op->linearity == WG_LINEAR_EACH;
  bool product = each && !wg_node_is_elementwise(core);
  for (int i = 0; product && i < 2; i++) wg_text_add(&m->text, wg_shape_text(core->inputs[i]->shape, shape));
  if (product) wg_text_add(&m->text, arrow[m->scope.script]);
  wg_text_add(&m->text, wg_shape_text(node->shape, shape));
}

static void symbol_write(making *m, const wg_node *subject, const wg_node *node) {
  if (subject) wg_write_partial(&m->text, m->scope.script);
  const wg_node *symbol = subject ? subject : node;
  wg_write_symbol(&m->text, symbol, m->entries[symbol->id].ambiguous, m->scope.script);
}

/* The line `subject` = the formula in *term, which becomes its symbol. The value of what is exact has its factors 1/m
 * written out; from others one is left out. */
static bool line_add(making *m, const wg_node *subject, const wg_node *node, wg_term *term, size_t position) {
  wg_derivation *d = m->derivation;
  bool exact = subject ? wg_node_is_leaf(subject) : m->entries[node->id].forward;
  int power = exact || term->power < 1 ? 0 : 1;
  wg_write_over_samples(&m->scope, term, term->power - power, &m->text);
  const char *right = wg_text_take(&m->text, &m->derivation->arena);
  symbol_write(m, subject, node);
  const char *left = wg_text_take(&m->text, &m->derivation->arena);
  shapes_write(m, node, term->depth > 0);
  const char *shapes = wg_text_take(&m->text, &m->derivation->arena);
  line *lines = wg_grow(d->allocator, d->lines, d->count, &d->capacity, sizeof *lines);
  if (lines) d->lines = lines;
  if (!lines || !right || !left || !shapes) return false;
  lines[d->count] = (line){{subject, node, left, right, shapes, power}, position};
  d->count++;
  *term = (wg_term){.text = left, .binds = 2 * WG_BINDS_ATOM, .power = power};
  return true;
}

static bool wants_line(const wg_node *node, const entry *e) {
  return e->target || e->defined || is_named(node) || wg_term_wants_symbol(&e->term, node, e->uses);
}

static bool entry_write(making *m, const wg_node *node) {
  entry *e = &m->entries[node->id];
  bool symbol = is_symbol(m, node);
  if (symbol)
    wg_write_leaf(&m->scope, node, e->ambiguous, &m->text, &e->term);
  else
    wg_write_formula(&m->scope, node, &m->text, &e->term);
  e->term.text = wg_text_take(&m->text, &m->derivation->arena);
  if (!e->term.text) return false;
  return symbol || !wants_line(node, e) || line_add(m, e->subject, node, &e->term, e->position);
}

static int line_compare(const void *a, const void *b) {
  const line *x = a, *y = b;
  if (x->position != y->position) return x->position < y->position ? -1 : 1;
  size_t x_id = x->shown.adjoint->id, y_id = y->shown.adjoint->id;
  return x_id < y_id ? -1 : x_id > y_id;
}

static bool lines_write(making *m) {
  needs_find(m);
  for (size_t id = 0; id < m->length; id++)
    if (m->entries[id].position != NOT_NEEDED && !entry_write(m, wg_tape_node(m->tape, id))) return false;
  for (size_t k = 0; k < m->target_count; k++) {
    const entry *e = &m->entries[m->targets[k].adjoint->id];
    wg_term term = e->term; /* ∂V = ∂U, or something of the forward pass */
    if (e->target != k + 1 && !line_add(m, m->targets[k].node, m->targets[k].adjoint, &term, k)) return false;
  }
  if (m->derivation->count) qsort(m->derivation->lines, m->derivation->count, sizeof(line), line_compare);
  return true;
}

/* The unnamed nodes whose adjoints have got lines: they get lines too. True if there are any. */
static bool definitions_find(making *m) {
  bool found = false;
  for (size_t k = 0; k < m->derivation->count; k++) {
    const wg_derivation_line *shown = &m->derivation->lines[k].shown;
    if (!shown->node || is_symbol(m, shown->node) || shown->node->id > shown->adjoint->id) continue;
    found = m->entries[shown->node->id].defined = true;
  }
  return found;
}

/* ---- The whole ---- */

static bool derivation_make(making *m, size_t count, wg_node *const *wrt, wg_node *const *grad, bool lecture) {
  const wg_allocator *allocator = m->derivation->allocator;
  m->seed = wg_fill(m->tape, m->root->dtype, *m->root->shape, 1);
  if (wg_node_inert(m->seed)) return false;
  if (!wg_derivation_order(m->root, m->seed, count, wrt, grad, &m->targets, &m->target_count)) return false;
  m->length = wg_tape_count(m->tape);
  m->entries = wg_allocate_zeroed(allocator, m->length, sizeof *m->entries);
  if (!m->entries || !ambiguous_find(m)) return false;
  int64_t samples = samples_of_root(m);
  if (samples < 0) return false;
  m->scope.samples = m->derivation->samples = samples;
  m->scope.hoist = lecture;
  forward_find(m);
  subjects_find(m);
  if (!lines_write(m)) return false;
  if (!definitions_find(m)) return true;
  wg_arena_free(&m->derivation->arena, allocator); /* once more, with the definitions */
  m->derivation->count = 0;
  return lines_write(m);
}

static void derivation_fail(wg_derivation *d, wg_status status, const char *message) {
  d->status = status;
  size_t length = strlen(message);
  if (length >= sizeof d->message) length = sizeof d->message - 1;
  memcpy(d->message, message, length);
  d->message[length] = 0;
  d->count = 0;
}

wg_derivation *wg_derivation_new(wg_node *root, size_t count, wg_node *const *wrt, wg_form form, wg_script script) {
  wg_tape *tape = wg_node_tape(root);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_derivation *d = wg_allocate_zeroed(allocator, 1, sizeof *d);
  wg_node **grad = wg_allocate(allocator, count, sizeof *grad);
  if (!d || !grad) {
    wg_release(allocator, d);
    wg_release(allocator, grad);
    return NULL;
  }
  d->allocator = allocator;
  making m = {.derivation = d, .tape = tape, .root = root, .text = WG_TEXT_EMPTY(allocator)};
  m.scope = (wg_scope){.script = script, .term = term_of, .context = &m};
  wg_status status = wg_grad(root, count, wrt, grad);
  if (status != WG_OK)
    derivation_fail(d, status, wg_tape_error(tape));
  else if (!derivation_make(&m, count, wrt, grad, form == WG_FORM_LECTURE))
    derivation_fail(d, WG_ERROR_MEMORY, "derivation: out of memory");
  wg_text_free(&m.text);
  wg_release(allocator, m.targets);
  wg_release(allocator, m.entries);
  wg_release(allocator, grad);
  return d;
}

void wg_derivation_free(wg_derivation *d) {
  if (!d) return;
  wg_arena_free(&d->arena, d->allocator);
  wg_release(d->allocator, d->lines);
  wg_release(d->allocator, d);
}

wg_status wg_derivation_status(const wg_derivation *d) { return d ? d->status : WG_ERROR_MEMORY; }
const char *wg_derivation_error(const wg_derivation *d) { return d ? d->message : "derivation: out of memory"; }
size_t wg_derivation_count(const wg_derivation *d) { return d ? d->count : 0; }
int64_t wg_derivation_samples(const wg_derivation *d) { return d ? d->samples : 0; }

const wg_derivation_line *wg_derivation_at(const wg_derivation *d, size_t i) {
  return i < wg_derivation_count(d) ? &d->lines[i].shown : NULL;
}
