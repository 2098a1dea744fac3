/* run_copy.c: the plan's own copies, of any strides, and of rows of a few numbers that are to lie column after column.
 *
 * One column at a time, such rows would be read as often as they are long, a number here and there. All at once, where a
 * compiler knows how many columns there are, they are vectors and permutations of these. */
#include "plan_internal.h"

#define COPY(type, name)                                                                                               \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    type *to = out;                                                                                                    \
    const type *from = in[0];                                                                                          \
    (void)y;                                                                                                           \
    if (stride[0] == 1)                                                                                                \
      for (int64_t k = 0; k < n; k++) to[k] = from[k];                                                                 \
    else                                                                                                               \
      for (int64_t k = 0; k < n; k++) to[k] = from[k * stride[0]];                                                     \
  }
COPY(uint32_t, copy_4)
COPY(uint64_t, copy_8)

wg_loop *wg_copy_loop(size_t size) { return size == 4 ? copy_4 : copy_8; }

/* ---- Column after column ---- */

enum { COLUMNS = 4 }; /* at most */

typedef struct columns {
  int64_t rows, columns, rows_of_piece;
  size_t size; /* of an element */
  void *to;
  const void *from;
} columns;

#if defined __GNUC__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif
#if defined __GNUC__ && !defined __clang__
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 4")
#else
#define INDEPENDENT
#define UNROLL
#endif

#define ROWS_COPY(type, name)                                                                                          \
  INLINE void name(const columns *c, const int width, int64_t first, int64_t end) {                                    \
    type *to = c->to;                                                                                                  \
    const type *from = c->from;                                                                                        \
    const int64_t rows = c->rows;                                                                                      \
    INDEPENDENT                                                                                                        \
    for (int64_t row = first; row < end; row++)                                                                        \
      UNROLL for (int column = 0; column < width; column++) to[column * rows + row] = from[row * width + column];      \
  }
ROWS_COPY(uint32_t, rows_copy_4)
ROWS_COPY(uint64_t, rows_copy_8)

#define WIDTH(width)                                                                                                   \
  case width:                                                                                                          \
    if (c->size == 4)                                                                                                  \
      rows_copy_4(c, width, first, end);                                                                               \
    else                                                                                                               \
      rows_copy_8(c, width, first, end);                                                                               \
    break;

#define LEVEL(name, attributes)                                                                                        \
  attributes static void name(const columns *c, int64_t first, int64_t end) {                                          \
    switch (c->columns) { WIDTH(2) WIDTH(3) WIDTH(COLUMNS) }                                                           \
  }
LEVEL(columns_baseline, )
#ifdef WG_HAVE_AVX2
LEVEL(columns_avx2, __attribute__((target("avx2"))))
#endif
#ifdef WG_HAVE_AVX512
LEVEL(columns_avx512, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))))
#endif

static void piece_copy(void *context, int64_t piece) {
  const columns *c = context;
  const int64_t first = piece * c->rows_of_piece;
  const int64_t end = c->rows - first < c->rows_of_piece ? c->rows : first + c->rows_of_piece;
#ifdef WG_HAVE_AVX512
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512f")) {
    columns_avx512(c, first, end);
    return;
  }
#endif
#ifdef WG_HAVE_AVX2
  if (__builtin_cpu_supports("avx2")) {
    columns_avx2(c, first, end);
    return;
  }
#endif
  columns_baseline(c, first, end);
}

bool wg_columns_copy(const wg_plan *plan, const wg_step *step) {
  const wg_nest *nest = step->nest;
  const int64_t *size = nest->numbers, *stride = wg_nest_strides(nest);
  if (nest->rank != 2 || size[0] > COLUMNS || stride[0] != 1 || stride[1] != size[0]) return false;
  columns c = {.rows = size[1],
               .columns = size[0],
               .rows_of_piece = plan->tuning.piece / COLUMNS + 1,
               .size = wg_dtype_size(step->node->dtype),
               .to = step->out,
               .from = plan->in[step->input_begin]};
  if (c.rows > 0) wg_threads_run(plan->threads, (c.rows - 1) / c.rows_of_piece + 1, piece_copy, &c);
  return true;
}
