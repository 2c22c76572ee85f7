"""The activations at a glance: formula, derivative, range, steepest slope, and what a layer of them keeps.

The numbers are checked by tests on fine grids; those without a closed form are rounded to five digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from groundup.neural.activations import rectifiers, smooth

__all__ = ["ACTIVATIONS", "Activation"]


@dataclass(frozen=True)
class Activation:
    """A function of one variable, with its usual settings.

    Attributes
    ----------
    function : callable
        Takes a Tensor, an array or a torch tensor.
    formula, derivative : str
        In TeX.
    low, high : float
        Infimum and supremum of the values.
    lipschitz : float
        Largest magnitude of the derivative: how much a layer of them can stretch a difference at most.
    monotone : bool
        Whether a larger entry never gives a smaller value.
    smooth : bool
        Whether the derivative is continuous.
    source : str
        Key of the work that proposed it, in the course's bibliography.
    """

    function: Callable[[Any], Any]
    formula: str
    derivative: str
    low: float
    high: float
    lipschitz: float
    monotone: bool
    smooth: bool
    source: str = ""


def _prelu(x: Any) -> Any:
    return rectifiers.leaky_relu(x, 0.25)  # where training begins


INF, SELU = math.inf, rectifiers.SELU_ALPHA * rectifiers.SELU_SCALE

ACTIVATIONS = {
    "sigmoid": Activation(smooth.sigmoid, r"1/(1 + e^{-x})", r"\sigma (1 - \sigma)", 0, 1, 0.25, True, True),
    "tanh": Activation(smooth.tanh, r"\tanh x", r"1 - \tanh^2 x", -1, 1, 1, True, True),
    "relu": Activation(rectifiers.relu, r"\max(x, 0)", r"[x > 0]", 0, INF, 1, True, False, "nair2010relu"),
    "leaky_relu": Activation(
        rectifiers.leaky_relu, r"\max(x, x/100)", r"1 \text{ or } 1/100", -INF, INF, 1, True, False, "maas2013leakyrelu"
    ),
    "prelu": Activation(
        _prelu, r"\max(x, 0) + w \min(x, 0)", r"1 \text{ or } w", -INF, INF, 1, True, False, "he2015init"
    ),
    "elu": Activation(
        rectifiers.elu, r"x \text{ or } e^x - 1", r"1 \text{ or } e^x", -1, INF, 1, True, True, "clevert2015elu"
    ),
    "selu": Activation(
        rectifiers.selu,
        r"\lambda x \text{ or } \lambda \alpha (e^x - 1)",
        r"\lambda \text{ or } \lambda \alpha e^x",
        -SELU, INF, SELU, True, False, "klambauer2017selu",
    ),
    "softplus": Activation(smooth.softplus, r"\ln(1 + e^x)", r"\sigma(x)", 0, INF, 1, True, True),
    "gelu": Activation(
        smooth.gelu, r"x \Phi(x)", r"\Phi + x \varphi", -0.16997, INF, 1.12890, False, True, "hendrycks2016gelu"
    ),
    "silu": Activation(
        smooth.silu, r"x \sigma(x)", r"\sigma + x \sigma (1 - \sigma)", -0.27846, INF, 1.09984, False, True,
        "ramachandran2017swish",
    ),
    "mish": Activation(
        smooth.mish, r"x t,\ t = \tanh \ln(1 + e^x)", r"t + x (1 - t^2) \sigma", -0.30884, INF, 1.08850, False, True,
        "misra2019mish",
    ),
    "hardsigmoid": Activation(
        rectifiers.hardsigmoid, r"\min(\max(x/6 + 1/2, 0), 1)", r"1/6 \text{ or } 0", 0, 1, 1 / 6, True, False,
        "howard2019mobilenetv3",
    ),
    "hardswish": Activation(
        rectifiers.hardswish, r"x \min(\max(x/6 + 1/2, 0), 1)", r"0,\ x/3 + 1/2 \text{ or } 1", -0.375, INF, 1.5, False,
        False, "howard2019mobilenetv3",
    ),
}  # fmt: skip
