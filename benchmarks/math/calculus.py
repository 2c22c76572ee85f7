"""Gradients of functions of 1000 variables: dual numbers, torch's forward and reverse mode, a plain Python peer.

Reverse mode (`torch.func.grad`) stands in every table: for one output and many inputs it is the honest winner in
general, and where dual numbers come near it, the function's structure is why.
"""

import itertools
import math

import numpy as np

from groundup.bench import Benchmark
from groundup.math.calculus import gradient

N, ROWS, HIDDEN, FEW = 1000, 500, 200, 10
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(ROWS, N)), np.sign(RNG.normal(size=ROWS))
SECOND = RNG.normal(size=(HIDDEN, ROWS)) / math.sqrt(ROWS)
W = RNG.normal(size=N) / math.sqrt(N)


def length(g):
    return math.sqrt(float(np.sum(np.asarray(g) ** 2)))


class PlainDual:
    """The dual number of a textbook: one float, one list of derivatives."""

    def __init__(self, value, slopes):
        self.value, self.slopes = value, slopes

    def __add__(self, other):
        if not isinstance(other, PlainDual):
            return PlainDual(self.value + other, self.slopes)
        return PlainDual(self.value + other.value, [a + b for a, b in zip(self.slopes, other.slopes, strict=True)])

    __radd__ = __add__

    def __mul__(self, other):
        if not isinstance(other, PlainDual):
            return PlainDual(self.value * other, [a * other for a in self.slopes])
        pairs = zip(self.slopes, other.slopes, strict=True)
        return PlainDual(self.value * other.value, [a * other.value + self.value * b for a, b in pairs])

    __rmul__ = __mul__

    def __sub__(self, other):
        return self + other * -1.0

    def __rsub__(self, other):
        return self * -1.0 + other

    def exp(self):
        e = math.exp(self.value)
        return PlainDual(e, [e * a for a in self.slopes])

    def log1p(self):
        return PlainDual(math.log1p(self.value), [a / (1 + self.value) for a in self.slopes])


def peer_variables(w):
    return [PlainDual(float(v), [float(i == j) for j in range(len(w))]) for i, v in enumerate(w)]


def logistic(n, x, labels):
    return lambda w: n.mean(n.log1p(n.exp(-labels * (x @ w)))) + 0.01 * n.sum(w * w)


def peer_logistic():
    """5 of the 500 rows, all 1000 variables: a hundredth of the work."""
    w, total = peer_variables(W), 0.0
    for row, label in zip(X[:5].tolist(), LABELS[:5].tolist(), strict=True):
        total = total + (sum(a * b for a, b in zip(row, w, strict=True)) * -label).exp().log1p()
    return np.array(total.slopes)


def rosenbrock(n):
    return lambda w: n.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)


def peer_rosenbrock():
    w, total = peer_variables(W), 0.0
    for a, b in itertools.pairwise(w):
        valley, side = b - a * a, 1 - a
        total = total + valley * valley * 100 + side * side
    return np.array(total.slopes)


def two_layers(n, x, second):
    return lambda w: n.sum(n.tanh(second @ n.tanh(x @ w)) ** 2)


def reverse(function):
    """Gradient by our own reverse mode."""
    from groundup.neural.autograd import Tensor

    w = Tensor(W, requires_grad=True)
    w.zero_grad()
    function(w).backward()
    return w.grad


def autograd():
    """The few functions used here, under NumPy's names."""
    from types import SimpleNamespace

    from groundup.neural.autograd import elementwise as e
    from groundup.neural.autograd import reductions as r

    return SimpleNamespace(sum=r.sum, mean=r.mean, exp=e.exp, tanh=e.tanh, log1p=lambda x: e.log(1 + x))


def contestants(ours, theirs, backward, peer=None):
    import torch
    import torch.func  # its first import is not part of the work

    w = torch.tensor(W)
    out = {
        "ours": lambda: gradient(ours, W),
        "torch.func.jacfwd": lambda: torch.func.jacfwd(theirs)(w).numpy(),
        "torch.func.grad (reverse)": lambda: torch.func.grad(theirs)(w).numpy(),
        "groundup.neural.autograd (reverse)": lambda: reverse(backward),
    }
    return out | ({"plain Python dual numbers": peer} if peer else {})


def tensors():
    import torch

    return torch, torch.tensor(X), torch.tensor(LABELS), torch.tensor(SECOND)


def logistic_setup():
    torch, x, labels, _ = tensors()
    return contestants(
        logistic(np, X, LABELS), logistic(torch, x, labels), logistic(autograd(), X, LABELS), peer_logistic
    )


def rosenbrock_setup():
    torch, *_ = tensors()
    return contestants(rosenbrock(np), rosenbrock(torch), rosenbrock(autograd()), peer_rosenbrock)


def two_layers_setup():
    torch, x, _, second = tensors()
    return contestants(two_layers(np, X, SECOND), two_layers(torch, x, second), two_layers(autograd(), X, SECOND))


BENCHMARKS = [
    Benchmark(
        name="math.calculus/gradient-logistic",
        work="gradient of a logistic loss, 1000 variables, 500 rows, float64 (peer: 5 rows, scaled)",
        setup=logistic_setup,
        reference="torch.func.jacfwd",
        reach=1.0,
        score=length,
        score_name="length of the gradient (equal: the answers agree)",
        per={"plain Python dual numbers": 100.0},
    ),
    Benchmark(
        name="math.calculus/gradient-rosenbrock",
        work="gradient of Rosenbrock's function of 1000 variables, float64",
        setup=rosenbrock_setup,
        reference="torch.func.jacfwd",
        reach=1.0,
        score=length,
        score_name="length of the gradient (equal: the answers agree)",
        rounds=5,
    ),
    Benchmark(
        name="math.calculus/gradient-two-layers",
        work="gradient of two tanh layers, 1000 to 500 to 200, float64: every entry depends on every variable",
        setup=two_layers_setup,
        reference="torch.func.jacfwd",
        reach=1.0,
        score=length,
        score_name="length of the gradient (equal: the answers agree)",
    ),
]
