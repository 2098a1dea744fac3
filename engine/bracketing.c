#include "bracketing.h"

static uint64_t sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
static uint64_t product(uint64_t a, uint64_t b) { return b && a > UINT64_MAX / b ? UINT64_MAX : a * b; }
static uint64_t cost(int64_t a, int64_t b, int64_t c) {
  return product(product((uint64_t)a, (uint64_t)b), (uint64_t)c);
}

/* Multiply-adds of J_j ⋯ J_i, and after which Jacobian the best order cuts it: J_j ⋯ J_(cut+1) times J_cut ⋯ J_i. */
typedef struct part {
  uint64_t cost;
  size_t cut;
} part;

/* parts[i·n + j], the shorter ones first. */
static void parts_fill(part *parts, size_t n, const int64_t *w) {
  for (size_t i = 0; i < n; i++) parts[i * n + i] = (part){0, i};
  for (size_t length = 1; length < n; length++)
    for (size_t i = 0, j = length; j < n; i++, j++) {
      part best = {UINT64_MAX, i};
      for (size_t cut = i; cut < j; cut++) {
        uint64_t both = sum(parts[i * n + cut].cost, parts[(cut + 1) * n + j].cost);
        uint64_t all = sum(both, cost(w[j + 1], w[cut + 1], w[i]));
        if (all < best.cost) best = (part){all, cut};
      }
      parts[i * n + j] = best;
    }
}

/* Writes the brackets with a stack of what is still to be written: parts, and the signs between them. */
typedef struct piece {
  size_t i, j;
  const char *sign; /* NULL for a part */
} piece;

static void order_print(const part *parts, size_t n, piece *stack, wg_text *text) {
  size_t depth = 0;
  stack[depth++] = (piece){0, n - 1, NULL};
  while (depth > 0) {
    piece next = stack[--depth];
    if (next.sign) {
      wg_text_add(text, next.sign);
    } else if (next.i == next.j) {
      wg_text_print(text, "J%zu", next.i + 1);
    } else {
      size_t cut = parts[next.i * n + next.j].cut;
      wg_text_add(text, "(");
      stack[depth++] = (piece){0, 0, ")"};
      stack[depth++] = (piece){next.i, cut, NULL};
      stack[depth++] = (piece){0, 0, "·"};
      stack[depth++] = (piece){cut + 1, next.j, NULL};
    }
  }
}

wg_status wg_bracketing_count(size_t width_count, const int64_t *widths, wg_bracketing *counts, wg_text *order) {
  *counts = (wg_bracketing){0};
  if (width_count < 2 || width_count > WG_BRACKETING_MAX + 1) return WG_ERROR_ARGUMENT;
  for (size_t k = 0; k < width_count; k++)
    if (widths[k] < 1) return WG_ERROR_ARGUMENT;
  size_t n = width_count - 1;
  for (size_t i = 1; i < n; i++) {
    counts->reverse = sum(counts->reverse, cost(widths[n], widths[i], widths[i - 1]));
    counts->forward = sum(counts->forward, cost(widths[i + 1], widths[i], widths[0]));
  }
  const wg_allocator *allocator = order ? order->allocator : &wg_allocator_default;
  part *parts = wg_allocate_zeroed(allocator, n * n, sizeof *parts);
  piece *stack = wg_allocate(allocator, 4 * n, sizeof *stack);
  bool room = parts && stack;
  if (room) {
    parts_fill(parts, n, widths);
    counts->best = parts[n - 1].cost;
    if (order) order_print(parts, n, stack, order);
  }
  wg_release(allocator, stack);
  wg_release(allocator, parts);
  return room && !(order && order->failed) ? WG_OK : WG_ERROR_MEMORY;
}
