"""Linear algebra and the layers of networks in PyTorch, in the form of torch_ops.py."""

import torch
import torch.nn.functional as F
from torch_ops import alike, detached


def with_axes(name, x):
    """The function of that name for one, two or three axes after the channels: conv1d, conv2d, conv3d."""
    return getattr(F, f"{name}{x.dim() - 2}d")


# ---- linear algebra ----


def diag_embed(a, x):
    square = x.shape[-1] + abs(a.offset)
    rows, columns = (square if n < 0 else n for n in (a.rows, a.columns))
    return torch.diagonal_scatter(torch.zeros(*x.shape[:-1], rows, columns, dtype=x.dtype), x, a.offset, -2, -1)


def triangular_solve(a, matrix, b):
    upper = bool(a.upper) != bool(a.transposed)
    triangle = matrix.mT if a.transposed else matrix
    return torch.linalg.solve_triangular(triangle, b, upper=upper, unitriangular=bool(a.unit))


def lu(a, matrix):
    """The factors, and below them the permutation, from 1, negative where it is odd."""
    factors, pivots = torch.linalg.lu_factor(matrix)
    if matrix.numel() == 0:
        return F.pad(factors, (0, 0, 0, 1))
    swaps = torch.lu_unpack(factors.detach(), pivots)[0]
    rows = (swaps.argmax(-2) + 1) * torch.linalg.det(swaps).round()[..., None]
    return torch.cat([factors, rows[..., None, :]], -2)


def solve(a, matrix, b):
    return torch.linalg.solve(matrix, b[:, None])[..., 0] if b.dim() == 1 else torch.linalg.solve(matrix, b)


# ---- convolution and pooling ----


def places(a, x):
    """stride, padding and dilation, with their defaults."""
    n = x.dim() - 2
    return a.stride or [1] * n, a.padding or [0] * n, a.dilation or [1] * n


def convolve(a, x, weight, bias=None):
    if x.shape[1] == 0:  # of which PyTorch makes no channels; with one of zeros it is a sum of zeros
        more = [0, 0] * (x.dim() - 2) + [0, 1]
        x, weight = F.pad(x, more), F.pad(weight, more)
    return with_axes("conv", x)(x, weight, bias, *places(a, x), a.groups)


def convolve_transpose(a, y, weight):
    stride, padding, dilation = places(a, y)
    longer = [size - ((n - 1) * s - 2 * p + d * (k - 1) + 1) for size, n, k, s, p, d in
              zip(a.size, y.shape[2:], weight.shape[2:], stride, padding, dilation)]
    return with_axes("conv_transpose", y)(y, weight, None, stride, padding, longer, a.groups, dilation)


def convolve_weight(a, x, y):
    sizes = [y.shape[1], x.shape[1] // a.groups, *a.size]
    function = getattr(torch.nn.grad, f"conv{x.dim() - 2}d_weight")
    return function(x, sizes, y, *places(a, x), a.groups)


def conv_transpose(a, x, weight, bias=None):
    stride, padding, dilation = places(a, x)
    longer = a.output_padding or [0] * (x.dim() - 2)
    return with_axes("conv_transpose", x)(x, weight, bias, stride, padding, longer, a.groups, dilation)


def max_pool(a, x, indices=False):
    _, padding, dilation = places(a, x)
    return with_axes("max_pool", x)(x, a.size, a.stride or None, padding, dilation, bool(a.ceil), indices)


def avg_pool(a, x):
    padding = a.padding or [0] * (x.dim() - 2)
    return with_axes("avg_pool", x)(x, a.size, a.stride or None, padding, bool(a.ceil), bool(a.count_padding))


def adaptive_max_pool(a, x, indices=False):
    return with_axes("adaptive_max_pool", x)(x, a.output_size, indices)


def adaptive_avg_pool(a, x):
    return with_axes("adaptive_avg_pool", x)(x, a.output_size)


def all_axes(name):
    return lambda a, x: with_axes(name, x)(x, [1] * (x.dim() - 2))


def each_rank(name, function):
    return {f"{name}{n}d": function for n in (1, 2, 3)}


def upsample(mode):
    """mode is the word for one axis, two and three."""
    def upsampled(a, x):
        corners = {"align_corners": bool(a.align_corners)} if hasattr(a, "align_corners") else {}
        if x.numel() == 0:  # which PyTorch refuses
            return x.new_zeros(*x.shape[:2], *a.size)
        if mode[x.dim() - 3] is None:  # with an axis of one element more, which stays one
            return F.interpolate(x[:, :, None], size=[1, *a.size], mode=mode[x.dim() - 2], **corners)[:, :, 0]
        return F.interpolate(x, size=a.size, mode=mode[x.dim() - 3], **corners)
    return upsampled


# ---- normalization and attention ----


def batch_norm_inference(a, x, mean, variance, weight=None, bias=None):
    def each(channel):
        return channel.reshape(-1, *[1] * (x.dim() - 2))
    y = (x - each(mean)) / torch.sqrt(each(variance) + a.epsilon)
    y = y if weight is None else y * each(weight)
    y = y if bias is None else y + each(bias)
    return alike(y, F.batch_norm(*detached(x, mean, variance, weight, bias), eps=a.epsilon))


def last_axes(a, x):
    return x.shape[x.dim() - a.axes:]


def attention(a, query, key, value, mask=None):
    if mask is not None and not a.additive:
        mask = mask != 0
    if a.causal:
        seen = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
        mask = seen if mask is None else mask & seen if mask.dtype == torch.bool else mask.masked_fill(~seen, -torch.inf)
    lead = torch.broadcast_shapes(*(x.shape[:-2] for x in (query, key, value)))
    query, key, value = (x.expand(*lead, *x.shape[-2:]) for x in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=a.scale or None)


# ---- recurrent cells and sequences ----


def recurrent_cell(name):
    return lambda a, *x: getattr(torch._VF, name(a))(*x)


def sequence(name, steps):
    """The output of a layer for a whole sequence, from the state on."""
    def output(a, x, state, weight_x, weight_h, *biases):
        if len(x) == 0:  # which PyTorch refuses
            return x.new_zeros(0, *state.shape)
        weights = [weight_x, weight_h, *biases]
        return steps(getattr(torch._VF, name(a)), x, state, weights, bool(biases))
    return output


def states_of(layer, x, state, weights, with_biases):
    return layer(x, state[None], weights, with_biases, 1, 0.0, False, False, False)[0]


def lstm_cell(a, x, state, *weights):
    return torch.stack(torch._VF.lstm_cell(x, [state[0], state[1]], *weights))


def lstm_states(layer, x, state, weights, with_biases):
    """PyTorch's layer tells all h and the last c; its cell tells all states."""
    output, _, last = layer(x.detach(), [state.detach()[:1], state.detach()[1:]], detached(*weights), with_biases, 1, 0.0,
                            False, False, False)
    states = []
    for step in x:
        state = lstm_cell(None, step, state, *weights)
        states.append(state)
    alike(torch.stack(states)[:, 0], output)
    alike(state[1:], last)
    return torch.stack(states)


LAYERS = {
    "dot": lambda a, x, y: torch.dot(x, y),
    "outer": lambda a, x, y: torch.outer(x, y),
    "matvec": lambda a, matrix, x: (matrix @ x[..., None])[..., 0],
    "vecmat": lambda a, x, matrix: (x[..., None, :] @ matrix)[..., 0, :],
    "kron": lambda a, x, y: torch.kron(x, y),
    "einsum": lambda a, *x: torch.einsum(a.equation, *x),
    "diag": lambda a, x: torch.diagonal(x, a.offset, -2, -1),
    "diag_embed": diag_embed,
    "trace": lambda a, x: torch.diagonal(x, 0, -2, -1).sum(-1),
    "tril": lambda a, x: torch.tril(x, a.diagonal),
    "triu": lambda a, x: torch.triu(x, a.diagonal),
    "triangular_solve": triangular_solve,
    "cholesky": lambda a, x: torch.linalg.cholesky((x + x.mT) / 2 + a.jitter * torch.eye(x.shape[-1], dtype=x.dtype)),
    "lu": lu,
    "solve": solve,
    "inverse": lambda a, x: torch.linalg.inv(x),
    "det": lambda a, x: torch.linalg.det(x),
    "det_sign": lambda a, x: torch.linalg.slogdet(x).sign,
    "log_abs_det": lambda a, x: torch.linalg.slogdet(x).logabsdet,
    "logdet": lambda a, x: torch.logdet(x),
    "linear": lambda a, x, weight, bias=None: F.linear(x, weight, bias),
    "convolve": convolve,
    "convolve_transpose": convolve_transpose,
    "convolve_weight": convolve_weight,
    **each_rank("conv", convolve),
    **each_rank("conv_transpose", conv_transpose),
    **each_rank("max_pool", max_pool),
    **each_rank("avg_pool", avg_pool),
    **each_rank("adaptive_max_pool", adaptive_max_pool),
    **each_rank("adaptive_avg_pool", adaptive_avg_pool),
    "max_pool_index": lambda a, x: max_pool(a, x, True)[1],
    "adaptive_max_pool_index": lambda a, x: adaptive_max_pool(a, x, True)[1],
    "global_avg_pool": all_axes("adaptive_avg_pool"),
    "global_max_pool": all_axes("adaptive_max_pool"),
    "batch_norm": lambda a, x, w=None, b=None: F.batch_norm(x, None, None, w, b, training=True, eps=a.epsilon),
    "batch_norm_inference": batch_norm_inference,
    "layer_norm": lambda a, x, w=None, b=None: F.layer_norm(x, last_axes(a, x), w, b, a.epsilon),
    "group_norm": lambda a, x, w=None, b=None: F.group_norm(x, a.groups, w, b, a.epsilon),
    "instance_norm": lambda a, x, w=None, b=None: F.instance_norm(x, weight=w, bias=b, eps=a.epsilon),
    "rms_norm": lambda a, x, w=None: F.rms_norm(x, last_axes(a, x), w, a.epsilon),
    "scaled_dot_product_attention": attention,
    "upsample_nearest": upsample(["nearest"] * 3),
    "upsample_linear": upsample(["linear", "bilinear", "trilinear"]),
    "upsample_cubic": upsample([None, "bicubic"]),
    "rnn_cell": recurrent_cell(lambda a: f"rnn_{a.activation}_cell"),
    "rnn": sequence(lambda a: f"rnn_{a.activation}", states_of),
    "gru_cell": recurrent_cell(lambda a: "gru_cell"),
    "gru": sequence(lambda a: "gru", states_of),
    "lstm_cell": lstm_cell,
    "lstm": sequence(lambda a: "lstm", lstm_states),
}
