/* model_spec.h: what a net is built like, as texts of a file; internal. */
#ifndef WG_MODEL_SPEC_H
#define WG_MODEL_SPEC_H

#include "net.h"
#include "safetensors.h"

enum { WG_SPEC_WIDTHS_MAX = 1024 };

/* Adds the texts of a spec: "net", "dtype", "widths" and what else is not zero. A failure stays with the file. */
void wg_spec_put(const wg_net_spec *spec, wg_safetensors *stored);

/* The spec of those texts, with its widths in `widths`. What no net can be is found out by wg_net_new; here it is
 * what would take too long or too much memory to find out. `name` stands for the file. WG_ERROR_DATA. */
wg_status wg_spec_take(const wg_safetensors *stored, const char *name, int64_t widths[WG_SPEC_WIDTHS_MAX],
                       wg_net_spec *spec, wg_error *error);

/* "2,4,3" as at most `max` whole numbers from 0 to 2⁴⁰. False if the text is anything else. */
bool wg_wholes_read(const char *text, size_t max, int64_t *values, size_t *count);

#endif
