/* products.c: square products of matrices by wengert and by BLAS, 16 … 1024, operands as they are and transposed. */
#include "../../../ops/ops.h"
#include "engine_net.h"
#include "product.h"
#include "workloads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZES = 7, CASES = 4 };
static const int sizes[SIZES] = {16, 32, 64, 128, 256, 512, 1024};
static const char *const case_names[CASES] = {"a·b", "aᵀ·b", "a·bᵀ", "aᵀ·bᵀ"};
static const char *const case_keys[CASES] = {"nn", "tn", "nt", "tt"};

typedef struct pair {
  int n;
  bool a_transposed, b_transposed;
  float *a, *b, *c;
  wg_tape *tape;
  wg_node *result;
  wg_plan *plan;
} pair;

static float *matrix(int n, uint64_t seed) {
  wg_random random = wg_random_new(seed, WG_STREAM_DATA);
  float *made = lines_new((size_t)n * (size_t)n * sizeof(float));
  for (long i = 0; i < (long)n * n; i++) made[i] = (float)(2 * wg_random_uniform(&random) - 1);
  return made;
}

static void blas_step(void *context) {
  const pair *p = context;
  product(p->a_transposed, p->b_transposed, p->n, p->n, p->n, 1, p->a, p->b, 0, p->c);
}

static void blas_prepare(void *context, wg_threads *pool) {
  (void)context;
  product_threads(wg_threads_count(pool));
}

static void wengert_step(void *context) { wg_run(((pair *)context)->plan); }
static void wengert_prepare(void *context, wg_threads *pool) { wg_plan_use_threads(((pair *)context)->plan, pool); }

static pair pair_start(int n, int number) {
  pair p = {.n = n,
            .a_transposed = number & 1,
            .b_transposed = number >> 1,
            .a = matrix(n, 1),
            .b = matrix(n, 2),
            .c = matrix(n, 3),
            .tape = wg_tape_new()};
  wg_node *a = wg_input(p.tape, "a", WG_F32, WG_SHAPE(n, n)), *b = wg_input(p.tape, "b", WG_F32, WG_SHAPE(n, n));
  p.result = wg_matmul(p.a_transposed ? wg_transpose(a) : a, p.b_transposed ? wg_transpose(b) : b);
  p.plan = wg_plan_new(1, &p.result);
  wg_bind(p.plan, a, p.a), wg_bind(p.plan, b, p.b);
  return p;
}

static void pair_end(pair *p) {
  wg_plan_free(p->plan);
  wg_tape_free(p->tape);
  free(p->a), free(p->b), free(p->c);
}

static bool pair_agrees(pair *p) {
  wengert_step(p);
  blas_step(p);
  const float *ours = wg_data(p->plan, p->result);
  for (long i = 0; ours && i < (long)p->n * p->n; i++)
    if (!(fabsf(ours[i] - p->c[i]) <= 1e-5f * (float)p->n)) return false;
  return ours;
}

/* GFLOP/s of both, and of the times the ratio. */
typedef struct rates {
  double wengert, blas, share;
} rates;

static bool pair_measure(int n, int number, const settings *s, int threads, rates *found) {
  pair p = pair_start(n, number);
  const bool good = pair_agrees(&p);
  if (good) {
    const side engine = {.name = "wengert", .context = &p, .step = wengert_step, .prepare = wengert_prepare};
    if (s->turns) contest_run(&(contest){.engine = engine}, s, NULL);
    timings t = {0};
    const entrant both[] = {{&p, blas_step, blas_prepare, s->pool[threads]},
                            {&p, wengert_step, wengert_prepare, s->pool[threads]}};
    if (!s->turns) measure(2, both, s->seconds / 10, &t);
    const comparison c = s->turns ? (comparison){1, 1, 1, 1, 1} : compare(&t, 0, 1);
    const double giga = 2e-9 * n * (double)n * n;
    *found = (rates){giga / c.second, giga / c.first, 1 / c.ratio};
  } else {
    fprintf(stderr, "%s, n = %d: the products differ\n", case_names[number], n);
  }
  pair_end(&p);
  return good;
}

static void head(report *r, int threads) {
  if (r->as_json) return;
  printf("\nproducts  f32, n×n, %d thread%s: GFLOP/s by wengert and by BLAS, and the ratio of them\n  %6s", threads,
         threads > 1 ? "s" : "", "n");
  for (int k = 0; k < CASES; k++) printf("   %*s", k < 1 ? 14 : k < 3 ? 15 - (k > 0) : 14, case_names[k]);
  printf("\n");
}

static void row(report *r, int n, int threads, const rates found[CASES]) {
  if (!r->as_json) printf("  %6d", n);
  for (int k = 0; k < CASES; k++) {
    if (!r->as_json) {
      printf("  %5.0f%5.0f %4.2f", found[k].wengert, found[k].blas, found[k].share);
      continue;
    }
    json_object_flat(&r->json, NULL);
    json_integer(&r->json, "n", n);
    json_text(&r->json, "transposed", case_keys[k]);
    json_integer(&r->json, "threads", threads);
    json_number(&r->json, "gflops_wengert", found[k].wengert);
    json_number(&r->json, "gflops_blas", found[k].blas);
    json_number(&r->json, "share", found[k].share);
    json_object_end(&r->json);
  }
  if (!r->as_json) printf("\n");
  fflush(stdout);
}

/* "512tn" */
static bool product_turns(const settings *s) {
  char *end;
  const long n = strtol(s->product, &end, 10);
  rates found;
  for (int k = 0; k < CASES; k++)
    if (n > 0 && n <= 8192 && !strcmp(end, case_keys[k])) return pair_measure((int)n, k, s, 0, &found);
  return fprintf(stderr, "--product: \"%s\" is nothing like 512tn\n", s->product), false;
}

bool products_run(const settings *s, report *r) {
  bool good = true;
  if (s->turns) return product_turns(s);
  if (r->as_json) {
    json_object(&r->json, "products");
    json_text(&r->json, "title", "products of matrices, f32");
    json_array(&r->json, "rows");
  }
  for (int t = 0; t < s->thread_counts; t++) {
    head(r, s->threads[t]);
    for (int i = 0; i < SIZES && good; i++) {
      rates found[CASES];
      for (int k = 0; k < CASES; k++) good = pair_measure(sizes[i], k, s, t, &found[k]) && good;
      if (good) row(r, sizes[i], s->threads[t], found);
    }
  }
  report_workload_end(r);
  return good;
}
