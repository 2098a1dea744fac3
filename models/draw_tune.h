/* draw_tune.h: the trials of a search, drawn; internal to the library and the program. */
#ifndef WG_DRAW_TUNE_H
#define WG_DRAW_TUNE_H

#include "draw.h"
#include "tune.h"

/* How good each trial was over the values of each option, a plot for every option, as the drawings of draw.h; trials that
 * came to another rung have another mark, and those that failed lie on the lower edge. `count` standings, of which those
 * without a rung are left out. Errors: WG_ERROR_MEMORY. */
wg_status wg_draw_tune_svg(const wg_tune_search *search, int64_t count, const wg_tune_standing *standings,
                           const char *title, const wg_allocator *allocator, wg_drawing **drawing, wg_error *error);

#endif
