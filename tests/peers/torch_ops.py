"""What PyTorch has for each operation: OPS[name](a, *inputs), with the operation's attributes as a.name.

Masks and comparisons are numbers 0 and 1 in wengert; losses of classes have the classes along the last axis; lists of axes
that are empty mean all axes.
"""

import math

import torch
import torch.nn.functional as F


def number(mask):
    return mask.to(torch.float64)


def axes(a):
    return list(a.axes) or None


def axes_or_all(a, x):
    return list(a.axes) or list(range(x.dim()))


def dtype(a):
    return {"f32": torch.float32, "f64": torch.float64}[a.dtype]


def reduced(a, terms):
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[a.reduction](terms)


def classes_second(x):
    """(…,K) as PyTorch has it, (N,K,…)."""
    return x.movedim(-1, 1) if x.dim() > 1 else x


def labels_or_probabilities(targets):
    return targets if targets.dtype == torch.int64 else classes_second(targets)


def alike(formula, function):
    """The formula, for derivatives that PyTorch's function lacks; its values must be those of the function. Without
    derivatives to be had, the function itself."""
    if not formula.requires_grad:
        return function
    torch.testing.assert_close(formula.detach(), function, rtol=1e-12, atol=1e-15)
    return formula


def detached(*tensors):
    return [x if x is None else x.detach() for x in tensors]


def cross_entropy(a, logits, targets, weights=None):
    def function(logits, targets, weights):
        return F.cross_entropy(classes_second(logits), labels_or_probabilities(targets), weights, reduction=a.reduction,
                               ignore_index=getattr(a, "ignored", -100), label_smoothing=getattr(a, "smoothing", 0.0))
    if weights is None or targets.dtype != torch.int64:
        return function(logits, targets, weights)
    rows = number(F.one_hot(targets, logits.shape[-1]))
    smoothed = (1 - a.smoothing) * rows + a.smoothing / logits.shape[-1]
    terms = -torch.sum(weights * smoothed * F.log_softmax(logits, -1), -1)
    return alike(terms.sum() / weights[targets].sum(), function(*detached(logits, targets, weights)))


def scatter(a, x, index, source):
    """Of several elements that go to one place the last stays; PyTorch's derivative is right only where there is one."""
    order = torch.arange(index.numel()).reshape(index.shape)
    last = torch.full(x.shape, -1).scatter_reduce(a.axis, index, order, "amax")
    kept = torch.where(last.gather(a.axis, index) == order, source, source.detach())
    return x.scatter(a.axis, index, kept)


def soft_margin_loss(a, x, signs):
    return alike(reduced(a, F.softplus(-signs * x)), F.soft_margin_loss(*detached(x, signs), reduction=a.reduction))


def bce_logits_weighted(a, x, t, w):
    terms = -(w * t * F.logsigmoid(x) + (1 - t) * F.logsigmoid(-x))
    function = F.binary_cross_entropy_with_logits(*detached(x, t), pos_weight=w.detach(), reduction=a.reduction)
    return alike(reduced(a, terms), function)


def cross_entropy_terms(a, logits, targets):
    return F.cross_entropy(classes_second(logits), labels_or_probabilities(targets), reduction="none")


def max_mask(a, x):
    return F.one_hot(x.argmax(a.axis), x.shape[a.axis]).movedim(-1, a.axis).to(x.dtype)


def product(a, x):
    for axis in sorted((axis % x.dim() for axis in axes_or_all(a, x)), reverse=True) if x.dim() else []:
        x = x.prod(axis, keepdim=bool(a.keep))
    return x


def reversed_if(a, scan):
    return lambda x: scan(x.flip(a.axis)).flip(a.axis) if a.reverse else scan(x)


def linear_recurrence(a, factors, terms):
    if a.reverse:
        factors, terms = factors.flip(a.axis), terms.flip(a.axis)
    state, states = None, []
    for factor, term in zip(factors.unbind(a.axis), terms.unbind(a.axis)):
        state = term if state is None else factor * state + term
        states.append(state)
    result = torch.stack(states, a.axis) if states else terms.clone()
    return result.flip(a.axis) if a.reverse else result


def places(a, x):
    shape = [1] * x.dim()
    shape[a.axis] = -1
    return torch.arange(x.shape[a.axis]).reshape(shape).expand(x.shape)


def label_rows(a, labels):
    kept = labels != a.ignored
    return F.one_hot(torch.where(kept, labels, 0), a.classes).to(dtype(a)) * kept[..., None]


def slice_parts(a, x):
    for k, (start, stop) in enumerate(zip(a.starts, a.stops)):
        axis = a.axes[k] if a.axes else k
        kept = range(x.shape[axis])[start:stop:a.steps[k] if a.steps else 1]
        x = x.index_select(axis, torch.tensor(list(kept), dtype=torch.int64))
    return x


def unslice(a, x):
    if not a.shape:
        return x
    lines = [start + step * torch.arange(size) for start, step, size in zip(a.starts, a.steps, x.shape)]
    return torch.zeros(a.shape, dtype=x.dtype).index_put(tuple(torch.meshgrid(*lines, indexing="ij")), x)


def unfold(a, x):
    return x.unfold(a.axis, (a.size - 1) * a.dilation + 1, a.step)[..., ::a.dilation]


def fold(a, x):
    """The adjoint of unfold: windows (…,count,…,size) added up where they come from."""
    axis = a.axis % (x.dim() - 1)
    windows = x.movedim(-1, axis + 1)
    to = (a.step * torch.arange(x.shape[axis])[:, None] + a.dilation * torch.arange(x.shape[-1])).flatten()
    whole = [*x.shape[:axis], a.length, *x.shape[axis + 1:-1]]
    return torch.zeros(whole, dtype=x.dtype).index_add(axis, to, windows.flatten(axis, axis + 1))


def pad_list(a):
    """PyTorch's list begins with the last axis; so do wengert's lists when read backwards."""
    return [width for pair in zip(reversed(a.before), reversed(a.after)) for width in pair]


def pad(mode):
    def padded(a, x):
        """PyTorch takes k padded axes of a tensor of rank k + 1 or k + 2."""
        count, missing = len(a.before), max(0, len(a.before) + 1 - x.dim())
        x = x[(None,) * missing]
        lead = x.shape[:x.dim() - count]
        if x.numel() == 0:  # which the other modes refuse
            return F.pad(x[(0,) * missing], pad_list(a))
        y = F.pad(x.reshape(-1, *x.shape[x.dim() - count:]), pad_list(a), mode=mode)
        return y.reshape(*lead[missing:], *y.shape[y.dim() - count:])
    return padded


def index_add(a, x, index, source):
    axis = a.axis % x.dim()
    index = index.remainder(x.shape[axis]) if a.wrap else index
    flat = source.reshape(*source.shape[:axis], -1, *source.shape[axis + index.dim():]) if source.numel() else \
        source.reshape(*x.shape[:axis], 0, *x.shape[axis + 1:])
    return x.index_add(axis, index.reshape(-1), flat)


def index_select(a, x, index):
    axis = a.axis % x.dim()
    index = index.remainder(x.shape[axis]) if a.wrap else index
    chosen = x.index_select(axis, index.reshape(-1))
    return chosen.reshape([*x.shape[:axis], *index.shape, *x.shape[axis + 1:]])


def sort(a, x):
    return torch.sort(x, dim=a.axis, descending=bool(a.descending), stable=True)


def topk(a, x):
    found = torch.sort(x, dim=a.axis, descending=bool(a.largest), stable=True)
    return found.values.narrow(a.axis, 0, a.k), found.indices.narrow(a.axis, 0, a.k)


def nll_loss(a, x, labels, weights=None):
    function = F.nll_loss(classes_second(x), labels, *detached(weights), reduction=a.reduction, ignore_index=a.ignored)
    if weights is None:
        return function
    chosen = weights[labels]
    return alike(-torch.sum(chosen * x.gather(-1, labels[..., None])[..., 0]) / chosen.sum(), function.detach())


def elementwise(function):
    return lambda a, *x: function(*x)


def compared(function):
    return lambda a, *x: number(function(*x))


def loss(function, *names):
    """A loss whose attributes are PyTorch's arguments of the same name."""
    return lambda a, *x: function(*x, **{n: getattr(a, n) for n in names}, reduction=a.reduction)


OPS = {
    # arithmetic and functions of each element
    **{name: elementwise(getattr(torch, name)) for name in """
        add sub mul div neg exp log sqrt square relu sigmoid tanh expm1 log1p exp2 log2 log10 reciprocal rsqrt pow logaddexp
        sin cos tan asin acos atan atan2 hypot sinh cosh asinh acosh atanh erf erfc lgamma digamma abs sign floor ceil trunc
        round fmod remainder maximum minimum lerp""".split()},
    "add_bias": elementwise(torch.add),
    "scale": lambda a, x: x * a.factor,
    "div_count": lambda a, x: x / a.count,
    "power": lambda a, x: x ** a.exponent,
    "xlogy": elementwise(torch.special.xlogy),
    "cbrt": lambda a, x: torch.sign(x.detach()) * x.abs() ** (1 / 3),
    "polygamma": lambda a, x: torch.polygamma(a.n, x),
    "clamp": lambda a, x: torch.clamp(x, a.low, a.high),
    "stop_gradient": lambda a, x: x.detach(),
    # masks
    **{name: compared(function) for name, function in {
        "greater": torch.gt, "greater_equal": torch.ge, "less": torch.lt, "less_equal": torch.le, "equal": torch.eq,
        "not_equal": torch.ne, "is_nan": torch.isnan, "is_inf": torch.isinf, "is_finite": torch.isfinite,
        "logical_not": torch.logical_not, "logical_and": torch.logical_and, "logical_or": torch.logical_or,
        "logical_xor": torch.logical_xor}.items()},
    "where": lambda a, mask, x, y: torch.where(mask != 0, x, y),
    "masked_fill": lambda a, x, mask: x.masked_fill(mask != 0, a.value),
    "index_equal": lambda a, x, y: (x == y).to(dtype(a)),
    # activations
    "softplus": elementwise(lambda x: F.softplus(x, threshold=math.inf)),
    "probability": elementwise(lambda x: x.clamp(torch.finfo(x.dtype).tiny, 1 - torch.finfo(x.dtype).eps / 2)),
    "prelu": elementwise(F.prelu),
    "leaky_relu": lambda a, x: F.leaky_relu(x, a.slope),
    "elu": lambda a, x: F.elu(x, a.alpha),
    "celu": lambda a, x: F.celu(x, a.alpha),
    "selu": elementwise(F.selu),
    "gelu": lambda a, x: F.gelu(x, approximate=a.approximate),
    "silu": elementwise(F.silu),
    "mish": elementwise(F.mish),
    "log_sigmoid": elementwise(F.logsigmoid),
    "softsign": elementwise(F.softsign),
    "hard_tanh": lambda a, x: F.hardtanh(x, a.low, a.high),
    "relu6": elementwise(F.relu6),
    "hard_sigmoid": elementwise(F.hardsigmoid),
    "hard_swish": elementwise(F.hardswish),
    "threshold": lambda a, x: F.threshold(x, a.threshold, a.value),
    "soft_shrink": lambda a, x: F.softshrink(x, getattr(a, "lambda")),
    "hard_shrink": lambda a, x: F.hardshrink(x, getattr(a, "lambda")),
    "tanh_shrink": elementwise(F.tanhshrink),
    "glu": lambda a, x: F.glu(x, a.axis),
    "softmax": lambda a, x: F.softmax(x, a.axis),
    "log_softmax": lambda a, x: F.log_softmax(x, a.axis),
    "softmin": lambda a, x: F.softmin(x, a.axis),
    # reductions, scans and order
    "sum": lambda a, x: torch.sum(x, axes(a), keepdim=bool(a.keep)),
    "mean": lambda a, x: torch.mean(x, axes(a), keepdim=bool(a.keep)),
    "prod": product,
    "max": lambda a, x: torch.max(x, a.axis, keepdim=bool(a.keep)).values,
    "min": lambda a, x: torch.min(x, a.axis, keepdim=bool(a.keep)).values,
    "amax": lambda a, x: torch.amax(x, axes(a) or (), keepdim=bool(a.keep)),
    "amin": lambda a, x: torch.amin(x, axes(a) or (), keepdim=bool(a.keep)),
    "max_mask": max_mask,
    "var": lambda a, x: torch.var(x, axes(a), correction=a.correction, keepdim=bool(a.keep)),
    "std": lambda a, x: torch.std(x, axes(a), correction=a.correction, keepdim=bool(a.keep)),
    "norm": lambda a, x: torch.linalg.vector_norm(x, a.p, axes(a), keepdim=bool(a.keep)),
    "logsumexp": lambda a, x: torch.logsumexp(x, axes_or_all(a, x), keepdim=bool(a.keep)),
    "any": lambda a, x: number(torch.any(x, axes(a), keepdim=bool(a.keep))),
    "all": lambda a, x: number(torch.all(x, axes(a), keepdim=bool(a.keep))),
    "cumsum": lambda a, x: reversed_if(a, lambda x: torch.cumsum(x, a.axis))(x),
    "cumprod": lambda a, x: reversed_if(a, lambda x: torch.cumprod(x, a.axis))(x),
    "linear_recurrence": linear_recurrence,
    "argmax": lambda a, x: torch.argmax(x, a.axis, keepdim=bool(a.keep)),
    "argmin": lambda a, x: torch.argmin(x, a.axis, keepdim=bool(a.keep)),
    "argsort": lambda a, x: sort(a, x).indices,
    "sort": lambda a, x: sort(a, x).values,
    "argtopk": lambda a, x: topk(a, x)[1],
    "topk": lambda a, x: topk(a, x)[0],
    # linear algebra
    "matmul": elementwise(torch.matmul),
    "transpose": lambda a, x: x.transpose(-2, -1),
    # shapes and indices
    "reshape": lambda a, x: x.reshape(a.shape),
    "broadcast_to": lambda a, x: torch.broadcast_to(x, a.shape),
    "expand": lambda a, x: x.expand(a.shape),
    "permute": lambda a, x: x.permute(a.axes),
    "swap_axes": lambda a, x: x.swapaxes(a.first, a.second),
    "move_axis": lambda a, x: x.movedim(getattr(a, "from"), a.to),
    "squeeze": lambda a, x: x.squeeze(a.axes) if a.axes else x.squeeze(),
    "unsqueeze": lambda a, x: x.unsqueeze(a.axis),
    "flatten": lambda a, x: x.flatten(a.first, a.last),
    "slice": slice_parts,
    "unslice": unslice,
    "narrow": lambda a, x: x.narrow(a.axis, a.start, a.length),
    "select": lambda a, x: x.select(a.axis, a.index),
    "split": lambda a, x: x.split(a.size, a.axis)[a.piece],
    "chunk": lambda a, x: x.chunk(a.chunks, a.axis)[a.piece],
    "flip": lambda a, x: x.flip(axes_or_all(a, x)),
    "unfold": unfold,
    "fold": fold,
    "concat": lambda a, *x: torch.cat(x, a.axis),
    "stack": lambda a, *x: torch.stack(x, a.axis),
    "roll": lambda a, x: x.roll(a.shifts, a.axes),
    "pad": lambda a, x: F.pad(x, pad_list(a), value=a.value),
    "pad_reflect": pad("reflect"),
    "pad_replicate": pad("replicate"),
    "pad_circular": pad("circular"),
    "tile": lambda a, x: x.tile(a.repeats),
    "repeat": lambda a, x: x.repeat([1] * (x.dim() - len(a.repeats)) + list(a.repeats)),
    "repeat_interleave": lambda a, x: x.repeat_interleave(a.times, a.axis),
    "meshgrid": lambda a, *x: torch.meshgrid(*x, indexing="ij")[a.which],
    "gather": lambda a, x, index: x.gather(a.axis, index),
    "scatter": scatter,
    "scatter_add": lambda a, x, index, source: x.scatter_add(a.axis, index, source),
    "index_select": index_select,
    "index_add": index_add,
    "take": lambda a, x, index: x.take(index),
    "embedding": lambda a, indices, weights: F.embedding(indices, weights),
    "positions": places,
    "cast": lambda a, x: x.to(dtype(a)),
    "one_hot": lambda a, labels: F.one_hot(labels, a.classes).to(dtype(a)),
    "label_rows": label_rows,
    # losses
    "cross_entropy_terms": cross_entropy_terms,
    "bce_terms": elementwise(lambda x, t: F.binary_cross_entropy(x, t, reduction="none")),
    "bce_logits_terms": elementwise(lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none")),
    "softmax_cross_entropy": cross_entropy,
    "cross_entropy": cross_entropy,
    "nll_loss": nll_loss,
    "binary_cross_entropy": loss(F.binary_cross_entropy),
    "binary_cross_entropy_logits": loss(F.binary_cross_entropy_with_logits),
    "bce_logits_weighted": bce_logits_weighted,
    "mean_squared_error": loss(F.mse_loss),
    "l1_loss": loss(F.l1_loss),
    "smooth_l1_loss": loss(F.smooth_l1_loss, "beta"),
    "huber_loss": loss(F.huber_loss, "delta"),
    "hinge_loss": lambda a, x, signs: reduced(a, F.relu(1 - signs * x)),
    "soft_margin_loss": soft_margin_loss,
    "hinge_embedding_loss": loss(F.hinge_embedding_loss, "margin"),
    "margin_ranking_loss": loss(F.margin_ranking_loss, "margin"),
    "triplet_margin_loss": loss(F.triplet_margin_loss, "margin"),
    "cosine_embedding_loss": loss(F.cosine_embedding_loss, "margin"),
    "gaussian_nll_loss": lambda a, x, t, v: F.gaussian_nll_loss(x, t, v, full=bool(a.full), reduction=a.reduction),
    "poisson_nll_loss": lambda a, x, t: F.poisson_nll_loss(x, t, bool(a.log_input), bool(a.full), reduction=a.reduction),
    "kl_div_loss": lambda a, x, t: F.kl_div(x, t, reduction=a.reduction, log_target=bool(a.log_targets)),
}
