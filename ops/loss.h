/* loss.h: how losses become one number; for the files of ops/ only. */
#ifndef WG_LOSS_H
#define WG_LOSS_H

#include "axis.h"
#include "rule.h"

/* The attribute that every loss has, the first that it declares. */
#define WG_LOSS_REDUCTION                                                                                              \
  { .name = "reduction", .kind = WG_ATTR_TEXT, .text = "mean" }
enum { WG_LOSS_REDUCTION_AT };

/* Attributes of a loss that has no others: reduction = "mean" (the default), "sum" or "none". */
extern const wg_attr wg_loss_attrs[];

/* Shape rule of a loss of inputs of one shape; of inputs that broadcast together; and the check of the attribute alone. */
bool wg_infer_loss(wg_draft *draft);
bool wg_infer_loss_broadcast(wg_draft *draft);
bool wg_infer_loss_reduction(const wg_draft *draft);

/* The mean or sum of the terms, or the terms themselves, as the attribute says. */
wg_node *wg_loss_reduce(const wg_draft *draft, wg_node *terms);

/* mean, sum or none; "?" for another number, which the shape rule then refuses. */
const char *wg_reduction_text(wg_reduction reduction);

/* As an attribute of a sample. */
#define WG_SAMPLE_REDUCTION(word)                                                                                      \
  { .name = "reduction", .kind = WG_ATTR_TEXT, .text = (word) }

/* Records a loss of two inputs. */
wg_node *wg_loss_apply(const wg_op *op, wg_node *x, wg_node *targets, wg_reduction reduction);

#endif
