"""The activations as torch modules, with torch's names, settings and state dict; `SwiGLU` has no counterpart there."""

from collections.abc import Callable
from typing import Any

import torch

from groundup.checks import check_count
from groundup.neural.activations import gates, rectifiers, smooth

__all__ = ["ELU", "GELU", "GLU", "SELU", "Hardsigmoid", "Hardswish", "LeakyReLU", "LogSoftmax", "Mish", "PReLU",
           "ReLU", "SiLU", "Sigmoid", "Softmax", "Softplus", "SwiGLU", "Tanh"]  # fmt: skip


class _Activation(torch.nn.Module):
    """A function with fixed settings."""

    function: Callable[..., torch.Tensor]

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The function at x."""
        return type(self).function(x, **self.settings)

    def extra_repr(self) -> str:
        """Shown by print."""
        return ", ".join(f"{name}={value!r}" for name, value in self.settings.items())


class ReLU(_Activation):
    """As `relu`."""

    function = staticmethod(rectifiers.relu)


class LeakyReLU(_Activation):
    """As `leaky_relu`."""

    function = staticmethod(rectifiers.leaky_relu)

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__(negative_slope=negative_slope)


class PReLU(torch.nn.Module):
    """As `prelu`, with the slopes as a parameter `weight` of `num_parameters` entries that starts at `init`."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        check_count("num_parameters", num_parameters)
        self.weight = torch.nn.Parameter(torch.full((num_parameters,), float(init)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The function at x."""
        return rectifiers.prelu(x, self.weight)


class ELU(_Activation):
    """As `elu`."""

    function = staticmethod(rectifiers.elu)

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__(alpha=alpha)


class SELU(_Activation):
    """As `selu`."""

    function = staticmethod(rectifiers.selu)


class Hardsigmoid(_Activation):
    """As `hardsigmoid`."""

    function = staticmethod(rectifiers.hardsigmoid)


class Hardswish(_Activation):
    """As `hardswish`."""

    function = staticmethod(rectifiers.hardswish)


class Sigmoid(_Activation):
    """As `sigmoid`."""

    function = staticmethod(smooth.sigmoid)


class Tanh(_Activation):
    """As `tanh`."""

    function = staticmethod(smooth.tanh)


class Softplus(_Activation):
    """As `softplus`: without torch's threshold, above which torch returns its input."""

    function = staticmethod(smooth.softplus)

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__(beta=beta)


class SiLU(_Activation):
    """As `silu`."""

    function = staticmethod(smooth.silu)


class Mish(_Activation):
    """As `mish`."""

    function = staticmethod(smooth.mish)


class GELU(_Activation):
    """As `gelu`."""

    function = staticmethod(smooth.gelu)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)


class GLU(_Activation):
    """As `glu`, along `dim`."""

    function = staticmethod(gates.glu)

    def __init__(self, dim: int = -1) -> None:
        super().__init__(axis=dim)


class SwiGLU(_Activation):
    """As `swiglu`, along `dim`."""

    function = staticmethod(gates.swiglu)

    def __init__(self, dim: int = -1) -> None:
        super().__init__(axis=dim)


class Softmax(_Activation):
    """As `softmax`, along `dim`."""

    function = staticmethod(gates.softmax)

    def __init__(self, dim: int = -1, temperature: float = 1.0) -> None:
        super().__init__(axis=dim, temperature=temperature)


class LogSoftmax(_Activation):
    """As `log_softmax`, along `dim`."""

    function = staticmethod(gates.log_softmax)

    def __init__(self, dim: int = -1, temperature: float = 1.0) -> None:
        super().__init__(axis=dim, temperature=temperature)
