/* formula.c: the formula of a node, from the notation of its operation and the terms of its inputs. */
#include "formula.h"
#include "tape_internal.h"

#include <string.h>

enum { BINDS_PRODUCT = 2 * WG_BINDS_PRODUCT, BINDS_ATOM = 2 * WG_BINDS_ATOM };

/* ---- Notation ---- */

static const char *template_of(const wg_node *y, wg_script script) {
  const wg_notation *notation = &y->op->notation;
  const char *special = notation->write ? notation->write(y, script) : NULL;
  if (special) return special;
  if (script == WG_LATEX) return notation->latex;
  return script == WG_UNICODE && notation->unicode ? notation->unicode : notation->ascii;
}

bool wg_node_prints_as_input(const wg_node *y, wg_script script) {
  const char *template = template_of(y, script);
  return template && (!strcmp(template, "%0") || !strcmp(template, "%-0"));
}

static int binds_of(const wg_node *y, const char *template) {
  int strength = template && y->op->notation.binds ? (int)y->op->notation.binds : WG_BINDS_ATOM;
  return 2 * strength + (strength == WG_BINDS_PRODUCT && !wg_node_is_elementwise(y));
}

static const wg_attr *attr_of(const wg_node *y, const char *name, size_t length) {
  for (const wg_attr *declared = y->op->attrs, *attr = y->attrs; declared && declared->kind; declared++, attr++)
    if (strlen(declared->name) == length && !strncmp(declared->name, name, length)) return attr;
  return NULL;
}

int64_t wg_node_divisor(const wg_node *y) {
  double value;
  int64_t count;
  if (wg_node_is_fill(y, &value, &count)) return count;
  const wg_attr *attr = y->op->flags & WG_OP_COUNT ? attr_of(y, "count", strlen("count")) : NULL;
  return attr ? attr->integer : 1;
}

/* Whether the factor that y brings is the 1/m of the scope. A count of 1 cannot be told from a plain number. */
static bool is_over_samples(const wg_scope *scope, const wg_node *y) {
  return scope->samples > 1 && wg_node_divisor(y) == scope->samples;
}

/* ---- Factors 1/m ---- */

static bool is_zero(const wg_node *node) {
  double value;
  int64_t count;
  return wg_node_is_fill(node, &value, &count) && value == 0;
}

/* How many factors 1/m all terms of y's formula have in common; zeros have as many as one likes. */
static int common_power(const wg_scope *scope, const wg_node *y) {
  int first = y->op->linearity == WG_LINEAR_REST, common = -1;
  for (int i = first; i < y->input_count; i++) {
    int power = scope->term(scope->context, y->inputs[i])->power;
    if (!is_zero(y->inputs[i]) && (common < 0 || power < common)) common = power;
  }
  return common < 0 ? 0 : common;
}

/* How many of the factors 1/m of y's i-th input move out in front of y. */
static int power_moved(const wg_scope *scope, const wg_node *y, int i, int common) {
  int power = scope->term(scope->context, y->inputs[i])->power;
  switch (y->op->linearity) {
  case WG_LINEAR_NONE:
    return 0;
  case WG_LINEAR_EACH:
    return power;
  case WG_LINEAR_JOINTLY:
    return common;
  case WG_LINEAR_FIRST:
    return i == 0 ? power : 0;
  case WG_LINEAR_REST:
    return i == 0 ? 0 : common;
  }
  return 0;
}

/* How many are in front of y then: those that all terms have in common, or those of all factors together. */
static int power_of(const wg_scope *scope, const wg_node *y, int common) {
  if (y->op->linearity == WG_LINEAR_JOINTLY || y->op->linearity == WG_LINEAR_REST) return common;
  int power = 0;
  for (int i = 0; i < y->input_count; i++) power += power_moved(scope, y, i, common);
  return power;
}

/* ---- Quotients ---- */

/* The signs around the numerator and the denominator; a numerator that is a sum gets parentheses, or stands over a bar. */
static void quotient_open(wg_script script, int binds, wg_text *text) {
  wg_text_add(text, script == WG_LATEX ? "\\frac{" : binds < BINDS_PRODUCT ? "(" : "");
}
static void quotient_middle(wg_script script, int binds, wg_text *text) {
  wg_text_add(text, script == WG_LATEX ? "}{" : binds < BINDS_PRODUCT ? ") / " : " / ");
}
static void quotient_close(wg_script script, wg_text *text) { wg_text_add(text, script == WG_LATEX ? "}" : ""); }

void wg_write_over_samples(const wg_scope *scope, const wg_term *term, int power, wg_text *text) {
  if (power > 0) quotient_open(scope->script, term->binds, text);
  wg_text_add(text, term->text);
  if (power <= 0) return;
  quotient_middle(scope->script, term->binds, text);
  wg_write_samples(text, power, scope->script);
  quotient_close(scope->script, text);
}

/* ---- Leaves ---- */

/* The matrix of ones, which a fill is beside a matrix product. */
static const char *const ones[] = {[WG_UNICODE] = "𝟏", [WG_ASCII] = "ones", [WG_LATEX] = "\\mathbf{1}"};

/* The number that a fill is, times the tensor `one` if that is not NULL. */
static void fill_write(const wg_scope *scope, const wg_node *node, const char *one, wg_text *text, wg_term *term) {
  static const char *const times[] = {[WG_UNICODE] = "·", [WG_ASCII] = " * ", [WG_LATEX] = " "};
  double value = 0;
  int64_t count = 1;
  wg_node_is_fill(node, &value, &count);
  bool samples = is_over_samples(scope, node), quotient = count > 1 && !(samples && scope->hoist);
  bool atom = value >= 0 && !quotient && (!one || value == 1);
  *term = (wg_term){.binds = atom ? BINDS_ATOM : BINDS_PRODUCT, .power = samples && scope->hoist};
  if (quotient) quotient_open(scope->script, BINDS_PRODUCT, text);
  if (!one || value != 1) wg_write_number(text, value, node->dtype, scope->script);
  if (one && value != 1) wg_text_add(text, times[scope->script]);
  if (one) wg_text_add(text, one);
  if (!quotient) return;
  quotient_middle(scope->script, BINDS_PRODUCT, text);
  if (samples)
    wg_write_samples(text, 1, scope->script);
  else
    wg_text_print(text, "%lld", (long long)count);
  quotient_close(scope->script, text);
}

/* A number is one node wherever it is used, so that a seed, named as an adjoint, may be the 1 of 1 − A too: a number stands
 * under a name only if a person gave it. */
static bool has_name_of_its_own(const wg_node *node) {
  return node->name && strncmp(node->name, "∂", sizeof "∂" - 1) != 0;
}

void wg_write_leaf(const wg_scope *scope, const wg_node *node, bool place, wg_text *text, wg_term *term) {
  double value;
  int64_t count;
  *term = (wg_term){.binds = BINDS_ATOM};
  if (wg_node_is_fill(node, &value, &count) && !has_name_of_its_own(node))
    fill_write(scope, node, NULL, text, term);
  else
    wg_write_symbol(text, node, place, scope->script);
}

/* ---- Operands ---- */

/* A formula being written: of y, into text, where it begins at `start`. */
typedef struct writer {
  const wg_scope *scope;
  const wg_node *y;
  wg_text *text;
  size_t start;
  int binds, common;
} writer;

static void parenthesize(wg_text *text, size_t from) {
  wg_text_add(text, "()");
  if (text->failed) return;
  char *s = text->data + from;
  memmove(s + 1, s, text->length - from - 2);
  *s = '(';
}

/* The length of the minus sign that a string begins with, 0 if it begins with none. */
static size_t minus_length(const char *s) { return *s == '-' ? 1 : strncmp(s, "−", strlen("−")) ? 0 : strlen("−"); }

/* Settles a minus sign in front of an operand that is not the first thing of a formula: a + −b becomes a − b and
 * a − −b becomes a + b; elsewhere the operand gets parentheses. */
static void minus_settle(const writer *w, size_t operand) {
  wg_text *text = w->text;
  size_t sign = text->failed || operand <= w->start ? 0 : minus_length(text->data + operand);
  if (!sign) return;
  const char *s = text->data + operand;
  bool after_plus = operand >= w->start + 2 && !memcmp(s - 2, "+ ", 2);
  bool after_minus = operand >= w->start + sign + 1 && !memcmp(s - sign - 1, s, sign) && s[-1] == ' ';
  if (w->binds != 2 * WG_BINDS_SUM || !(after_plus || after_minus)) {
    parenthesize(text, operand);
    return;
  }
  char *to = text->data + operand - (after_plus ? 2 : sign + 1);
  if (after_plus)
    memmove(to, s, sign);
  else
    *to = '+';
  to += after_plus ? sign : 1;
  *to++ = ' ';
  memmove(to, s + sign, text->length - operand - sign + 1);
  text->length = (size_t)(to - text->data) + text->length - operand - sign;
}

/* The i-th input: in parentheses if it binds looser than y ('+': or equally; '-': never). */
static void operand_write(const writer *w, int i, char mode) {
  const wg_node *x = w->y->inputs[i];
  wg_term term = *w->scope->term(w->scope->context, x);
  double value;
  int64_t count;
  size_t operand = w->text->length;
  int lifted = term.power - power_moved(w->scope, w->y, i, w->common);
  if (w->binds == BINDS_PRODUCT + 1 && !x->name && wg_node_is_fill(x, &value, &count) && wg_node_size(x) != 1)
    fill_write(w->scope, x, ones[w->scope->script], w->text, &term);
  else
    wg_write_over_samples(w->scope, &term, lifted, w->text);
  int binds = lifted > 0 ? BINDS_PRODUCT : term.binds;
  if (mode == '-' || w->text->failed) return;
  if (binds < w->binds || (mode == '+' && binds == w->binds))
    parenthesize(w->text, operand);
  else
    minus_settle(w, operand);
}

/* ---- Templates ---- */

static void integer_write(const writer *w, int64_t integer) {
  const char *minus = integer >= 0 ? "" : w->scope->script == WG_UNICODE ? "−" : "-";
  wg_text_print(w->text, "%s%llu", minus, integer < 0 ? 0 - (unsigned long long)integer : (unsigned long long)integer);
}

static void attr_write(const writer *w, const char *name, size_t length) {
  const wg_attr *attr = attr_of(w->y, name, length);
  wg_script script = w->scope->script;
  if (!attr) return;
  if (attr->kind == WG_ATTR_INTEGER && w->y->op->flags & WG_OP_COUNT && is_over_samples(w->scope, w->y))
    wg_write_samples(w->text, 1, script);
  else if (attr->kind == WG_ATTR_INTEGER)
    integer_write(w, attr->integer);
  else if (attr->kind == WG_ATTR_NUMBER)
    wg_write_number(w->text, attr->number, w->y->dtype, script);
  else if (attr->kind == WG_ATTR_TEXT)
    wg_write_name(w->text, attr->text ? attr->text : "", script);
  else if (attr->kind == WG_ATTR_INTEGERS)
    for (int k = 0; k < attr->count; k++) {
      if (k) wg_text_add(w->text, ",");
      integer_write(w, attr->integers[k]);
    }
}

static void operands_write(const writer *w) {
  for (int i = 0; i < w->y->input_count; i++) {
    if (i) wg_text_add(w->text, ", ");
    operand_write(w, i, '-');
  }
}

/* What the template has after a percent sign; returns where it goes on. */
static const char *field_write(const writer *w, const char *field) {
  char mode = *field == '+' || *field == '-' ? *field++ : 0;
  const char *end = *field == '{' ? strchr(field, '}') : NULL;
  if (end)
    attr_write(w, field + 1, (size_t)(end - field - 1));
  else if (*field == '*')
    operands_write(w);
  else if (*field >= '0' && *field <= '9' && *field - '0' < w->y->input_count)
    operand_write(w, *field - '0', mode);
  else if (*field == '%')
    wg_text_add(w->text, "%");
  return end ? end + 1 : *field ? field + 1 : field;
}

static void template_write(const writer *w, const char *template) {
  while (*template) {
    size_t literal = strcspn(template, "%");
    wg_text_add_bytes(w->text, template, literal);
    template += literal;
    if (*template) template = field_write(w, template + 1);
  }
}

/* name(inputs), for an operation without notation */
static void call_write(const writer *w) {
  bool latex = w->scope->script == WG_LATEX;
  wg_text_add(w->text, latex ? "\\operatorname{" : "");
  for (const char *c = w->y->op->name; *c; c++) wg_text_print(w->text, latex && *c == '_' ? "\\%c" : "%c", *c);
  wg_text_add(w->text, latex ? "}(" : "(");
  operands_write(w);
  wg_text_add(w->text, ")");
}

/* One operation more than its inputs have. */
static void operations_count(const wg_scope *scope, const wg_node *y, wg_term *term) {
  for (int i = 0; i < y->input_count; i++) {
    const wg_term *input = scope->term(scope->context, y->inputs[i]);
    term->size += input->size;
    if (input->depth > term->depth) term->depth = input->depth;
  }
  term->size++;
  term->depth++;
}

bool wg_term_wants_symbol(const wg_term *term, const wg_node *node, size_t uses) {
  enum { DEPTH_MAX = 8, OPERATIONS_MAX = 10, INPUTS_MAX = 4 };
  if (term->depth > DEPTH_MAX || term->size > OPERATIONS_MAX) return true;
  return uses > 1 && (term->depth > 1 || (term->depth == 1 && node->input_count > INPUTS_MAX));
}

void wg_write_formula(const wg_scope *scope, const wg_node *y, wg_text *text, wg_term *term) {
  bool over_samples = scope->hoist && y->op->flags & WG_OP_COUNT && is_over_samples(scope, y);
  if (over_samples || wg_node_prints_as_input(y, scope->script)) {
    *term = *scope->term(scope->context, y->inputs[0]);
    term->power += over_samples;
    wg_text_add(text, term->text);
    return;
  }
  const char *template = template_of(y, scope->script);
  int common = common_power(scope, y);
  writer w = {
      .scope = scope, .y = y, .text = text, .start = text->length, .binds = binds_of(y, template), .common = common};
  *term = (wg_term){.binds = w.binds, .power = power_of(scope, y, common)};
  operations_count(scope, y, term);
  if (template)
    template_write(&w, template);
  else
    call_write(&w);
}
