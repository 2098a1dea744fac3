/* threads.h: a pool of threads that the caller owns and lends to plans. Without one a plan runs in the caller's thread.
 *
 * Work is cut into pieces by its size alone, never by the number of threads, so results have the same bits with any
 * number of them. Where there are no POSIX threads, a pool of any size runs everything in the caller's thread. */
#ifndef WG_THREADS_H
#define WG_THREADS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WG_THREADS_MAX 256

typedef struct wg_threads wg_threads;

/* A pool in which `count` threads work, the one that waits for the work among them; at least 1 and at most
 * WG_THREADS_MAX. NULL without memory. The caller frees it, after all plans that use it. It may serve several plans;
 * while it works for one, the others do their work in their own thread. `allocator` is copied; NULL means malloc and
 * free. */
WG_API wg_threads *wg_threads_new(int count);
WG_API wg_threads *wg_threads_new_with(int count, const wg_allocator *allocator);
WG_API void wg_threads_free(wg_threads *threads);

/* The threads that really work: fewer than asked for if the system gave no more. 1 for NULL. */
WG_API int wg_threads_count(const wg_threads *threads);

/* Piece number `piece` of some work that is described by `context`. Pieces run in any order and at the same time, so
 * each writes memory that no other one touches. */
typedef void wg_piece(void *context, int64_t piece);

/* Runs pieces 0 … count − 1, in the caller's floating-point environment (rounding, flushing of denormals), and returns when
 * all are done. NULL, and a pool that is at work already, run them in the
 * caller's thread. */
WG_API void wg_threads_run(wg_threads *threads, int64_t count, wg_piece *piece, void *context);

#ifdef __cplusplus
}
#endif
#endif
