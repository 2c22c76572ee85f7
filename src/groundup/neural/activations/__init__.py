"""Activation functions, each with its derivative, on our `Tensor` and on torch under one name.

Functions take a `groundup.neural.autograd.Tensor`, anything that NumPy takes, or a torch tensor, and answer in kind::

    >>> from groundup.neural.activations import gelu
    >>> from groundup.neural.autograd import Tensor
    >>> x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    >>> gelu(x).sum().backward()
    >>> x.grad.round(4)
    array([-0.0833,  0.5   ,  1.0852])

| file | holds |
|---|---|
| `rectifiers` | relu, leaky relu, PReLU, ELU, SELU, hardsigmoid, hardswish |
| `smooth` | sigmoid, tanh, softplus, SiLU, swish, GELU, mish |
| `gates` | GLU, SwiGLU, softmax and log-softmax with a temperature |
| `table` | `ACTIVATIONS`: formula, derivative, range and steepest slope of each |
| `modules` | the same as `torch.nn.Module`s, loaded when one is first used: `GELU`, `PReLU`, ... |

Values at infinity, NaN and the kinks are torch's. The derivative at a NaN is NaN or a number, without a promise; at an
infinite entry it is the limit or NaN. Softmax of a row with +inf is NaN there and 0
elsewhere; torch says NaN throughout. Left out: complex numbers, changes in place.

Lesson: activations
"""

from importlib import import_module
from typing import Any

from groundup.neural.activations.gates import glu, log_softmax, softmax, swiglu
from groundup.neural.activations.rectifiers import elu, hardsigmoid, hardswish, leaky_relu, prelu, relu, selu
from groundup.neural.activations.smooth import gelu, mish, sigmoid, silu, softplus, swish, tanh
from groundup.neural.activations.table import ACTIVATIONS, Activation

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "elu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "leaky_relu",
    "log_softmax",
    "mish",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "swiglu",
    "swish",
    "tanh",
]

_MODULES = ("ELU", "GELU", "GLU", "SELU", "Hardsigmoid", "Hardswish", "LeakyReLU", "LogSoftmax", "Mish", "PReLU",
            "ReLU", "SiLU", "Sigmoid", "Softmax", "Softplus", "SwiGLU", "Tanh")  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.modules"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
