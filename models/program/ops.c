/* wengert ops: the table of operations, each with its inputs, attributes, formula and description, as text, as a page of
 * the manual, or as JSON. */
#include "../../ops/ops.h"
#include "op_text.h"
#include "program.h"
#include <string.h>

typedef enum ops_format { OPS_TABLE, OPS_MARKDOWN, OPS_JSON } ops_format;

/* ---- As text ---- */

/* The length of the first sentence of a description, without its stop. */
static int sentence_length(const char *doc) {
  for (const char *at = doc; *at; at++)
    if (*at == '\n' || (*at == '.' && (at[1] == ' ' || at[1] == '\n' || !at[1]))) return (int)(at - doc);
  return (int)strlen(doc);
}

static bool table_print(const terminal *t) {
  text_table table = text_table_new("lll");
  text_table_titles(&table, "operation|inputs|what it computes");
  bool good = true;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    op_texts texts = op_texts_new(i);
    text_table_add(&table, STYLE_STRONG, "%s", op->name);
    text_table_add(&table, STYLE_PLAIN, "%s", wg_text_string(&texts.inputs));
    text_table_add(&table, STYLE_PLAIN, "%.*s", sentence_length(op->doc), op->doc);
    good = op_texts_free(&texts) && good;
  }
  good = text_table_print(&table, t) && good;
  text_table_free(&table);
  return good;
}

/* "  C           wg_sum(…)", broken into lines. */
static void line_print(const terminal *t, const char *label, const char *text) {
  enum { INDENT = 14 };
  fprintf(t->out, "  %s%*s", label, INDENT - 2 - (int)strlen(label), "");
  text_wrap(t->out, t->width, INDENT, text);
  fputc('\n', t->out);
}

/* One operation with all that there is to say. */
static bool one_print(const terminal *t, size_t at) {
  const wg_op *op = wg_op_at(at);
  op_texts texts = op_texts_new(at);
  wg_text call = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_text_print(&call, "wg_%s%s", op->name, op_parameters(at));
  fprintf(t->out, "%s%s%s\n\n", terminal_style(t, STYLE_HEADING), op->name, terminal_style(t, STYLE_PLAIN));
  terminal_paragraph(t, 2, "%s", op->doc);
  fputc('\n', t->out);
  line_print(t, "C", wg_text_string(&call));
  if (op->attrs) line_print(t, "attributes", wg_text_string(&texts.attrs));
  line_print(t, "formula", texts.formula.length ? wg_text_string(&texts.formula) : "that of what it is made of");
  bool good = !call.failed;
  wg_text_free(&call);
  return op_texts_free(&texts) && good;
}

/* ---- As a page of the manual ---- */

/* Text in Markdown: what it would take for markup is escaped, but not between backquotes. */
static void markdown_text(FILE *out, const char *text) {
  bool code = false;
  for (; *text; text++) {
    if (*text == '`') code = !code;
    if (*text == '\n')
      fputs("  ", out); /* two spaces end a line */
    else if (!code && strchr("*_<>[]|\\", *text))
      fputc('\\', out);
    fputc(*text, out);
  }
}

/* Code in a cell of a table, where even there a | must be escaped. */
static void markdown_cell(FILE *out, const char *code) {
  if (*code) fputc('`', out);
  for (const char *at = code; *at; at++) {
    if (*at == '|') fputc('\\', out);
    fputc(*at, out);
  }
  if (*code) fputc('`', out);
}

static bool markdown_row(FILE *out, size_t at) {
  op_texts texts = op_texts_new(at);
  const wg_text *cells[] = {&texts.inputs, &texts.attrs, &texts.formula};
  fprintf(out, "| [%s](#%s) |", wg_op_at(at)->name, wg_op_at(at)->name);
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
    fputc(' ', out);
    markdown_cell(out, wg_text_string(cells[i]));
    fputs(" |", out);
  }
  fputc('\n', out);
  return op_texts_free(&texts);
}

static bool markdown_print(FILE *out) {
  bool good = true;
  fprintf(
      out,
      "# Operations\n\n"
      "The %zu operations of the table `ops/table.h`, in its order. This page is what `wengert ops --format markdown` "
      "prints; a test compares the two.\n\n"
      "The function `wg_NAME` records the operation NAME. By its name, with attributes in any order and defaults for "
      "those left out, `wg_apply(wg_op_find(\"NAME\"), count, inputs, attributes)` does so too. Where the column of "
      "formulas is empty, the operation is recorded as others, and prints as they do. All operations take f32 and "
      "f64 unless they say otherwise; masks are numbers, 0 and 1, and indices are i64.\n\n"
      "| operation | inputs | attributes | formula |\n|---|---|---|---|\n",
      wg_op_count());
  for (size_t i = 0; i < wg_op_count(); i++) good = markdown_row(out, i) && good;
  for (size_t i = 0; i < wg_op_count(); i++) {
    fprintf(out, "\n## %s\n\n`wg_%s%s`\n\n", wg_op_at(i)->name, wg_op_at(i)->name, op_parameters(i));
    markdown_text(out, wg_op_at(i)->doc);
    fputc('\n', out);
  }
  return good;
}

/* ---- As JSON ---- */

static const char *attr_kind(const wg_attr *attr) {
  switch (attr->kind) {
  case WG_ATTR_INTEGER:
    return "whole number";
  case WG_ATTR_NUMBER:
    return "number";
  case WG_ATTR_TEXT:
    return "word";
  case WG_ATTR_INTEGERS:
    return "list of whole numbers";
  default:
    return "data";
  }
}

static void json_attr(json *j, const wg_attr *attr) {
  json_object_flat(j, NULL);
  json_text(j, "name", attr->name);
  json_text(j, "kind", attr_kind(attr));
  switch (attr->kind) {
  case WG_ATTR_INTEGER:
    json_integer(j, "default", attr->integer);
    break;
  case WG_ATTR_NUMBER:
    json_number(j, "default", attr->number);
    break;
  case WG_ATTR_TEXT:
    json_text(j, "default", attr->text);
    break;
  default:
    json_array_flat(j, "default");
    json_array_end(j);
  }
  json_object_end(j);
}

static bool json_op(json *j, size_t at) {
  const wg_op *op = wg_op_at(at);
  char name[OP_NAME_MAX];
  op_texts texts = op_texts_new(at);
  json_object(j, NULL);
  json_text(j, "name", op->name);
  json_text(j, "parameters", op_parameters(at));
  json_array_flat(j, "inputs");
  for (int i = 0; i < op_input_count(at); i++) {
    op_input_name(at, i, name);
    json_text(j, NULL, name);
  }
  json_array_end(j);
  json_boolean(j, "variadic", op->arity == WG_VARIADIC);
  json_boolean(j, "composite", op->compose != NULL);
  json_array(j, "attributes");
  for (const wg_attr *attr = op->attrs; attr && attr->kind != WG_ATTR_END; attr++) json_attr(j, attr);
  json_array_end(j);
  json_text(j, "formula", texts.formula.length ? wg_text_string(&texts.formula) : NULL);
  json_text(j, "doc", op->doc);
  json_object_end(j);
  return op_texts_free(&texts);
}

static bool json_print(FILE *out, size_t first, size_t count) {
  bool good = true;
  json j = json_new(out);
  json_object(&j, NULL);
  json_array(&j, "operations");
  for (size_t i = first; i < first + count; i++) good = json_op(&j, i) && good;
  json_array_end(&j);
  json_object_end(&j);
  return good;
}

/* ---- The command ---- */

/* The name that is nearest to what was typed, or NULL if none is. */
static const char *op_nearest(const char *typed) {
  size_t count = wg_op_count();
  const char **names = wg_allocate(&wg_allocator_default, count, sizeof *names);
  if (!names) return NULL;
  for (size_t i = 0; i < count; i++) names[i] = wg_op_at(i)->name;
  const char *nearest = word_nearest(typed, count, names);
  wg_release(&wg_allocator_default, names);
  return nearest;
}

/* The place of an operation in the table; false after a message if there is none of that name. */
static bool op_find(const terminal *t, const char *name, size_t *at) {
  for (*at = 0; *at < wg_op_count(); ++*at)
    if (strcmp(wg_op_at(*at)->name, name) == 0) return true;
  const char *nearest = op_nearest(name);
  if (nearest)
    terminal_message(t, "unknown operation '%s'; did you mean '%s'?", name, nearest);
  else
    terminal_message(t, "unknown operation '%s'; 'wengert ops' lists them", name);
  usage_hint(t);
  return false;
}

int command_ops(terminal *t, int argc, char **argv) {
  const char *name = NULL;
  int format = OPS_TABLE;
  bool as_json = false;
  const option options[] = {
      {"format", OPTION_CHOICE, &format, "table|markdown|json", "markdown is the page docs/operations.md", 0, 0},
      {"json", OPTION_FLAG, &as_json, NULL, "the same as --format json", 0, 0},
  };
  const command_usage usage = {
      .synopsis = "wengert ops [NAME] [options]",
      .about = "Lists all operations, with their inputs, attributes (and defaults) and formula; "
               "or says all about the one of that name.",
      .more = "Examples:\n  wengert ops\n  wengert ops matmul\n  wengert ops --format markdown",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  if (as_json) format = OPS_JSON;
  if (name && format == OPS_MARKDOWN) {
    terminal_message(t, "--format markdown is for all operations, not for one");
    usage_hint(t);
    return EXIT_USAGE;
  }

  size_t at = 0;
  bool good;
  if (name && !op_find(t, name, &at)) return EXIT_USAGE;
  if (format == OPS_JSON)
    good = json_print(t->out, at, name ? 1 : wg_op_count());
  else if (format == OPS_MARKDOWN)
    good = markdown_print(t->out);
  else
    good = name ? one_print(t, at) : table_print(t);
  return good ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}
