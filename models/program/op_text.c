/* Texts about operations, out of their records and the parameters of their functions. */
#include "op_text.h"
#include "../../ops/ops.h"
#include "program.h"
#include <ctype.h>
#include <string.h>

/* How each operation is called from C, in the order of the table. */
static const char *const parameters[] = {
#define WG_OP(name, list) #list,
#include "../../ops/table.h"
#undef WG_OP
};

/* ---- Names of inputs ---- */

const char *op_parameters(size_t op) { return parameters[op]; }

/* The i-th "wg_node *name" among the parameters. */
void op_input_name(size_t op, int i, char name[OP_NAME_MAX]) {
  static const char type[] = "wg_node *";
  const char *at = parameters[op];
  int seen = 0;
  while ((at = strstr(at, type))) {
    at += strlen(type);
    size_t length = strcspn(at, " ,)");
    if (strncmp(at, "const", 5) == 0) break;
    if (seen++ == i) {
      snprintf(name, OP_NAME_MAX, "%.*s", (int)length, at);
      return;
    }
  }
  snprintf(name, OP_NAME_MAX, "x%d", i);
}

int op_input_count(size_t op) {
  const char *at = parameters[op];
  int count = 0, arity = wg_op_at(op)->arity;
  if (arity != WG_VARIADIC) return arity;
  if (strstr(at, "*const")) return 2;
  while ((at = strstr(at, "wg_node *"))) {
    at += 9;
    count++;
  }
  return count;
}

static bool takes_list(size_t op) { return strstr(parameters[op], "*const") != NULL; }

static void inputs_write(wg_text *text, size_t op) {
  char name[OP_NAME_MAX];
  for (int i = 0; i < op_input_count(op); i++) {
    op_input_name(op, i, name);
    wg_text_print(text, i ? ", %s" : "%s", name);
  }
  if (takes_list(op)) wg_text_add(text, ", …");
}

/* ---- Attributes and formula ---- */

/* A declared attribute with its default: axis=-1, reduction=mean, axes=(). */
static void attr_write(wg_text *text, const wg_attr *attr) {
  wg_text_print(text, "%s=", attr->name);
  switch (attr->kind) {
  case WG_ATTR_INTEGER:
    wg_text_print(text, "%lld", (long long)attr->integer);
    break;
  case WG_ATTR_NUMBER:
    wg_text_print(text, "%g", attr->number);
    break;
  case WG_ATTR_TEXT:
    wg_text_add(text, attr->text ? attr->text : "");
    break;
  default:
    wg_text_add(text, "()");
    break;
  }
}

static void attrs_write(wg_text *text, const wg_op *op) {
  for (const wg_attr *attr = op->attrs; attr && attr->kind != WG_ATTR_END; attr++) {
    if (attr != op->attrs) wg_text_add(text, ", ");
    attr_write(text, attr);
  }
}

/* A template of the notation with the names of inputs and attributes in their places; names need no parentheses. */
static void template_write(wg_text *text, size_t op, const char *template) {
  char name[OP_NAME_MAX];
  for (const char *at = template; *at;) {
    size_t literal = strcspn(at, "%");
    wg_text_add_bytes(text, at, literal);
    at += literal;
    if (!*at++) break;
    if (*at == '+' || *at == '-') at++;
    if (*at == '*') {
      inputs_write(text, op);
      at++;
    } else if (*at == '{') {
      size_t length = strcspn(++at, "}");
      wg_text_add_bytes(text, at, length);
      at += length + (at[length] == '}');
    } else if (isdigit((unsigned char)*at)) {
      op_input_name(op, *at++ - '0', name);
      wg_text_add(text, name);
    } else if (*at) {
      wg_text_add_bytes(text, at++, 1);
    }
  }
}

/* The formula of its first sample, for an operation that has a notation only for nodes. */
static void formula_of_sample(wg_text *text, size_t at) {
  const wg_op *op = wg_op_at(at);
  const wg_sample *sample = op->samples;
  wg_node *inputs[WG_SAMPLE_INPUTS_MAX];
  wg_tape *tape = wg_tape_new();
  char formula[256], name[OP_NAME_MAX];
  for (int i = 0; i < sample->input_count; i++) {
    op_input_name(at, i, name);
    inputs[i] = wg_input(tape, name, sample->inputs[i].integer ? WG_I64 : WG_F64, sample->inputs[i].shape);
  }
  wg_formula(wg_apply(op, sample->input_count, inputs, sample->attrs), WG_UNICODE, formula, sizeof formula);
  if (wg_tape_status(tape) == WG_OK) wg_text_add(text, formula);
  wg_tape_free(tape);
}

/* Nothing for an operation made of others: those print instead. */
static void formula_write(wg_text *text, size_t at) {
  const wg_op *op = wg_op_at(at);
  if (op->notation.unicode)
    template_write(text, at, op->notation.unicode);
  else if (op->notation.write)
    formula_of_sample(text, at);
}

op_texts op_texts_new(size_t op) {
  op_texts texts = {WG_TEXT_EMPTY(&wg_allocator_default), WG_TEXT_EMPTY(&wg_allocator_default),
                    WG_TEXT_EMPTY(&wg_allocator_default)};
  inputs_write(&texts.inputs, op);
  attrs_write(&texts.attrs, wg_op_at(op));
  formula_write(&texts.formula, op);
  return texts;
}

bool op_texts_free(op_texts *texts) {
  bool good = !texts->inputs.failed && !texts->attrs.failed && !texts->formula.failed;
  wg_text_free(&texts->inputs);
  wg_text_free(&texts->attrs);
  wg_text_free(&texts->formula);
  return good;
}
