/* How long net D (300 points, widths 2, 4, 3, f32) and a long chain take: the figures to compare a change by. Each is the
 * best of several rounds, because everything else that runs on a machine only makes a round slower. */
#include <stdio.h>
#include <time.h>
#include <wengert.h>

enum { ROUNDS = 20, RUNS = 1000, CHAIN = 1000000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds of one run of the plan; negative if it fails. */
static double run_time(wg_plan *plan) {
  double best = -1;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    for (int i = 0; i < RUNS; i++)
      if (wg_run(plan) != WG_OK) return -1;
    double taken = (now() - start) / RUNS;
    if (best < 0 || taken < best) best = taken;
  }
  return best;
}

/* J alone, and J with the gradients of the four parameters. */
static int net_d(void) {
  static float x[300 * 2], w1[2 * 4], c1[4], w2[4 * 3], c2[3];
  static int64_t labels[300];
  for (int i = 0; i < 300; i++) {
    x[2 * i] = (float)(i % 17) / 17 - 0.5F;
    x[2 * i + 1] = (float)(i % 23) / 23 - 0.5F;
    labels[i] = i % 3;
  }
  for (int i = 0; i < 8; i++) w1[i] = (float)(i - 3) / 4;
  for (int i = 0; i < 12; i++) w2[i] = (float)(i - 6) / 6;

  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.dtype = WG_F32;
  spec.class_indices = true;
  wg_net *net = wg_net_new(&spec);
  if (wg_net_status(net) != WG_OK) return 1;
  wg_node *outputs[5] = {net->J};
  wg_grad(net->J, net->param_count, net->params, outputs + 1);
  const void *data[] = {w1, c1, w2, c2};
  double time[2];
  for (int k = 0; k < 2; k++) {
    wg_plan *plan = wg_plan_new(k == 0 ? 1 : 5, outputs);
    wg_bind(plan, net->X, x);
    wg_bind(plan, net->Y, labels);
    for (size_t i = 0; i < net->param_count; i++) wg_bind(plan, net->params[i], data[i]);
    time[k] = run_time(plan);
    wg_plan_free(plan);
  }
  wg_net_free(net);
  if (time[0] < 0 || time[1] < 0) return 1;
  printf("net D   loss %.2f µs, loss and gradient %.2f µs, ratio %.2f\n", time[0] * 1e6, time[1] * 1e6,
         time[1] / time[0]);
  return 0;
}

/* v ← tanh v, a million times on a scalar: what recording, sweeping, planning and running cost for each node. */
static int chain(void) {
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SCALAR), *v = x, *dx;
  double start = now();
  for (int i = 0; i < CHAIN; i++) v = wg_tanh(v);
  double recorded = now();
  wg_grad(v, 1, &x, &dx);
  double swept = now();
  wg_plan *plan = wg_plan_new(1, &dx);
  double planned = now(), one = 1;
  wg_bind(plan, x, &one);
  bool good = wg_run(plan) == WG_OK;
  double ran = now();
  wg_plan_free(plan);
  wg_tape_free(t);
  printf("chain   record %.0f ns, sweep %.0f ns, plan %.0f ns, run %.0f ns a node of %d\n",
         (recorded - start) * 1e9 / CHAIN, (swept - recorded) * 1e9 / CHAIN, (planned - swept) * 1e9 / CHAIN,
         (ran - planned) * 1e9 / CHAIN, CHAIN);
  return !good;
}

int main(void) {
  int failed = net_d();
  return chain() || failed;
}
