/* shape.h: the sizes of a tensor, and NumPy's broadcasting rule. */
#ifndef WG_SHAPE_H
#define WG_SHAPE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WG_RANK_MAX 8

/* A shape by value: `rank` sizes, the slowest first (row-major). Rank 0 is a scalar; a size may be 0. */
typedef struct wg_shape {
  int rank;
  int64_t size[WG_RANK_MAX];
} wg_shape;

/* WG_SHAPE(300, 2) is wg_shape_of(2, sizes) with the sizes written in place; WG_SCALAR is the shape of a scalar. */
#ifdef __cplusplus
} /* extern "C" */
template <typename... size> inline wg_shape wg_shape_of_sizes(size... sizes) {
  static_assert(sizeof...(sizes) <= WG_RANK_MAX, "a shape has at most WG_RANK_MAX sizes");
  return wg_shape{int(sizeof...(sizes)), {int64_t(sizes)...}};
}
#define WG_SHAPE(...) wg_shape_of_sizes(__VA_ARGS__)
#define WG_SCALAR wg_shape_of_sizes()
extern "C" {
#else
#define WG_SHAPE(...) ((wg_shape)WG_SHAPE_INITIALIZER(__VA_ARGS__))
#define WG_SCALAR ((wg_shape){.rank = 0})
#endif
/* The same as an initializer of a constant: { 2, { 300, 2 } }. */
#define WG_SHAPE_INITIALIZER(...)                                                                                      \
  {                                                                                                                    \
    (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), { __VA_ARGS__ }                                   \
  }

/* The shape of `rank` sizes. A rank outside 0 … WG_RANK_MAX gives a shape of rank −1, which every recording call
 * refuses with a message; so a shape never needs a check of its own. */
WG_API wg_shape wg_shape_of(int rank, const int64_t *sizes);

WG_API bool wg_shape_equal(const wg_shape *a, const wg_shape *b);

/* The number of elements, 1 for a scalar. False where a rank or size is invalid or where the bytes of the tensor
 * would not fit in half the address space (so that byte offsets never overflow). */
WG_API bool wg_shape_count(const wg_shape *shape, int64_t *count);

/* NumPy's broadcasting: shapes are aligned at their last axis, and sizes must be equal or 1. False if they do not fit. */
WG_API bool wg_shape_broadcast(const wg_shape *a, const wg_shape *b, wg_shape *result);

/* "(300,2)", "(4)", "()" into a buffer that WG_SHAPE_TEXT_SIZE bytes always suffice for. Returns the buffer. */
#define WG_SHAPE_TEXT_SIZE (WG_RANK_MAX * 21 + 3)
WG_API char *wg_shape_text(const wg_shape *shape, char text[WG_SHAPE_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
