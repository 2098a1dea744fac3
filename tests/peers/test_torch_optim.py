"""Optimizers, schedules, clipping, accumulation and averages against PyTorch's, over 100 steps in f64.

The program optimizer_values (its path is in OPTIMIZER_VALUES) trains weights with wengert and asks this test for the loss
and its gradients; PyTorch trains the same weights on the same function. Without PyTorch the test is skipped (exit code
77). By hand, with a Python that has it:

    OPTIMIZER_VALUES=build/tests/peers/peers-optimizer_values python tests/peers/test_torch_optim.py [part of a name]
"""

import os
import subprocess
import sys
import warnings

sys.dont_write_bytecode = True
try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (pip install torch)")
    sys.exit(77)

warnings.simplefilter("ignore", UserWarning)
torch.manual_seed(1)
torch.set_num_threads(1)

STEPS = 100
BOUND = 1e-10  # of the difference, relative to max(1, |weight|)
scheduler = torch.optim.lr_scheduler

# ---- Functions of a list of tensors; `step` and `part` choose the batch ----


def batches(features, outputs):
    inputs = torch.randn(5, 8, features, dtype=torch.float64)
    targets = torch.randn(5, 8, outputs, dtype=torch.float64)
    return inputs, targets


NET_X, NET_Y = batches(3, 2)


def net(weights, step, part):
    """A small net on another batch in every step; the last tensor is empty."""
    W1, b1, W2, b2, nothing = weights
    which = (step + 3 * part) % 5
    hidden = torch.tanh(NET_X[which].to(W1.dtype) @ W1.reshape(3, 4) + b1)
    output = hidden @ W2.reshape(4, 2) + b2
    return (output - NET_Y[which].to(W1.dtype)).square().mean() + nothing.sum()


def logistic(weights, step, part):
    """Logistic regression on all the data, with a little decay: convex."""
    w, b = weights
    x, y = NET_X.reshape(-1, 3), NET_Y.reshape(-1, 2)[:, 0] > 0
    z = x @ w + b
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y.double()) + 0.01 * w.square().sum()


def valley(weights, step, part):
    """Rosenbrock's function in 6 dimensions."""
    (x,) = weights
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def bowl(weights, step, part):
    """Not convex: 0.1·x² + 1 − cos x in each dimension, of different widths."""
    (x,) = weights
    scales = torch.arange(1, x.numel() + 1, dtype=x.dtype)
    return (0.1 * x**2 + 1 - torch.cos(x * scales / 3)).sum()


def waves(weights, step, part):
    """A loss that falls, then stays, for the schedule that watches it."""
    (x,) = weights
    return 0.5 * (x**2).sum() + 0.3 * ((step // 7) % 2)


FUNCTIONS = {
    net: [12, 4, 8, 2, 0],
    logistic: [3, 1],
    valley: [6],
    bowl: [5],
    waves: [4],
}

# ---- What PyTorch does not have ----


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al., Symbolic Discovery of Optimization Algorithms (2023)."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for theta in group["params"]:
                m = self.state[theta].setdefault("m", torch.zeros_like(theta))
                c = beta1 * m + (1 - beta1) * theta.grad
                theta -= group["lr"] * (torch.sign(c) + group["weight_decay"] * theta)
                m.copy_(beta2 * m + (1 - beta2) * theta.grad)
        return loss


class Shrinking(torch.optim.SGD):
    """Gradient descent, and then towards 0 by rate·l1 (ISTA; Beck and Teboulle, 2009, eq. 1.4)."""

    def __init__(self, params, lr, l1):
        super().__init__(params, lr=lr)
        self.l1 = l1

    def step(self, closure):
        loss = super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for w in group["params"]:
                    w.copy_(torch.nn.functional.softshrink(w, group["lr"] * self.l1))
        return loss


# ---- Cases: a name, the function, wengert's options, and PyTorch's optimizer (and schedule) ----

# Fixed steps along L-BFGS's directions, and Rosenbrock's valley, amplify the rounding of sums that are added in another
# order; such a case `amplifies`, and may differ ten times as much as PyTorch does from itself after a change of the
# starting point's last digit.

O = torch.optim
CASES = []


def case(name, function, options, optimizer, schedule=None, **more):
    CASES.append(dict(name=name, function=function, options=options, optimizer=optimizer, schedule=schedule, **more))


case("sgd", net, "optimizer=sgd rate=0.1", lambda p: O.SGD(p, lr=0.1))
case("sgd decay", net, "optimizer=sgd rate=0.1 decay=0.05", lambda p: O.SGD(p, lr=0.1, weight_decay=0.05))
case("momentum", net, "optimizer=momentum rate=0.05", lambda p: O.SGD(p, lr=0.05, momentum=0.9))
case("momentum decay dampening", net, "optimizer=momentum rate=0.05 momentum=0.8 dampening=0.3 decay=0.02",
     lambda p: O.SGD(p, lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.02))
case("nesterov", net, "optimizer=nesterov rate=0.05 decay=0.01",
     lambda p: O.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01))
case("adagrad", net, "optimizer=adagrad rate=0.1", lambda p: O.Adagrad(p, lr=0.1))
case("adagrad decay epsilon", net, "optimizer=adagrad rate=0.1 decay=0.03 epsilon=0.01",
     lambda p: O.Adagrad(p, lr=0.1, weight_decay=0.03, eps=0.01))
for momentum in (0, 0.7):
    for centered in (0, 1):
        for decay in (0, 0.04):
            case(f"rmsprop momentum={momentum} centered={centered} decay={decay}", net,
                 f"optimizer=rmsprop rate=0.01 momentum={momentum} centered={centered} decay={decay} alpha=0.95 epsilon=1e-6",
                 lambda p, m=momentum, c=centered, d=decay: O.RMSprop(
                     p, lr=0.01, alpha=0.95, eps=1e-6, momentum=m, centered=bool(c), weight_decay=d))
for amsgrad in (0, 1):
    for decay in (0, 0.1):
        case(f"adam amsgrad={amsgrad} decay={decay}", net,
             f"optimizer=adam rate=0.02 amsgrad={amsgrad} decay={decay}",
             lambda p, a=amsgrad, d=decay: O.Adam(p, lr=0.02, amsgrad=bool(a), weight_decay=d))
        case(f"adamw amsgrad={amsgrad} decay={decay}", net,
             f"optimizer=adamw rate=0.02 amsgrad={amsgrad} decay={decay} beta1=0.8 beta2=0.99 epsilon=1e-6",
             lambda p, a=amsgrad, d=decay: O.AdamW(
                 p, lr=0.02, betas=(0.8, 0.99), eps=1e-6, amsgrad=bool(a), weight_decay=d))
case("adam defaults", net, "optimizer=adam rate=0.001", lambda p: O.Adam(p))
case("adamw defaults", net, "optimizer=adamw rate=0.001", lambda p: O.AdamW(p))
case("rmsprop defaults", net, "optimizer=rmsprop rate=0.01", lambda p: O.RMSprop(p))
case("lion", net, "optimizer=lion rate=0.003", lambda p: Lion(p, lr=0.003, betas=(0.9, 0.99), weight_decay=0))
case("lion decay", net, "optimizer=lion rate=0.003 decay=0.2 beta1=0.8 beta2=0.95",
     lambda p: Lion(p, lr=0.003, betas=(0.8, 0.95), weight_decay=0.2))

case("l1", net, "optimizer=sgd rate=0.1 l1=0.003", lambda p: O.SGD(p, lr=0.1), l1=0.003)
case("l1 with adam", net, "optimizer=adam rate=0.01 l1=0.003 decay=0.01",
     lambda p: O.Adam(p, lr=0.01, weight_decay=0.01), l1=0.003)
case("l1 decoupled", net, "optimizer=sgd rate=0.1 l1=0.02 decoupled=1", lambda p: Shrinking(p, lr=0.1, l1=0.02))

for search in ("none", "wolfe"):
    torch_search = {"none": None, "wolfe": "strong_wolfe"}[search]
    rate = {"none": 0.5, "wolfe": 1}[search]
    amplifying = {"amplifies": True} if search == "none" else {}
    for function in (logistic, bowl):
        case(f"lbfgs {search} {function.__name__}", function,
             f"optimizer=lbfgs rate={rate} line_search={search} history=5 iterations=4",
             lambda p, s=torch_search, r=rate: O.LBFGS(p, lr=r, line_search_fn=s, history_size=5, max_iter=4),
             **amplifying)
    case(f"lbfgs {search} one iteration in a step", logistic,
         f"optimizer=lbfgs rate={rate} line_search={search} history=3 iterations=1 evaluations=10",
         lambda p, s=torch_search, r=rate: O.LBFGS(p, lr=r, line_search_fn=s, history_size=3, max_iter=1, max_eval=10))
    case(f"lbfgs {search} without tolerances", bowl,
         f"optimizer=lbfgs rate={rate} line_search={search} iterations=3 evaluations=12 tolerance_gradient=0 "
         "tolerance_change=0",
         lambda p, s=torch_search, r=rate: O.LBFGS(p, lr=r, line_search_fn=s, history_size=10, max_iter=3, max_eval=12,
                                                   tolerance_grad=0, tolerance_change=0), **amplifying)
case("lbfgs wolfe valley", valley, "optimizer=lbfgs rate=1 iterations=2 evaluations=20",
     lambda p: O.LBFGS(p, lr=1, line_search_fn="strong_wolfe", history_size=10, max_iter=2, max_eval=20), amplifies=True)
case("lbfgs wolfe few evaluations", valley, "optimizer=lbfgs rate=1 iterations=1",
     lambda p: O.LBFGS(p, lr=1, line_search_fn="strong_wolfe", history_size=10, max_iter=1))
case("lbfgs defaults", logistic, "optimizer=lbfgs rate=1 history=100 line_search=none", lambda p: O.LBFGS(p))

# ---- Schedules, on two optimizers ----

SCHEDULES = [
    ("constant", "", lambda o: scheduler.ConstantLR(o, factor=1)),
    ("step", "period=17 factor=0.4", lambda o: scheduler.StepLR(o, step_size=17, gamma=0.4)),
    ("exponential", "factor=0.97", lambda o: scheduler.ExponentialLR(o, gamma=0.97)),
    ("cosine", "period=100 minimum=0.001", lambda o: scheduler.CosineAnnealingLR(o, T_max=100, eta_min=0.001)),
    ("cosine", "period=10 restart_factor=1 minimum=0.002",
     lambda o: scheduler.CosineAnnealingWarmRestarts(o, T_0=10, eta_min=0.002)),
    ("cosine", "period=7 restart_factor=2", lambda o: scheduler.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2)),
    ("cosine", "period=3 restart_factor=3", lambda o: scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=3)),
    ("step", "warmup=10 warmup_from=0.2 period=20 factor=0.5", lambda o: scheduler.SequentialLR(
        o, [scheduler.LinearLR(o, start_factor=0.2, total_iters=10), scheduler.StepLR(o, step_size=20, gamma=0.5)],
        milestones=[10])),
    ("cosine", "warmup=20 warmup_from=0.1 period=80", lambda o: scheduler.SequentialLR(
        o, [scheduler.LinearLR(o, start_factor=0.1, total_iters=20), scheduler.CosineAnnealingLR(o, T_max=80)],
        milestones=[20])),
    ("constant", "warmup=5 warmup_from=0.3333333333333333", lambda o: scheduler.LinearLR(o)),
    ("one-cycle", "period=100", lambda o: scheduler.OneCycleLR(o, max_lr=0.05, total_steps=100, cycle_momentum=False)),
    ("one-cycle", "period=100 rise=0.42 divisor=10 final_divisor=100", lambda o: scheduler.OneCycleLR(
        o, max_lr=0.05, total_steps=100, pct_start=0.42, div_factor=10, final_div_factor=100, cycle_momentum=False)),
    ("plateau", "factor=0.5 patience=3", lambda o: scheduler.ReduceLROnPlateau(o, factor=0.5, patience=3, eps=0)),
    ("plateau", "factor=0.3 patience=1 threshold=0.05 cooldown=4 minimum=0.004",
     lambda o: scheduler.ReduceLROnPlateau(o, factor=0.3, patience=1, threshold=0.05, cooldown=4, min_lr=0.004)),
]
for kind, options, make in SCHEDULES:
    for optimizer, torch_optimizer in (("momentum", lambda p: O.SGD(p, lr=0.05, momentum=0.9)),
                                       ("adamw", lambda p: O.AdamW(p, lr=0.05))):
        case(f"{optimizer} with {kind} {options}", waves if kind == "plateau" else net,
             f"schedule={kind} rate=0.05 {options} optimizer={optimizer}", torch_optimizer, make)

# ---- Around the optimizer ----

case("clip by value", net, "optimizer=momentum rate=0.1 clip_value=0.05", lambda p: O.SGD(p, lr=0.1, momentum=0.9),
     clip=lambda p: torch.nn.utils.clip_grad_value_(p, 0.05))
case("clip by norm", net, "optimizer=momentum rate=0.1 clip_norm=0.2", lambda p: O.SGD(p, lr=0.1, momentum=0.9),
     clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.2))
case("accumulate 3", net, "optimizer=adam rate=0.02 accumulate=3", lambda p: O.Adam(p, lr=0.02), accumulate=3)
case("accumulate 4, then clip", net, "optimizer=sgd rate=0.2 accumulate=4 clip_norm=0.1", lambda p: O.SGD(p, lr=0.2),
     accumulate=4, clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.1))
swa = O.swa_utils
case("ema", net, "optimizer=sgd rate=0.1 average=ema average_decay=0.95", lambda p: O.SGD(p, lr=0.1),
     average=swa.get_ema_avg_fn(0.95))
case("swa", net, "optimizer=sgd rate=0.1 average=swa", lambda p: O.SGD(p, lr=0.1), average=None)
case("groups", net, "optimizer=adamw rate=0.02 decay=0.1 group=1:1:0:0 group=3:0.5:0:0 group=2:2:0.3:0",
     lambda p: O.AdamW([dict(params=[p[0], p[4]]), dict(params=[p[1]], weight_decay=0),
                        dict(params=[p[3]], weight_decay=0, lr=0.01), dict(params=[p[2]], weight_decay=0.3, lr=0.04)],
                       lr=0.02, weight_decay=0.1))
case("adam in f32", net, "optimizer=adam rate=0.01 decay=0.1 dtype=f32", lambda p: O.Adam(p, lr=0.01, weight_decay=0.1),
     dtype=torch.float32, bound=2e-5)
case("momentum in f32", net, "optimizer=nesterov rate=0.05 dtype=f32",
     lambda p: O.SGD(p, lr=0.05, momentum=0.9, nesterov=True), dtype=torch.float32, bound=2e-5)


# ---- The two trainings ----


def start(sizes, dtype):
    generator = torch.Generator().manual_seed(7)
    return [torch.randn(n, dtype=torch.float64, generator=generator).to(dtype) for n in sizes]


def texts(tensors):
    return " ".join(repr(float(x)) for tensor in tensors for x in tensor.flatten())


def split(numbers, sizes, dtype):
    tensors = []
    for n in sizes:
        tensors.append(torch.tensor(numbers[:n], dtype=dtype))
        numbers = numbers[n:]
    return tensors


def ours(given, sizes, dtype):
    """For each step: its rate, the weights after it, and their average."""
    program = subprocess.Popen(
        [os.environ["OPTIMIZER_VALUES"], "sizes=" + ",".join(map(str, sizes)), f"steps={STEPS}"]
        + given["options"].split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(line):
        program.stdin.write(line + "\n")
        program.stdin.flush()

    tell(texts(start(sizes, dtype)))
    steps, part = [], 0
    for line in program.stdout:
        kind, *rest = line.split()
        if kind == "step":
            numbers = " ".join(rest[1:]).split("|")
            states = [split([float(x) for x in text.split()], sizes, dtype) for text in numbers]
            steps.append((float(rest[0]), states[0], states[1] if len(states) > 1 else None))
            part = 0
            continue
        weights = [w.requires_grad_() for w in split([float(x) for x in rest], sizes, dtype)]
        loss = given["function"](weights, len(steps), part)
        loss.backward()
        tell(f"{float(loss)!r} " + texts(w.grad for w in weights))
        part = (part + 1) % given.get("accumulate", 1)
    assert program.wait() == 0, "the program failed"
    return steps


def theirs(given, sizes, dtype, nudge=0.0):
    weights = torch.nn.ParameterList([torch.nn.Parameter(w * (1 + nudge)) for w in start(sizes, dtype)])
    optimizer = given["optimizer"](list(weights))
    schedule = given["schedule"](optimizer) if given["schedule"] else None
    average = swa.AveragedModel(weights, avg_fn=given["average"]) if "average" in given else None
    accumulate, steps = given.get("accumulate", 1), []

    def closure():
        optimizer.zero_grad()
        total = 0
        for part in range(accumulate):
            loss = given["function"](list(weights), len(steps), part) / accumulate
            loss = loss + given.get("l1", 0) / accumulate * sum(w.abs().sum() for w in weights)
            loss.backward()
            total += float(loss)
        if "clip" in given:
            given["clip"](list(weights))
        return torch.tensor(total, dtype=torch.float64)

    for _ in range(STEPS):
        rate = optimizer.param_groups[0]["lr"]
        loss = optimizer.step(closure)
        if average:
            average.update_parameters(weights)
        steps.append((float(rate), [w.detach().clone() for w in weights],
                      [w.detach().clone() for w in average.module] if average else None))
        if isinstance(schedule, scheduler.ReduceLROnPlateau):
            schedule.step(float(loss))
        elif schedule:
            schedule.step()
    return steps


def difference(ours, theirs):
    largest = 0.0
    for a, b in zip(ours, theirs):
        if a.numel() and not (torch.isfinite(a).all() and torch.isfinite(b).all()):
            return float("nan")
        if a.numel():
            largest = max(largest, float(((a - b).abs() / b.abs().clamp(min=1)).max()))
    return largest


def largest_difference(some, others):
    """Of the rates, weights and averages of two trainings, over all steps."""
    assert len(some) == len(others) == STEPS
    worst = 0.0
    for (rate, weights, average), (other_rate, other_weights, other_average) in zip(some, others):
        found = max(abs(rate - other_rate), difference(weights, other_weights))
        if average:
            found = max(found, difference(average, other_average))
        if not found <= worst:
            worst = found
    return worst


def compare(given):
    """The largest difference over all steps, its bound, and how far the weights moved."""
    sizes, dtype = FUNCTIONS[given["function"]], given.get("dtype", torch.float64)
    mine, other = ours(given, sizes, dtype), theirs(given, sizes, dtype)
    bound = given.get("bound", BOUND)
    if "amplifies" in given:  # PyTorch against itself, from weights that differ in their last digit
        bound = max(bound, 10 * max(largest_difference(other, theirs(given, sizes, dtype, nudge))
                                    for nudge in (2**-52, -(2**-52))))
    return largest_difference(mine, other), bound, difference(mine[-1][1], start(sizes, dtype))


def main():
    wanted = " ".join(sys.argv[1:])
    failed, count, largest = 0, 0, 0.0
    for given in CASES:
        if wanted not in given["name"]:
            continue
        count += 1
        worst, bound, moved = compare(given)
        good = worst <= bound and moved > 1e-3
        failed += not good
        if bound == BOUND and good:
            largest = max(largest, worst)
        if wanted or not good or bound != BOUND:
            print(f"{'ok  ' if good else 'FAIL'} {given['name']}: differs by {worst:.2g}, bound {bound:.2g}, "
                  f"moved by {moved:.2g}")
    print(f"{count} trainings of {STEPS} steps compared with PyTorch {torch.__version__}, {failed} differ; "
          f"in f64 by {largest:.1e} at most")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
