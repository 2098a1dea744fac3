#include "random.h"

/* ---- 64 random bits ---- */

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): turns a counter into well-mixed bits. */
static uint64_t mix(uint64_t *counter) {
  uint64_t z = *counter += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

wg_random wg_random_new(uint64_t seed, wg_random_stream stream) {
  /* The stream is mixed before it meets the seed: seed 1 of one stream is not seed 2 of another. */
  uint64_t purpose = (uint64_t)stream;
  uint64_t counter = seed ^ mix(&purpose);
  wg_random random;
  for (int i = 0; i < 4; i++) random.state[i] = mix(&counter);
  return random;
}

static uint64_t rotate_left(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

/* xoshiro256** */
uint64_t wg_random_next(wg_random *random) {
  uint64_t *s = random->state;
  uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate_left(s[3], 45);
  return result;
}

double wg_random_uniform(wg_random *random) { return (double)(wg_random_next(random) >> 11) * 0x1p-53; }

uint64_t wg_random_below(wg_random *random, uint64_t bound) {
  if (bound == 0) return 0;
  uint64_t uneven = -bound % bound; /* 2⁶⁴ mod bound: so many values would favor the small results */
  uint64_t bits;
  do bits = wg_random_next(random);
  while (bits < uneven);
  return bits % bound;
}

void wg_random_shuffle(wg_random *random, size_t count, size_t *items) {
  for (size_t i = count; i > 1; i--) {
    size_t j = (size_t)wg_random_below(random, i);
    size_t item = items[i - 1];
    items[i - 1] = items[j];
    items[j] = item;
  }
}

/* ---- Normal numbers, after Karney: only comparisons, so every machine gets the same bits ---- */

/* True with probability e^(−½): the first run u₁ > u₂ > … that starts below ½ has even length (von Neumann, 1951). */
static bool happens_half(wg_random *random) {
  double last = 0.5;
  for (bool even = true;; even = !even) {
    double u = wg_random_uniform(random);
    if (u >= last) return even;
    last = u;
  }
}

/* True with probability e^(−x(2k+x)/(2k+2)), for 0 ≤ x < 1: the same, each step passed with (2k+x)/(2k+2) as well. */
static bool happens(wg_random *random, int k, double x) {
  double last = x;
  for (bool even = true;; even = !even) {
    double u = wg_random_uniform(random);
    if (u >= last) return even;
    if (wg_random_uniform(random) * (2 * k + 2) >= 2 * k + x) return even;
    last = u;
  }
}

double wg_random_normal(wg_random *random) {
  for (;;) {
    int k = 0; /* the whole part: e^(−k²/2), as e^(−k/2)·e^(−k(k−1)/2) */
    while (happens_half(random)) k++;
    int passed = 0;
    while (passed < k * (k - 1) && happens_half(random)) passed++;
    if (passed < k * (k - 1)) continue;

    double x = wg_random_uniform(random); /* the fraction: e^(−x(2k+x)/2), as the (k+1)-th power of `happens` */
    passed = 0;
    while (passed <= k && happens(random, k, x)) passed++;
    if (passed <= k) continue;

    double magnitude = k + x; /* the density of both together is e^(−(k+x)²/2) */
    return wg_random_next(random) >> 63 ? -magnitude : magnitude;
  }
}
