/* profile.h: a plan's steps with what each computes and moves, and the time that it took (engine/plan_profile.h): where a
 * training step spends its time, and why. */
#ifndef WG_PROFILE_H
#define WG_PROFILE_H

#include "../engine/plan_profile.h"
#include "draw.h"
#include "study.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_phase { WG_PHASE_FORWARD, WG_PHASE_REVERSE, WG_PHASE_UPDATE, WG_PHASE_COUNT } wg_phase;
WG_API const char *wg_phase_text(wg_phase phase); /* "forward", "reverse", "update"; "" out of range */

/* What the nodes of a plan's tape are, by their numbers: those below forward_end were recorded by the net, those below
 * reverse_end by the sweep, the others for updates. layers[id], where there are layers, is the layer that a node belongs to, from
 * 1; 0 for none. All zero is fine: then everything is an update. */
typedef struct wg_tape_parts {
  size_t forward_end, reverse_end;
  const int64_t *layers;
  size_t layer_count; /* how many nodes have one */
} wg_tape_parts;

/* Steps begin … end − 1 of the plan, which run together; mostly one. */
typedef struct wg_profile_line {
  size_t begin, end;
  wg_plan_step lead; /* the one that computes most; phase and layer are its own */
  wg_phase phase;
  int64_t layer;
  wg_cost
      cost; /* of one run. Bytes are those that come from memory or go there: what only these steps need does neither */
  wg_step_time time; /* all zero for a plan that took no times */
} wg_profile_line;

typedef struct wg_profile {
  size_t count;
  wg_profile_line *lines; /* in the order of running */
  wg_allocator allocator;
} wg_profile;

/* The lines of a plan, which need not have run. `allocator` is copied; NULL means malloc and free. Errors: WG_ERROR_MEMORY. To
 * be given to wg_profile_free, also after a failure. */
WG_API wg_status wg_profile_new(wg_profile *profile, const wg_plan *plan, const wg_tape_parts *parts,
                                const wg_allocator *allocator, wg_error *error);
WG_API void wg_profile_free(wg_profile *profile);

/* Numbers computed: a multiply-add is two operations, anything else that wg_cost counts is one. */
WG_API double wg_cost_flops(const wg_cost *cost);

/* What a machine can do, in all threads that are used; measured by the caller. */
typedef struct wg_machine {
  double flops; /* multiply-adds a second, counted twice */
  double bytes; /* read and written a second, from memory and to it */
  double step;  /* seconds of a step that computes one number */
} wg_machine;

/* What keeps a line from being faster: the one of computing, memory and overhead that would take the largest part of its time
 * by itself. */
typedef enum wg_bound {
  WG_BOUND_COMPUTE,
  WG_BOUND_MEMORY,
  WG_BOUND_CACHE,    /* bytes that came faster than memory has them */
  WG_BOUND_OVERHEAD, /* small steps */
  WG_BOUND_NONE, /* none takes a quarter: elementary functions, waiting for numbers, a kernel that could be better */
  WG_BOUND_COUNT
} wg_bound;
WG_API const char *
wg_bound_text(wg_bound bound); /* "compute", "memory", "cache", "overhead", "none"; "" out of range */

/* The bound of so many steps of that cost in that time; *share is the part of the time that it accounts for, at most 1.
 * Steps that took no time are bound by overhead. */
WG_API wg_bound wg_bound_of(const wg_machine *machine, const wg_cost *cost, size_t steps, double seconds,
                            double *share);

/* The time of a profile as an icicle chart, SVG for light and dark pages: the whole step, phases, layers, lines below each
 * other, as wide as they take time, in the color of their bound. Times are the fastest of each. `labels` names the lines.
 * Errors: WG_ERROR_MEMORY. */
WG_API wg_status wg_draw_profile_svg(const wg_profile *profile, const char *const *labels, const wg_machine *machine,
                                     const char *title, const wg_allocator *allocator, wg_drawing **drawing,
                                     wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
