/* plan_layout.c: which values lie column after column.
 *
 * A batch of samples as rows is long and often narrow: (300,4). Row after row, a bias, a softmax or a product would deal
 * with 4 elements at a time; column after column, with 300. So a narrow result lies by columns if its kernel can write
 * it so (WG_OP_COLUMNS) and what it reads of the same rows is narrow and lies by columns too, or is a leaf, which is then
 * copied so, once a run; and an elementwise result if its inputs of the same shape do. What reads nothing of that kind
 * (one_hot of labels) goes with the first elementwise step that reads it. Outputs, new values of leaves, and what
 * somebody wants dense lie by rows. */
#include "plan_internal.h"

enum { UNSEEN, BY_ROWS, BY_COLUMNS, EITHER };

typedef struct layouts {
  const wg_plan_tuning *tuning;
  unsigned char *of; /* by id */
} layouts;

static bool narrow(const layouts *l, const wg_node *node) {
  const wg_shape *shape = node->shape;
  return shape->rank == 2 && shape->size[1] > 1 && shape->size[1] <= l->tuning->columns &&
         shape->size[0] >= l->tuning->column;
}

/* Outputs, and inputs of what wants them dense, itself or through views that cannot be strides of columns. */
static void dense_mark(layouts *l, const wg_sequence *sequence, const wg_goal *goal) {
  for (size_t k = 0; k < goal->count; k++) l->of[goal->outputs[k]->id] = BY_ROWS;
  for (size_t k = 0; k < goal->update_count; k++) l->of[goal->updates[k].value->id] = BY_ROWS;
  for (size_t k = sequence->count; k-- > sequence->leaf_count;) {
    const wg_node *node = sequence->nodes[k];
    const bool view = node->op->view && (l->of[node->id] == BY_ROWS || node->shape->rank != 2);
    for (int i = 0; i < node->input_count && (view || node->op->flags & WG_OP_DENSE); i++)
      l->of[node->inputs[i]->id] = BY_ROWS;
  }
}

static bool is_computed(const wg_node *node) { return node->input_count > 0 && !node->op->view; }

/* How a result lies whose inputs are these: by rows if one of them does, else by columns if one of them does. */
static unsigned char layout_joined(const layouts *l, const wg_node *node, bool elementwise) {
  unsigned char joined = EITHER;
  for (int i = 0; i < node->input_count && joined != BY_ROWS; i++) {
    const wg_node *input = node->inputs[i];
    const bool of_it = elementwise ? wg_shape_equal(input->shape, node->shape)
                                   : input->shape->rank == 2 && input->shape->size[0] == node->shape->size[0];
    if (!of_it) continue;
    if (!narrow(l, input) || (is_computed(input) && l->of[input->id] == BY_ROWS))
      joined = BY_ROWS;
    else if (!elementwise || l->of[input->id] == BY_COLUMNS)
      joined = BY_COLUMNS;
  }
  return joined;
}

/* What has not decided yet goes with a result by columns, and a leaf is copied so. */
static void inputs_follow(layouts *l, const wg_node *node) {
  for (int i = 0; i < node->input_count; i++) {
    const wg_node *input = node->inputs[i];
    const bool leaf = wg_node_is_input(input) || wg_node_is_param(input) || input->op == &wg_op_constant;
    if (l->of[input->id] == EITHER || (leaf && l->of[input->id] == UNSEEN && narrow(l, input)))
      l->of[input->id] = BY_COLUMNS;
  }
}

static void layout_find(layouts *l, const wg_node *node) {
  const bool elementwise = node->op->loop[node->inputs[0]->dtype] != NULL;
  const bool can = elementwise || node->op->flags & WG_OP_COLUMNS;
  l->of[node->id] = can && narrow(l, node) ? layout_joined(l, node, elementwise) : BY_ROWS;
  if (l->of[node->id] == BY_COLUMNS) inputs_follow(l, node);
}

bool wg_plan_layouts(wg_plan *plan, const wg_sequence *sequence, const wg_goal *goal) {
  layouts l = {.tuning = &plan->tuning};
  bool any = false;
  for (size_t k = sequence->leaf_count; k < sequence->count && !any; k++) any = narrow(&l, sequence->nodes[k]);
  if (!any) return true;
  plan->layouts = l.of = wg_allocate_zeroed(plan->allocator, sequence->end, 1);
  if (!l.of) return wg_plan_fail_memory(plan);
  dense_mark(&l, sequence, goal);
  for (size_t k = sequence->leaf_count; k < sequence->count; k++) {
    const wg_node *node = sequence->nodes[k];
    if (is_computed(node) && l.of[node->id] == UNSEEN) layout_find(&l, node);
  }
  return true;
}

bool wg_plan_by_columns(const wg_plan *plan, const wg_node *node) {
  return plan->layouts && plan->layouts[node->id] == BY_COLUMNS;
}
