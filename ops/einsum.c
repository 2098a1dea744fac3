/* einsum.c: sums of products by Einstein's convention, recorded as diagonals, sums, permutations and matrix products.
 *
 *     "ij,jk->ik"   y_ik = Σ_j a_ij·b_jk
 *
 * Operands are taken in one after the other, from the left. Of what is there so far (letters L) and the next operand
 * (letters R), letters are of four kinds: kept by both (b), contracted (k: in both, and neither in a later operand nor in
 * the result), of the left alone (l) and of the right alone (r). Then
 *
 *     (b,l,k)·(b,k,r) → (b,l,r)
 *
 * is one matmul, each group of axes joined into one. */
#include "rule.h"

#include <string.h>

enum { EQUATION };

#define OPERANDS_MAX 32

/* The letters of one operand, or of the result. */
typedef struct letters {
  int count;
  char letter[WG_RANK_MAX];
} letters;

typedef struct einsum_equation {
  int operand_count;
  letters operand[OPERANDS_MAX], result;
} einsum_equation;

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static int place_in(const letters *of, char letter) {
  for (int k = 0; k < of->count; k++)
    if (of->letter[k] == letter) return k;
  return -1;
}

static void append(letters *to, char letter) { to->letter[to->count++] = letter; }

/* ---- Reading ---- */

/* Reads letters, with blanks between, up to ',', '-' or the end; moves *text there. */
static bool letters_read(const char **text, letters *read, const char **reason) {
  read->count = 0;
  for (; **text && **text != ',' && **text != '-'; (*text)++) {
    if (**text == ' ') continue;
    *reason = "indices are letters, as in ij,jk->ik";
    if (!is_letter(**text)) return false;
    *reason = "there are too many indices on one operand or on the result";
    if (read->count == WG_RANK_MAX) return false;
    append(read, **text);
  }
  return true;
}

/* Without "->", the result has the letters that occur once, in alphabetical order (capitals first). */
static bool result_default(einsum_equation *e, const char **reason) {
  for (int c = 'A'; c <= 'z'; c++) {
    int seen = 0;
    for (int i = 0; i < e->operand_count; i++)
      for (int k = 0; k < e->operand[i].count; k++) seen += e->operand[i].letter[k] == c;
    if (seen != 1) continue;
    *reason = "the result has too many indices";
    if (e->result.count == WG_RANK_MAX) return false;
    append(&e->result, (char)c);
  }
  return true;
}

static bool result_read(const char *text, einsum_equation *e, const char **reason) {
  *reason = "after the operands comes -> and the result";
  if (text[0] != '-' || text[1] != '>') return false;
  text += 2;
  if (!letters_read(&text, &e->result, reason)) return false;
  *reason = "there is one result";
  if (*text) return false;
  for (int k = 0; k < e->result.count; k++) {
    *reason = "an index occurs twice in the result";
    if (place_in(&e->result, e->result.letter[k]) != k) return false;
    bool there = false;
    for (int i = 0; i < e->operand_count; i++) there = there || place_in(&e->operand[i], e->result.letter[k]) >= 0;
    *reason = "an index of the result is in no operand";
    if (!there) return false;
  }
  return true;
}

static bool equation_read(const char *text, einsum_equation *e, const char **reason) {
  *e = (einsum_equation){0};
  for (;; text++) {
    *reason = "there are too many operands";
    if (e->operand_count == OPERANDS_MAX) return false;
    if (!letters_read(&text, &e->operand[e->operand_count++], reason)) return false;
    if (*text != ',') break;
  }
  return *text ? result_read(text, e, reason) : result_default(e, reason);
}

/* ---- Shape ---- */

static bool einsum_infer(wg_draft *draft) {
  const char *reason = "", *text = draft->attrs[EQUATION].text;
  int64_t size['z' + 1];
  einsum_equation e;
  if (!wg_infer_floats(draft)) return false;
  if (!equation_read(text, &e, &reason)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "'%.60s': %s", text, reason);
  if (e.operand_count != draft->input_count)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "'%.60s' has %d operands, not %d", text, e.operand_count,
                         draft->input_count);
  for (int c = 0; c <= 'z'; c++) size[c] = -1;
  for (int i = 0; i < e.operand_count; i++) {
    const wg_shape *shape = draft->inputs[i]->shape;
    if (shape->rank != e.operand[i].count)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "'%.60s' gives operand %d %d indices, and it has rank %d", text, i,
                           e.operand[i].count, shape->rank);
    for (int k = 0; k < shape->rank; k++) {
      char letter = e.operand[i].letter[k];
      int64_t *known = &size[(int)letter];
      if (*known >= 0 && *known != shape->size[k])
        return wg_draft_fail(draft, WG_ERROR_SHAPE, "'%.60s': index %c has the sizes %lld and %lld", text, letter,
                             (long long)*known, (long long)shape->size[k]);
      *known = shape->size[k];
    }
  }
  return true;
}

/* ---- Graph code ---- */

/* A tensor and the letters of its axes. */
typedef struct term {
  wg_node *node;
  letters of;
} term;

/* The axes in the order of `wanted`, which has the same letters. */
static wg_node *arranged(const term *t, const letters *wanted) {
  int64_t axes[WG_RANK_MAX] = {0};
  for (int k = 0; k < wanted->count; k++) axes[k] = place_in(&t->of, wanted->letter[k]);
  return wg_permute(t->node, wanted->count, axes);
}

/* A letter that is there twice is a diagonal: its two axes are brought to the end and become one. */
static void take_diagonals(term *t) {
  for (int second = 1; second < t->of.count; second++) {
    int first = place_in(&t->of, t->of.letter[second]);
    if (first == second) continue;
    letters left = {0};
    int64_t axes[WG_RANK_MAX];
    for (int k = 0; k < t->of.count; k++)
      if (k != first && k != second) {
        axes[left.count] = k;
        append(&left, t->of.letter[k]);
      }
    axes[left.count] = first;
    axes[left.count + 1] = second;
    t->node = wg_diag(wg_permute(t->node, t->of.count, axes), 0);
    append(&left, t->of.letter[second]);
    t->of = left;
    second = 0; /* again from the start */
  }
}

/* Sums over the letters that are neither needed later nor in `other`. */
static void sum_out(term *t, const letters *other, const bool *needed) {
  int64_t axes[WG_RANK_MAX];
  int count = 0;
  letters left = {0};
  for (int k = 0; k < t->of.count; k++)
    if (needed[(int)t->of.letter[k]] || (other && place_in(other, t->of.letter[k]) >= 0))
      append(&left, t->of.letter[k]);
    else
      axes[count++] = k;
  if (count) t->node = wg_sum(t->node, count, axes, false);
  t->of = left;
}

/* The number of elements along a group of axes. */
static int64_t extent(const term *t, const letters *group) {
  wg_shape shape = wg_node_shape(t->node);
  int64_t product = 1;
  for (int k = 0; k < group->count && !wg_node_inert(t->node); k++)
    product *= shape.size[place_in(&t->of, group->letter[k])];
  return product;
}

static letters joined(const letters *a, const letters *b, const letters *c) {
  letters all = *a;
  for (int k = 0; k < b->count; k++) append(&all, b->letter[k]);
  for (int k = 0; c && k < c->count; k++) append(&all, c->letter[k]);
  return all;
}

/* The product of two terms as one matmul. */
static term contracted(const term *a, const term *b, const bool *needed) {
  letters batch = {0}, inner = {0}, left = {0}, right = {0};
  for (int k = 0; k < a->of.count; k++) {
    char letter = a->of.letter[k];
    bool both = place_in(&b->of, letter) >= 0;
    append(!both ? &left : needed[(int)letter] ? &batch : &inner, letter);
  }
  for (int k = 0; k < b->of.count; k++)
    if (place_in(&a->of, b->of.letter[k]) < 0) append(&right, b->of.letter[k]);
  if (batch.count + left.count + right.count > WG_RANK_MAX) {
    wg_node *failed =
        wg_fail(a->node, WG_ERROR_SHAPE, "einsum: a product on the way has more than %d axes", WG_RANK_MAX);
    return (term){failed, {0}};
  }
  letters a_order = joined(&batch, &left, &inner), b_order = joined(&batch, &inner, &right);
  int64_t batches = extent(a, &batch), rows = extent(a, &left), k = extent(a, &inner), columns = extent(b, &right);
  wg_node *first = wg_reshape(arranged(a, &a_order), WG_SHAPE(batches, rows, k));
  wg_node *second = wg_reshape(arranged(b, &b_order), WG_SHAPE(batches, k, columns));
  term product = {NULL, joined(&batch, &left, &right)};
  wg_shape shape = {.rank = product.of.count}, a_shape = wg_node_shape(a->node), b_shape = wg_node_shape(b->node);
  for (int axis = 0; axis < shape.rank; axis++) {
    int at = place_in(&a->of, product.of.letter[axis]);
    shape.size[axis] = at >= 0 ? a_shape.size[at] : b_shape.size[place_in(&b->of, product.of.letter[axis])];
  }
  product.node = wg_reshape(wg_matmul(first, second), shape);
  return product;
}

static wg_node *einsum_compose(const wg_draft *draft) {
  const char *reason;
  einsum_equation e;
  equation_read(draft->attrs[EQUATION].text, &e, &reason);
  term product = {draft->inputs[0], e.operand[0]};
  take_diagonals(&product);
  for (int i = 1; i <= e.operand_count; i++) {
    bool needed['z' + 1] = {false}; /* in the result, or after operand i */
    for (int k = 0; k < e.result.count; k++) needed[(int)e.result.letter[k]] = true;
    for (int later = i + 1; later < e.operand_count; later++)
      for (int k = 0; k < e.operand[later].count; k++) needed[(int)e.operand[later].letter[k]] = true;
    if (i == e.operand_count) {
      sum_out(&product, NULL, needed);
      break;
    }
    term next = {draft->inputs[i], e.operand[i]};
    take_diagonals(&next);
    sum_out(&product, &next.of, needed);
    sum_out(&next, &product.of, needed);
    product = contracted(&product, &next, needed);
    if (wg_node_inert(product.node)) return product.node;
  }
  return wg_node_inert(product.node) ? product.node : arranged(&product, &e.result);
}

#define SAMPLE_EQUATION(equation)                                                                                      \
  { .name = "equation", .kind = WG_ATTR_TEXT, .text = (equation) }

const wg_op wg_op_einsum = {
    .name = "einsum",
    .doc =
        "The sum of products that `equation` writes with one letter for each axis: \"ij,jk->ik\" is a matrix product, "
        "\"bij,bjk->bik\" one for each b, \"i,j->ij\" an outer product, \"ij->ji\" a transpose, \"ij->\" a sum. "
        "Letters "
        "that are not in the result are summed over; a letter twice in one operand is its diagonal, \"ii->i\". Without "
        "\"->\" the result has the letters that occur once, in alphabetical order. As torch.einsum, without \"...\"; "
        "sizes of 1 do not broadcast. Recorded as diag, sum, permute, reshape and matmul, operands from the left.\n"
        "Errors: an equation that cannot be read or has another number of operands, a number of letters that is not "
        "the "
        "rank, sizes of one letter that differ; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[EQUATION] = {.name = "equation", .kind = WG_ATTR_TEXT, .text = ""}, {0}},
    .infer = einsum_infer,
    .compose = einsum_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 4)}, {SAMPLE_EQUATION("ij,jk->ik")}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE(-2, 2, 4, 2, 2)}, {SAMPLE_EQUATION("bij, kbj -> kib")}},
            {1, {WG_SAMPLE(-2, 2, 3, 2, 3)}, {SAMPLE_EQUATION("iji->ji")}},
            {1, {WG_SAMPLE(-2, 2, 3, 3)}, {SAMPLE_EQUATION("ii")}},
            {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 3)}, {SAMPLE_EQUATION("i,j->ji")}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {SAMPLE_EQUATION("ij,ij->i")}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 2)}, {SAMPLE_EQUATION("ij,k->ik")}},
            {3, {WG_SAMPLE(-2, 2, 2), WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 3)}, {SAMPLE_EQUATION("i,ij,j->")}},
            {3,
             {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 4)},
             {SAMPLE_EQUATION("ab,bc,cd")}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(-2, 2, 3)}, {SAMPLE_EQUATION(",i->i")}},
            {2, {WG_SAMPLE(-2, 2, 3, 0), WG_SAMPLE(-2, 2, 0, 2)}, {SAMPLE_EQUATION("ij,jk->ik")}},
            {0},
        },
};

wg_node *wg_einsum(const char *equation, int count, wg_node *const *inputs) {
  return wg_apply(&wg_op_einsum, count, inputs, (wg_attr[]){wg_attr_text("equation", equation), {0}});
}
