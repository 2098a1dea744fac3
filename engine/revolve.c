/* revolve.c: the numbers behind binomial checkpointing (Griewank & Walther, "Algorithm 799: Revolve", 2000). */
#include "checkpoint_internal.h"

/* β(s, r) = C(s+r, s): the most stages that s slots can reverse when none is advanced over more than r times. Products of
 * r consecutive numbers are divisible by r!, so each division is exact. */
static uint64_t beta(uint64_t s, int64_t r) {
  if (r < 0) return 0;
  uint64_t value = 1;
  for (uint64_t i = 1; i <= (uint64_t)r; i++) {
    uint64_t factor = s + i;
    if (factor < s || value > UINT64_MAX / factor) return UINT64_MAX;
    value = value * factor / i;
  }
  return value;
}

static int64_t repetitions(uint64_t stages, uint64_t slots) {
  int64_t r = 0;
  while (beta(slots, r) < stages) r++;
  return r;
}

/* With one slot every stage is advanced over from the start: β(1, r) = r + 1, and t = l(l − 1)/2. */
uint64_t wg_revolve_advances(uint64_t stages, uint64_t slots) {
  if (stages < 2) return 0;
  if (slots < 2) {
    uint64_t a = stages % 2 ? stages : stages / 2, b = stages % 2 ? (stages - 1) / 2 : stages - 1;
    return a > UINT64_MAX / b ? UINT64_MAX : a * b;
  }
  int64_t r = repetitions(stages, slots);
  uint64_t all = (uint64_t)r > UINT64_MAX / stages ? UINT64_MAX : (uint64_t)r * stages;
  return all == UINT64_MAX ? all : all - beta(slots + 1, r - 1);
}

/* Any k is best for which both parts get by with their shares of the repetitions, and need them:
 * β(s, r−2) ≤ k ≤ β(s, r−1) and β(s−1, r−1) ≤ l − k ≤ β(s−1, r). */
uint64_t wg_revolve_split(uint64_t stages, uint64_t slots) {
  if (slots < 2) return stages - 1;
  int64_t r = repetitions(stages, slots);
  uint64_t right_least = beta(slots - 1, r - 1), k = beta(slots, r - 1);
  if (right_least < stages && k > stages - right_least) k = stages - right_least;
  if (k > stages - 1) k = stages - 1;
  return k < 1 ? 1 : k;
}
