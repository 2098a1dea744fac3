/* forced.h: how the plans of a test program run. WENGERT_TEST_LEVEL (baseline, avx2, avx512) in its environment takes away
 * what processors of that level lack; WENGERT_TEST_THREADS lends every plan so many threads, and cuts loops into small
 * pieces, so that they have something to do. The library itself reads no environment.
 *
 * A program whose level this processor or this build does not have ends with the status that Meson takes for skipped. */
#ifndef WG_TEST_FORCED_H
#define WG_TEST_FORCED_H

#include <stdbool.h>

/* From now on this process sees a processor of that level; false if the real one, or the build, has less. NULL is the
 * processor as it is. Not while plans are made or run. */
bool force_level(const char *level);

/* Elements in a piece of a loop, where threads are forced. */
enum { FORCED_PIECE = 24 };

#endif
