"""The workloads of the yardstick in PyTorch and JAX, as a user who wants speed would write them.

STEPS[name](workload, threads) gives a function that does a step, and one that waits until all steps are done. Values and
first weights are random numbers of the same distribution as the yardstick's. Everything is imported when it is asked for.
"""

import numpy

TITLES = {
    "a": "net D: 300×2 → 4 → 3, relu, all samples",
    "b": "a neuron: 300×3, sigmoid, all samples",
    "c": "784-256-128-10, relu, batch 128",
    "d": "1024-1024-1024-1024-10, relu, batch 512",
    "e": "50 layers of 32×32, sigmoid, batch 64",
    "f": "like LeNet-5: 28×28, 6 and 16 filters 5×5, 120-84-10, batch 64",
    "g": "Gaussian mixture, 1000 points, d = 10, K = 25, f64: value and gradient",
    "h": "LSTM, two layers of 14, 1024 steps, f64: value and gradient",
}
LAYERS = {"a": (300, [2, 4, 3]), "c": (128, [784, 256, 128, 10]), "d": (512, [1024] * 4 + [10]), "e": (64, [32] * 51)}
RATES = {"a": 0.5, "b": 0.5, "c": 0.01, "d": 0.01, "e": 0.01, "f": 0.01}

random = numpy.random.default_rng(7)


# ---- Numbers: a dictionary's values are what is learned ----


def weights(shape, fan_in, fan_out, sigmoid=False):
    """Glorot's or He's uniform initial values."""
    limit = numpy.sqrt(6 / (fan_in + fan_out)) if sigmoid else numpy.sqrt(6 / fan_in)
    return random.uniform(-limit, limit, shape).astype(numpy.float32)


def dense(widths, sigmoid=False):
    parameters = []
    for fan_in, fan_out in zip(widths, widths[1:]):
        parameters += [weights((fan_out, fan_in), fan_in, fan_out, sigmoid), numpy.zeros(fan_out, numpy.float32)]
    return parameters


def numbers(workload):
    """What is learned, and what is given: a list of arrays each."""
    if workload in LAYERS:
        samples, widths = LAYERS[workload]
        x = random.uniform(-1, 1, (samples, widths[0])).astype(numpy.float32)
        return dense(widths, workload == "e"), [x, random.integers(0, widths[-1], samples)]
    if workload == "b":
        x = random.uniform(-1, 1, (3, 300)).astype(numpy.float32)
        y = random.integers(0, 2, (1, 300)).astype(numpy.float32)
        return [weights((1, 3), 3, 1, True), numpy.zeros((1, 1), numpy.float32)], [x, y]
    if workload == "f":
        kernels = [weights((6, 1, 5, 5), 25, 150), numpy.zeros(6, numpy.float32), weights((16, 6, 5, 5), 150, 400),
                   numpy.zeros(16, numpy.float32)]
        x = random.uniform(-1, 1, (64, 1, 28, 28)).astype(numpy.float32)
        return kernels + dense([784, 120, 84, 10]), [x, random.integers(0, 10, 64)]
    if workload == "g":
        n, d, k = 1000, 10, 25
        below = numpy.zeros((d * (d - 1) // 2, d, d))
        for number, (column, row) in enumerate((j, i) for j in range(d) for i in range(j + 1, d)):
            below[number, row, column] = 1
        learned = [random.normal(size=k), random.normal(size=(k, d)), 0.1 * random.normal(size=(k, d)),
                   0.1 * random.normal(size=(k, len(below)))]
        return learned, [random.normal(size=(n, d)), below]
    layers, length, width = 2, 1024, 14
    learned = [random.normal(size=(layers, 8, width)), random.normal(size=(3, width))]
    return learned, [random.normal(size=(layers, 2, width)), random.uniform(0, 1, (length, width))]


# ---- Losses in PyTorch ----


def torch_loss(workload):
    import torch
    from torch.nn import functional

    def layers(parameters, x, labels):
        for l in range(0, len(parameters) - 2, 2):
            z = functional.linear(x, parameters[l], parameters[l + 1])
            x = torch.sigmoid(z) if workload == "e" else torch.relu(z)
        return functional.cross_entropy(functional.linear(x, *parameters[-2:]), labels)

    def neuron(parameters, x, y):
        return functional.binary_cross_entropy_with_logits(parameters[0] @ x + parameters[1], y)

    def images(parameters, x, labels):
        for l in (0, 2):
            x = functional.conv2d(x, parameters[l], parameters[l + 1], padding=2)
            x = functional.max_pool2d(torch.relu(x), 2)
        return layers(parameters[4:], x.flatten(1), labels)

    def mixture(parameters, x, below):
        alpha, mu, q, l = parameters
        n, d = x.shape
        lower = torch.diag_embed(q.exp()) + torch.einsum("kp,pij->kij", l, below)
        y = torch.einsum("kij,nkj->nki", lower, x[:, None] - mu)
        inner = alpha + q.sum(1) - 0.5 * y.square().sum(2)
        prior = 0.5 * ((2 * q).exp().sum() + l.square().sum())
        return torch.logsumexp(inner, 1).sum() - n * torch.logsumexp(alpha, 0) + prior

    def recurrent(parameters, state, sequence):
        (cells, ends), total = parameters, 0
        h, c = [s[0] for s in state], [s[1] for s in state]
        for t in range(len(sequence) - 1):
            x = sequence[t] * ends[0]
            for l, (wf, wi, wo, wg, bf, bi, bo, bg) in enumerate(cells):
                f, i = torch.sigmoid(x * wf + bf), torch.sigmoid(h[l] * wi + bi)
                o, g = torch.sigmoid(x * wo + bo), torch.tanh(h[l] * wg + bg)
                c[l] = c[l] * f + i * g
                x = h[l] = o * torch.tanh(c[l])
            y = x * ends[1] + ends[2]
            total = total + (sequence[t + 1] * (y - torch.log(2 + y.exp().sum()))).sum()
        return -total / ((len(sequence) - 1) * sequence.shape[1])

    return {"b": neuron, "f": images, "g": mixture, "h": recurrent}.get(workload, layers)


def torch_step(workload, threads, compiled):
    import torch

    torch.set_num_threads(threads)
    learned, given = numbers(workload)
    parameters = [torch.tensor(value, requires_grad=not compiled) for value in learned]
    given = [torch.tensor(value) for value in given]
    loss, rate = torch_loss(workload), RATES.get(workload)
    if compiled and workload == "h":
        raise RuntimeError("a loop of 1024 steps is too long to be compiled")

    def eager():
        gradients = torch.autograd.grad(loss(parameters, *given), parameters)
        if rate:
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-rate)

    @torch.compile(dynamic=False)
    def whole(parameters):
        gradients, value = torch.func.grad_and_value(loss)(parameters, *given)
        if rate:
            torch._foreach_add_(parameters, gradients, alpha=-rate)
        return None if rate else (gradients, value)

    def step():
        with torch.no_grad():
            whole(parameters)

    return step if compiled else eager, lambda: None


# ---- Losses in JAX ----


def jax_loss(workload):
    import jax
    import jax.numpy as jnp

    def cross_entropy(z, labels):
        return -jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], 1).mean()

    def layers(parameters, x, labels):
        for l in range(0, len(parameters) - 2, 2):
            z = x @ parameters[l].T + parameters[l + 1]
            x = jax.nn.sigmoid(z) if workload == "e" else jax.nn.relu(z)
        return cross_entropy(x @ parameters[-2].T + parameters[-1], labels)

    def neuron(parameters, x, y):
        z = parameters[0] @ x + parameters[1]
        return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean()

    def images(parameters, x, labels):
        for l in (0, 2):
            x = jax.lax.conv_general_dilated(x, parameters[l], (1, 1), [(2, 2), (2, 2)])
            x = jax.nn.relu(x + parameters[l + 1][:, None, None])
            x = x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max((3, 5))
        return layers(parameters[4:], x.reshape(len(x), -1), labels)

    def mixture(parameters, x, below):
        alpha, mu, q, l = parameters
        lower = jax.vmap(jnp.diag)(jnp.exp(q)) + jnp.einsum("kp,pij->kij", l, below)
        y = jnp.einsum("kij,nkj->nki", lower, x[:, None] - mu)
        inner = alpha + q.sum(1) - 0.5 * jnp.square(y).sum(2)
        prior = 0.5 * (jnp.exp(2 * q).sum() + jnp.square(l).sum())
        logsumexp = jax.scipy.special.logsumexp
        return logsumexp(inner, 1).sum() - len(x) * logsumexp(alpha) + prior

    def recurrent(parameters, state, sequence):
        cells, ends = parameters
        sigmoid = jax.nn.sigmoid

        def at(before, pair):
            (now, then), after = pair, []
            x = now * ends[0]
            for l in range(len(cells)):
                wf, wi, wo, wg, bf, bi, bo, bg = cells[l]
                h, c = before[l]
                c = c * sigmoid(x * wf + bf) + sigmoid(h * wi + bi) * jnp.tanh(h * wg + bg)
                x = sigmoid(x * wo + bo) * jnp.tanh(c)
                after.append(jnp.stack([x, c]))
            y = x * ends[1] + ends[2]
            return jnp.stack(after), (then * (y - jnp.log(2 + jnp.exp(y).sum()))).sum()

        _, gains = jax.lax.scan(at, state, (sequence[:-1], sequence[1:]))
        return -gains.sum() / ((len(sequence) - 1) * sequence.shape[1])

    return {"b": neuron, "f": images, "g": mixture, "h": recurrent}.get(workload, layers)


def jax_step(workload, threads):
    import jax

    del threads  # as many as the process may run on
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", workload in "gh")
    learned, given = numbers(workload)
    loss, rate = jax_loss(workload), RATES.get(workload)
    given = [jax.numpy.asarray(value) for value in given]
    held = [[jax.numpy.asarray(value) for value in learned]]

    @jax.jit
    def gradients(parameters):
        return jax.value_and_grad(loss)(parameters, *given)

    def trained(parameters):
        slopes = jax.grad(loss)(parameters, *given)
        return [p - rate * slope for p, slope in zip(parameters, slopes)]

    update = jax.jit(trained, donate_argnums=0)

    def step():
        if rate:
            held[0] = update(held[0])
        else:
            held[1:] = [gradients(held[0])]

    return step, lambda: jax.block_until_ready(held)


STEPS = {
    "eager": lambda workload, threads: torch_step(workload, threads, False),
    "compiled": lambda workload, threads: torch_step(workload, threads, True),
    "jax": jax_step,
}


# ---- Products of matrices: "512tn" is aᵀ·b, 512×512 ----


def product_step(product, threads, onednn):
    import torch

    torch.set_num_threads(threads)
    n, transposed = int(product[:-2]), product[-2:]
    a, b = (torch.tensor(random.uniform(-1, 1, (n, n)).astype(numpy.float32)) for _ in range(2))
    a = a.t() if transposed[0] == "t" else a
    b = b.t() if transposed[1] == "t" else b
    if onednn:  # x·wᵀ
        multiply, w = torch.ops.mkldnn._linear_pointwise, b.t()
        return lambda: multiply(a, w, None, "none", [], ""), lambda: None
    return lambda: torch.mm(a, b), lambda: None


STEPS["mm"] = lambda product, threads: product_step(product, threads, False)
STEPS["onednn"] = lambda product, threads: product_step(product, threads, True)
