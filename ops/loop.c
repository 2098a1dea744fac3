/* loop.c: loops over inputs that are not dense. */
#include "loop.h"

enum { TILE = 128, INPUTS_MAX = 3 };

void wg_loop_made_dense(wg_loop *loop, size_t size, int inputs, const wg_node *y, int64_t n, void *out,
                        const void *const *in, const int64_t *stride) {
  static const int64_t dense[INPUTS_MAX] = {1, 1, 1};
  double tile[INPUTS_MAX][TILE];
  for (int64_t first = 0; first < n; first += TILE) {
    const int64_t some = n - first < TILE ? n - first : TILE;
    const void *from[INPUTS_MAX];
    for (int i = 0; i < inputs; i++) {
      const unsigned char *start = (const unsigned char *)in[i] + first * stride[i] * (int64_t)size;
      unsigned char *to = (unsigned char *)tile[i];
      from[i] = stride[i] == 1 ? (const void *)start : to;
      if (stride[i] != 1 && size == 4)
        for (int64_t k = 0; k < some; k++) memcpy(to + 4 * k, start + 4 * k * stride[i], 4);
      else if (stride[i] != 1)
        for (int64_t k = 0; k < some; k++) memcpy(to + 8 * k, start + 8 * k * stride[i], 8);
    }
    loop(y, some, (unsigned char *)out + first * (int64_t)size, from, dense);
  }
}
