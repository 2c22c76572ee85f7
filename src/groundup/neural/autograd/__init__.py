"""Reverse-mode automatic differentiation on NumPy arrays.

A `Tensor` is an array that remembers how it was computed. Every operation stands beside its
vector-Jacobian product; `Tensor.backward` applies them from the result to the leaves, each node once::

    >>> from groundup.neural.autograd import Tensor
    >>> w = Tensor([2.0, -1.0], requires_grad=True)
    >>> loss = (w**2).sum()
    >>> loss.backward()
    >>> w.grad
    array([ 4., -2.])

| file | holds |
|---|---|
| `tensor` | `Tensor`, `no_grad`, `record`: how an operation is remembered |
| `engine` | the backward pass: order, accumulation, the gradient of broadcasting |
| `elementwise`, `reductions`, `shapes`, `linear` | operations with their vector-Jacobian products |
| `losses`, `optim` | cross-entropy, mean squared error; stochastic gradient descent |
| `gradcheck`, `draw` | comparison with central differences; a picture of the graph |

Left out on purpose: derivatives of derivatives, complex numbers, convolutions, other devices.
"""

from groundup.neural.autograd.draw import draw
from groundup.neural.autograd.elementwise import (
    absolute,
    clip,
    exp,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sqrt,
    tanh,
    where,
)
from groundup.neural.autograd.engine import topological_order, unbroadcast
from groundup.neural.autograd.gradcheck import GradientError, gradcheck
from groundup.neural.autograd.linear import matmul
from groundup.neural.autograd.losses import cross_entropy, mse
from groundup.neural.autograd.optim import SGD
from groundup.neural.autograd.reductions import log_softmax, logsumexp, softmax
from groundup.neural.autograd.shapes import broadcast_to, concatenate, pad, stack
from groundup.neural.autograd.tensor import Tensor, no_grad, record

__all__ = [
    "SGD",
    "GradientError",
    "Tensor",
    "absolute",
    "broadcast_to",
    "clip",
    "concatenate",
    "cross_entropy",
    "draw",
    "exp",
    "gradcheck",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "maximum",
    "minimum",
    "mse",
    "no_grad",
    "pad",
    "record",
    "relu",
    "sigmoid",
    "softmax",
    "sqrt",
    "stack",
    "tanh",
    "topological_order",
    "unbroadcast",
    "where",
]
