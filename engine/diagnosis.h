/* diagnosis.h: what kind of mistake a wrong gradient looks like. */
#ifndef WG_DIAGNOSIS_H
#define WG_DIAGNOSIS_H

#include "check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the gradient of a parameter differs from the differences. */
typedef enum wg_signature {
  WG_SIGNATURE_NONE,        /* nothing failed */
  WG_SIGNATURE_ZERO,        /* it is 0 everywhere: the sweep is cut off before the parameter */
  WG_SIGNATURE_SIGN,        /* −1 times what it should be */
  WG_SIGNATURE_TWICE,       /* 2 times: a contribution is counted twice */
  WG_SIGNATURE_COUNT,       /* m times, m being a size in the graph: a factor 1/m is missing */
  WG_SIGNATURE_COUNT_TWICE, /* 1/m times: the factor 1/m is applied twice */
  WG_SIGNATURE_FACTOR,      /* another constant times */
  WG_SIGNATURE_TRANSPOSED,  /* the elements of a matrix in the order of its transpose */
  WG_SIGNATURE_ONE_ROW,     /* right in one row, and 0 in the others */
  WG_SIGNATURE_ONE_SAMPLE,  /* what one row or column of the consumer's adjoint says: a broadcast that is not summed */
  WG_SIGNATURE_NOT_FINITE,  /* some elements are no finite numbers */
  WG_SIGNATURE_UNKNOWN      /* wrong in none of these ways */
} wg_signature;

typedef struct wg_diagnosis {
  const wg_node *param;
  wg_signature signature;
  double factor; /* SIGN, TWICE, COUNT, COUNT_TWICE, FACTOR: gradient / difference */
  int64_t count; /* COUNT, COUNT_TWICE: m */
  int64_t row;   /* ONE_ROW, ONE_SAMPLE: which, from 0 */
} wg_diagnosis;

/* Looks at what the check found for one parameter. The sizes m that count are those that the tape divides by, and the
 * axes of its inputs. With a root, whose gradients wg_grad has recorded, and the bindings of the check, ONE_SAMPLE is
 * looked for too; root may be NULL. Without memory the signature is less precise. */
WG_API wg_diagnosis wg_diagnose(const wg_check *check, const wg_node *param, wg_node *root, size_t binding_count,
                                const wg_binding *bindings);

/* "∂W1 is 300 times too large, m = 300: a factor 1/m is missing" into `text`, cut to `size` bytes; "" for NONE. */
WG_API void wg_diagnosis_text(const wg_diagnosis *diagnosis, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
