/* symbol.c: names and numbers, the smallest pieces of a formula, in each script. */
#include "formula.h"
#include "tape_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Letters: a character with what it is called in ASCII and LaTeX ---- */

static const struct {
  const char *letter, *word;
} greek[] = {{"α", "alpha"},   {"β", "beta"},   {"γ", "gamma"},  {"δ", "delta"}, {"ε", "varepsilon"}, {"ζ", "zeta"},
             {"η", "eta"},     {"θ", "theta"},  {"ι", "iota"},   {"κ", "kappa"}, {"λ", "lambda"},     {"μ", "mu"},
             {"ν", "nu"},      {"ξ", "xi"},     {"π", "pi"},     {"ρ", "rho"},   {"σ", "sigma"},      {"τ", "tau"},
             {"υ", "upsilon"}, {"φ", "varphi"}, {"χ", "chi"},    {"ψ", "psi"},   {"ω", "omega"},      {"Γ", "Gamma"},
             {"Δ", "Delta"},   {"Θ", "Theta"},  {"Λ", "Lambda"}, {"Ξ", "Xi"},    {"Π", "Pi"},         {"Σ", "Sigma"},
             {"Υ", "Upsilon"}, {"Φ", "Phi"},    {"Ψ", "Psi"},    {"Ω", "Omega"}, {"ϕ", "phi"},        {"ϵ", "epsilon"},
             {"∇", "nabla"},   {"ℓ", "ell"},    {"∞", "infty"}};

/* Letters with an accent, the same letters without, and the combining mark that makes one of the other. */
static const struct {
  const char *accent, *with, *without;
  uint32_t mark;
} accents[] = {
    {"hat", "âĉêĝĥîĵôŝûŵŷẑÂĈÊĜĤÎĴÔŜÛŴŶẐ", "aceghijosuwyzACEGHIJOSUWYZ", 0x302},
    {"tilde", "ãẽĩñõũỹÃẼĨÑÕŨỸ", "aeinouyAEINOUY", 0x303},
    {"bar", "āēīōūȳĀĒĪŌŪȲ", "aeiouyAEIOUY", 0x304},
    {"dot", "ȧḃċḋėḟġḣṁṅȯṗṙṡṫẇẋẏżȦḂĊḊĖḞĠḢṀṄȮṖṘṠṪẆẊẎŻ", "abcdefghmnoprstwxyzABCDEFGHMNOPRSTWXYZ", 0x307},
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

typedef struct letter {
  uint32_t code;
  const char *accent, *word; /* NULL if it has none */
} letter;

/* Splits ŷ into y and its accent. */
static void letter_split(letter *l) {
  for (size_t a = 0; a < LENGTH(accents); a++) {
    const char *with = accents[a].with, *without = accents[a].without;
    for (uint32_t c; *with; without++) {
      with = wg_character_read(with, &c);
      if (c != l->code) continue;
      *l = (letter){.code = (unsigned char)*without, .accent = accents[a].accent};
      return;
    }
  }
}

/* The letter at s, with an accent that follows it; returns where the next one begins. */
static const char *letter_read(const char *s, letter *l) {
  uint32_t c;
  *l = (letter){0};
  s = wg_character_read(s, &l->code);
  if (wg_character_unprintable(l->code)) l->code = WG_REPLACEMENT;
  if (l->code >= 0x2080 && l->code <= 0x2089) l->code = '0' + (l->code - 0x2080); /* ₀ … ₉ */
  for (size_t g = 0; g < LENGTH(greek); g++) {
    wg_character_read(greek[g].letter, &c);
    if (c == l->code) l->word = greek[g].word;
  }
  letter_split(l);
  if (!*s || l->accent) return s;
  const char *next = wg_character_read(s, &c);
  for (size_t a = 0; a < LENGTH(accents); a++)
    if (c == accents[a].mark) l->accent = accents[a].accent;
  return l->accent ? next : s;
}

static bool is_digit(const letter *l) { return l->code >= '0' && l->code <= '9' && !l->accent; }

static void letter_write(wg_text *text, const letter *l, const char *bytes, size_t length, wg_script script) {
  if (script == WG_ASCII) {
    if (l->word)
      wg_text_add(text, strncmp(l->word, "var", 3) ? l->word : l->word + 3);
    else if (l->code < 0x80)
      wg_text_print(text, "%c", (int)l->code);
    else if (l->code == WG_REPLACEMENT)
      wg_text_add(text, "?");
    else
      wg_text_print(text, "u%X", (unsigned)l->code);
    if (l->accent) wg_text_add(text, l->accent);
    return;
  }
  if (l->accent) wg_text_print(text, "\\%s{", l->accent);
  if (l->word)
    wg_text_print(text, "\\%s ", l->word);
  else if (l->code < 0x80 && strchr("#$%&_{}", (int)l->code))
    wg_text_print(text, "\\%c", (int)l->code);
  else if (l->code == ' ' || l->code == '~' || l->code == '^' || l->code == '\\')
    wg_text_add(text, l->code == ' '   ? "\\ "
                      : l->code == '~' ? "\\sim "
                      : l->code == '^' ? "\\wedge "
                                       : "\\backslash ");
  else if (l->code < 0x80)
    wg_text_print(text, "%c", (int)l->code);
  else if (l->code == WG_REPLACEMENT)
    wg_text_add(text, "?");
  else
    wg_text_add_bytes(text, bytes, length);
  if (l->accent) wg_text_add(text, "}");
}

/* ---- Names ---- */

static void name_write_unicode(wg_text *text, const char *name) {
  for (uint32_t c; *name;) {
    const char *next = wg_character_read(name, &c);
    if (c == WG_REPLACEMENT || wg_character_unprintable(c))
      wg_text_add(text, "\uFFFD");
    else
      wg_text_add_bytes(text, name, (size_t)(next - name));
    name = next;
  }
}

/* The letters from `name` to `end`, upright if they are a word. */
static void letters_write(wg_text *text, const char *name, const char *end, wg_script script, bool number) {
  letter l;
  if (name == end) return;
  bool word = script == WG_LATEX && !number && letter_read(name, &l) < end;
  if (word) wg_text_add(text, "\\mathrm{");
  while (name < end) {
    const char *next = letter_read(name, &l);
    letter_write(text, &l, name, (size_t)(next - name), script);
    name = next;
  }
  while (script == WG_LATEX && text->length && text->data[text->length - 1] == ' ' &&
         !(text->length > 1 && text->data[text->length - 2] == '\\'))
    text->data[--text->length] = 0;
  if (word) wg_text_add(text, "}");
}

/* W12 is W_{12}, W_out is W_{\mathrm{out}}: the subscript begins at the first underscore, or is the digits at the end. */
static void name_write_latex(wg_text *text, const char *name) {
  const char *end = name + strlen(name), *subscript = NULL, *digits = NULL;
  letter l;
  for (const char *s = name, *next; s < end; s = next) {
    next = letter_read(s, &l);
    digits = !is_digit(&l) ? NULL : digits ? digits : s;
    if (l.code == '_' && s > name && next < end && !subscript) subscript = s;
  }
  if (digits == name) digits = NULL;
  const char *base_end = subscript ? subscript : digits ? digits : end;
  letters_write(text, name, base_end, WG_LATEX, false);
  if (base_end == end) return;
  const char *from = subscript ? subscript + 1 : digits;
  wg_text_add(text, "_{");
  letters_write(text, from, end, WG_LATEX, digits && digits <= from);
  wg_text_add(text, "}");
}

void wg_write_partial(wg_text *text, wg_script script) {
  wg_text_add(text, script == WG_UNICODE ? "∂" : script == WG_ASCII ? "d" : "\\partial ");
}

void wg_write_name(wg_text *text, const char *name, wg_script script) {
  static const char partial[] = "∂";
  while (script != WG_UNICODE && !strncmp(name, partial, sizeof partial - 1)) {
    wg_write_partial(text, script);
    name += sizeof partial - 1;
  }
  if (script == WG_UNICODE) name_write_unicode(text, name);
  if (script == WG_ASCII) letters_write(text, name, name + strlen(name), WG_ASCII, false);
  if (script == WG_LATEX) name_write_latex(text, name);
}

static const char *const superscript[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

static void superscript_write(wg_text *text, size_t number) {
  char digits[24];
  snprintf(digits, sizeof digits, "%zu", number);
  for (const char *digit = digits; *digit; digit++) wg_text_add(text, superscript[*digit - '0']);
}

void wg_write_symbol(wg_text *text, const wg_node *node, bool place, wg_script script) {
  bool named = node->name && *node->name;
  bool constant = wg_node_is_leaf(node) && !wg_node_is_input(node) && !wg_node_is_param(node);
  if (!named) {
    wg_text_print(text, script == WG_LATEX ? "%c_{%zu}" : "%c%zu", constant ? 'c' : 'v', node->id);
    return;
  }
  if (place && script == WG_LATEX) wg_text_add(text, "{"); /* a second exponent may follow */
  wg_write_name(text, node->name, script);
  if (!place) return;
  wg_text_add(text, script == WG_UNICODE ? "⁽" : script == WG_ASCII ? "@" : "^{(");
  if (script == WG_UNICODE)
    superscript_write(text, node->id);
  else
    wg_text_print(text, "%zu", node->id);
  wg_text_add(text, script == WG_UNICODE ? "⁾" : script == WG_ASCII ? "" : ")}}");
}

size_t wg_symbol(const wg_node *node, wg_script script, char *text, size_t size) {
  wg_text symbol = WG_TEXT_EMPTY(wg_tape_allocator(wg_node_tape(node)));
  wg_term term;
  if (wg_node_inert(node))
    wg_text_add(&symbol, "?");
  else if (node->name)
    wg_write_symbol(&symbol, node, false, script);
  else
    wg_write_leaf(&(wg_scope){.script = script}, node, false, &symbol, &term);
  size_t length = wg_text_copy(&symbol, text, size);
  wg_text_free(&symbol);
  return length;
}

/* ---- Numbers ---- */

/* Whether `shown` is near enough to be read as `value`: the same float, or within two units in the last place of a
 * double, since 3·0.1 should read 0.3. */
static bool is_near(double shown, double value, wg_dtype dtype) {
  if (dtype == WG_F32) return (float)shown == (float)value;
  return fabs(shown - value) <= 2 * 0x1p-52 * fabs(value);
}

void wg_write_number(wg_text *text, double value, wg_dtype dtype, wg_script script) {
  if (signbit(value) && !isnan(value)) wg_text_add(text, script == WG_UNICODE ? "−" : "-");
  if (isnan(value)) wg_text_add(text, script == WG_LATEX ? "\\mathrm{nan}" : "nan");
  if (isinf(value)) wg_text_add(text, script == WG_UNICODE ? "∞" : script == WG_ASCII ? "inf" : "\\infty");
  if (!isfinite(value)) return;
  char digits[64];
  int precision = 0;
  do snprintf(digits, sizeof digits, "%.*e", precision, fabs(value));
  while (!is_near(strtod(digits, NULL), fabs(value), dtype) && ++precision < 17);
  int exponent = atoi(strchr(digits, 'e') + 1);
  bool plain = exponent >= -4 && exponent < 16;
  double shown = strtod(digits, NULL);
  if (plain)
    snprintf(digits, sizeof digits, "%.*f", precision > exponent ? precision - exponent : 0, shown);
  else
    *strchr(digits, 'e') = 0;
  for (char *c = digits; *c; c++)
    if (*c < '0' || *c > '9') *c = '.'; /* the decimal point, whatever the locale has */
  bool power_alone = !plain && script == WG_LATEX && !strcmp(digits, "1");
  wg_text_add(text, power_alone ? "" : digits);
  if (plain) return;
  if (script == WG_LATEX)
    wg_text_print(text, power_alone ? "10^{%d}" : " \\cdot 10^{%d}", exponent);
  else
    wg_text_print(text, "e%d", exponent);
}

void wg_write_samples(wg_text *text, int power, wg_script script) {
  wg_text_add(text, "m");
  if (power == 1) return;
  if (script == WG_UNICODE) superscript_write(text, (size_t)power);
  if (script == WG_ASCII) wg_text_print(text, "^%d", power);
  if (script == WG_LATEX) wg_text_print(text, "^{%d}", power);
}
