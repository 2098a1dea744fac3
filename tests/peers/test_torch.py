"""Values and gradients of the whole table of operations against PyTorch's, in f64.

The program op_values (its path is in OP_VALUES) prints what wengert computes at each sample of each operation; torch_ops.py
says what that is in PyTorch. Without PyTorch the test is skipped (exit code 77). By hand, with a Python that has it:

    OP_VALUES=build/tests/peers/peers-op_values python tests/peers/test_torch.py
"""

import collections
import json
import math
import os
import subprocess
import sys
import types
import warnings

sys.dont_write_bytecode = True
try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (pip install torch)")
    sys.exit(77)
from torch_layers import LAYERS
from torch_ops import OPS

warnings.simplefilter("ignore", UserWarning)
FUNCTIONS = {**OPS, **LAYERS}

BOUND = 1e-10  # relative

# Looser bounds, with the reason.
BOUNDS = {
    "digamma": 1e-8,  # PyTorch's trigamma on the CPU breaks its series off at a relative error of some 5e-10
    "polygamma": 1e-8,  # the same
    "hard_sigmoid": 1e-7,  # PyTorch's derivative is 1/6 as a float
}

# What PyTorch cannot be compared with, and why.
WITHOUT = {
    "dropout": "other random numbers",
    "dropout_mask": "other random numbers",
}

# Where PyTorch does something else at the points that are rounded to halves: at ends and poles of the domain.
DIFFERS_AT_HALVES = {
    "bce_terms": "PyTorch bounds the logarithm of 0 by -100, wengert takes that of the nearest number inside (0, 1)",
    "binary_cross_entropy": "as bce_terms",
    "cbrt": "PyTorch has none; the derivative at 0 of |x| ** (1/3) is NaN there",
    "det": "the derivative of a singular matrix is NaN in wengert",
    "log_abs_det": "where the determinant is 0 by rounding only, and the derivative where it is 0",
    "logdet": "as log_abs_det",
    "det_sign": "where the determinant is 0 by rounding only",
    "gaussian_nll_loss": "the derivative by a variance below 1e-6 is 0 in wengert, that of 1e-6 in PyTorch",
    "poisson_nll_loss": "PyTorch's derivative by a target of 0 is NaN, from Stirling's formula, which does not count there",
}

# Where the values differ with NaN, infinities, zeros and large and tiny numbers.
LOGITS = "PyTorch has NaN wherever a logit of the row is infinite, wengert where the formula has no value"
TARGETS = "targets, signs or weights that are none"
DIFFERS_AT_EXTREMES = {
    "log_softmax": LOGITS,
    "cross_entropy_terms": LOGITS,
    "bce_logits_terms": TARGETS,
    "binary_cross_entropy_logits": TARGETS,
    "hinge_embedding_loss": TARGETS,
    "cosine_embedding_loss": TARGETS,
    "sign": "of NaN is NaN in wengert, 0 in PyTorch",
    "det_sign": "of a matrix with NaN is NaN in wengert, 0 in PyTorch",
    "polygamma": "PyTorch adds to the sums at poles and infinities what wengert and the function do not have there",
    "convolve": "PyTorch multiplies the border's zeros by infinite weights, too",
    "convolve_weight": "as convolve",
    "batch_norm_inference": "PyTorch forms a*x + b, with other infinities in b than in x - mean",
}
DIFFERS = {"random": {}, "halves": DIFFERS_AT_HALVES, "extreme": DIFFERS_AT_EXTREMES}


def tensor(described, grad=False):
    dtype = {"f64": torch.float64, "f32": torch.float32, "i64": torch.int64}[described["dtype"]]
    return torch.tensor(described["values"], dtype=dtype).reshape(described["shape"]).requires_grad_(grad)


def gap(actual, expected, bound):
    """What is wrong with a tensor as op_values prints it, or None."""
    if actual["shape"] != list(expected.shape):
        return f"shape {actual['shape']} instead of {list(expected.shape)}"
    if tensor(actual).dtype != expected.dtype:
        return f"type {actual['dtype']} instead of {expected.dtype}"
    numbers = expected.detach().flatten().tolist()
    largest = max([1.0, *(abs(n) for n in numbers if math.isfinite(n))])
    for i, (a, b) in enumerate(zip(actual["values"], numbers)):
        same = a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= bound * abs(b) + 1e-3 * bound * largest
        if not same:
            return f"element {i} is {a!r} instead of {b!r}"
    return None


def gradients(record, inputs, output, wanted):
    """Those of PyTorch by the wanted inputs, zeros where it has none."""
    if not output.requires_grad:
        return [torch.zeros_like(inputs[i]) for i in wanted]
    seed = torch.tensor(record["cotangent"], dtype=torch.float64).reshape(output.shape)
    grads = torch.autograd.grad(output, [inputs[i] for i in wanted], seed, allow_unused=True)
    return [torch.zeros_like(inputs[i]) if g is None else g for i, g in zip(wanted, grads)]


def mistakes(record):
    """What differs from PyTorch in one line of op_values: in its value, and unless the point is extreme in gradients."""
    attrs = types.SimpleNamespace(**record["attrs"])
    wanted = [i for i, g in enumerate(record["grads"]) if g is not None and record["point"] != "extreme"]
    inputs = [tensor(x, grad=i in wanted) for i, x in enumerate(record["inputs"])]
    output = FUNCTIONS[record["op"]](attrs, *inputs)
    bound = BOUNDS.get(record["op"], BOUND)
    wrong = gap(record["output"], output, bound)
    if wrong:
        return [f"value: {wrong}"]
    gaps = [(i, gap(record["grads"][i], g, bound)) for i, g in zip(wanted, gradients(record, inputs, output, wanted))]
    return [f"gradient by input {i}: {wrong}" for i, wrong in gaps if wrong]


class Comparison:
    def __init__(self):
        self.points = collections.Counter()  # compared
        self.operations, self.without, self.refused, self.differing = set(), set(), set(), set()
        self.failed = 0

    def fail(self, what):
        print(what)
        self.failed += 1

    def add(self, record):
        name, point = record["op"], record["point"]
        if name not in FUNCTIONS:
            self.without.add(name)
            return
        try:
            wrong = mistakes(record)
        except Exception as error:
            if point != "random" and isinstance(error, (RuntimeError, ValueError)):  # outside of the domain
                self.refused.add((point, name))
                return
            wrong = [f"{type(error).__name__}: {error}"]
        self.operations.add(name)
        self.points[point] += 1
        if wrong and name in DIFFERS[point]:
            self.differing.add((point, name))
            return
        for what in wrong:
            inputs = ", ".join(str(x["values"]) for x in record["inputs"])
            self.fail(f"{name}, sample {record['sample']} ({point}) {record['attrs']}: {what}\n    inputs {inputs[:400]}")

    def finish(self):
        for point, reasons in DIFFERS.items():
            for name in sorted(reasons):
                where = point if (point, name) in self.differing else f"{point}, but not with this PyTorch"
                print(f"differs ({where}): {name}: {reasons[name]}")
        for point, name in sorted(self.refused):
            print(f"refused by PyTorch ({point}): {name}")
        for name in sorted(self.without):
            print(f"without counterpart: {name}: {WITHOUT.get(name, 'torch_ops.py and torch_layers.py have none')}")
        points = ", ".join(f"{count} {point}" for point, count in self.points.items())
        print(f"{len(self.operations)} operations compared with PyTorch {torch.__version__} at {points} points, "
              f"{self.failed} mistakes")
        return self.failed == 0 and len(self.operations) > 0


if __name__ == "__main__":
    torch.set_num_threads(1)
    done = subprocess.run([os.environ["OP_VALUES"]], stdout=subprocess.PIPE, encoding="utf-8", timeout=300)
    comparison = Comparison()
    for line in done.stdout.splitlines():
        comparison.add(json.loads(line))
    if done.returncode != 0:
        comparison.fail("op_values failed")
    sys.exit(0 if comparison.finish() else 1)
