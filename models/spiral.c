/* spiral.c: the three-armed spiral, a set that no straight line can divide (Karpathy, CS231n course notes, 2015). */
#include "data.h"

#include "../engine/memory.h"

#include <math.h>

wg_table *wg_spiral(int64_t arms, int64_t points, double noise, uint64_t seed, const wg_allocator *allocator) {
  if (arms < 0 || points < 0 || (points > 0 && arms > INT64_MAX / points)) return NULL;
  wg_table *table = wg_table_new(arms * points, 2, arms, allocator);
  if (!table) return NULL;
  wg_random random = wg_random_new(seed, WG_STREAM_DATA);
  for (int64_t k = 0; k < arms; k++)
    for (int64_t i = 0; i < points; i++) {
      double along = points > 1 ? (double)i / (double)(points - 1) : 0; /* 0 at the center, 1 at the arm's end */
      double radius = along;
      double angle = 4 * ((double)k + along) + noise * wg_random_normal(&random);
      int64_t row = k * points + i;
      wg_table_set_feature(table, row, 0, radius * sin(angle));
      wg_table_set_feature(table, row, 1, radius * cos(angle));
      table->labels[row] = k;
    }
  return table;
}
