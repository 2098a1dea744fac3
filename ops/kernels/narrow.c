/* narrow.c: products whose result is small and whose inner axis is long, compiled once for each level of processors.
 *
 * Lines are the rows of a and the columns of b. Those that are not dense are copied, a piece of the inner axis at a time;
 * tiles of a few lines by a few keep their sums in registers. */
#include "level.h"
#include "narrow.h"
#include "vector.h"

enum {
  LANE_BYTES = 64,                   /* of the lanes of one sum, on every level */
  PARTS = LANE_BYTES / VECTOR_BYTES, /* vectors that hold them */
  PIECE_BYTES = 2048                 /* of the elements of one line at a time */
};

/* Lines of a, and of b, in a tile: as many as registers hold the sums of; and every tile there is. */
#ifdef __AVX512F__
enum { TILE = 4 };
#define TILES_OF(rows, TILE_OF) TILE_OF(rows, 1) TILE_OF(rows, 2) TILE_OF(rows, 3) TILE_OF(rows, 4)
#define TILES(TILE_OF) TILES_OF(1, TILE_OF) TILES_OF(2, TILE_OF) TILES_OF(3, TILE_OF) TILES_OF(4, TILE_OF)
#else
enum { TILE = 2 };
#define TILES(TILE_OF) TILE_OF(1, 1) TILE_OF(1, 2) TILE_OF(2, 1) TILE_OF(2, 2)
#endif

#define KERNEL "kernels/narrow_kernel.h"
#include "../each_float.h"
