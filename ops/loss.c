#include "loss.h"

#include <string.h>

const wg_attr wg_loss_attrs[] = {[WG_LOSS_REDUCTION_AT] = WG_LOSS_REDUCTION, {0}};

static const char *const reductions[] = {[WG_MEAN] = "mean", [WG_SUM] = "sum", [WG_NONE] = "none"};

bool wg_infer_loss_reduction(const wg_draft *draft) {
  const char *text = draft->attrs[WG_LOSS_REDUCTION_AT].text;
  for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++)
    if (!strcmp(text, reductions[i])) return true;
  return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the reduction '%.40s' is not mean, sum or none", text);
}

bool wg_infer_loss(wg_draft *draft) { return wg_infer_loss_reduction(draft) && wg_infer_same(draft); }

bool wg_infer_loss_broadcast(wg_draft *draft) { return wg_infer_loss_reduction(draft) && wg_infer_broadcast(draft); }

wg_node *wg_loss_reduce(const wg_draft *draft, wg_node *terms) {
  const char *text = draft->attrs[WG_LOSS_REDUCTION_AT].text;
  if (!strcmp(text, reductions[WG_NONE])) return terms;
  return strcmp(text, reductions[WG_SUM]) ? wg_mean_all(terms) : wg_sum_all(terms);
}

const char *wg_reduction_text(wg_reduction reduction) {
  bool known = (int)reduction >= 0 && (size_t)reduction < sizeof reductions / sizeof *reductions;
  return known ? reductions[reduction] : "?";
}

wg_node *wg_loss_apply(const wg_op *op, wg_node *x, wg_node *targets, wg_reduction reduction) {
  return wg_apply_2(op, x, targets, (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), {0}});
}
