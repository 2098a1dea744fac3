/* anomaly.h: where in a plan's values the first NaN or infinity comes from. Looking for it costs nothing until it is asked
 * for: the plan runs as it always does, and after a run that went wrong its values are formed once more and looked at. */
#ifndef WG_ANOMALY_H
#define WG_ANOMALY_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One input of the operation that gave the value. */
typedef struct wg_anomaly_input {
  const wg_node *node;
  double least, greatest; /* of its finite elements; NaN if there are none */
  int64_t not_finite;     /* how many elements are not */
  int64_t index;          /* of an elementwise operation: the element that the value is made of, row-major; else −1 */
  double element;         /* that element; NaN where index is −1 */
} wg_anomaly_input;

enum { WG_ANOMALY_INPUTS_MAX = 4 };

typedef struct wg_anomaly {
  const wg_node
      *node;          /* the first on the tape, leaves before all others, with such an element; NULL if there is none */
  int64_t index;      /* the first such element, row-major */
  double value;       /* NaN, ∞ or −∞ */
  int64_t not_finite; /* how many of its elements are such */
  bool backward;      /* the plan's first output does not need it: in a plan of a loss and its gradient, the sweep */
  const wg_node *adjoint_of; /* backward: it is ∂output/∂(this node), or on the way to it; NULL if that is unknown */
  bool is_adjoint;           /* … it is, not only on the way */
  const wg_node *nan_node;   /* the first with NaN, where `value` is an infinity and there is one; else NULL */
  int64_t nan_index;
  int input_count; /* of the node, at most WG_ANOMALY_INPUTS_MAX of them below */
  wg_anomaly_input inputs[WG_ANOMALY_INPUTS_MAX];
} wg_anomaly;

/* Forms all values that the plan's outputs need, from what is bound to it now, and looks for the first that is not finite.
 * Infinities that the graph itself says, in constants and attributes (a mask of −∞, say), are none, and neither are
 * those that come of them. Takes memory for these values, or a large part of them, and the time of a run or a few. The
 * plan's own outputs stay as they are. Counts as recording on the tape.
 * Errors, with the message in wg_plan_error: WG_ERROR_UNBOUND, WG_ERROR_DATA (as wg_run), WG_ERROR_MEMORY. */
WG_API wg_status wg_anomaly_find(wg_plan *plan, wg_anomaly *anomaly);

/* In words: "forward: log v9 (300,3), element (12,0) is -inf; 2 of 900 elements are not finite. Its input A2 (300,3) is 0
 * there, and goes from 0 to 0.93." Cut to `size` bytes; returns `text`. "all values are finite" if there is none. */
WG_API char *wg_anomaly_text(const wg_anomaly *anomaly, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
