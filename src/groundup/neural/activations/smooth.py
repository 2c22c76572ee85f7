"""Smooth activations. Value above, derivative below.

With σ(x) = 1 / (1 + e^-x), φ and Φ the density and the distribution function of the standard normal.
"""

import math
from typing import Any

from groundup.checks import check_choice, check_number
from groundup.neural._backend import is_torch
from groundup.neural.activations._pointwise import floating, pointwise, rule
from groundup.neural.autograd import elementwise

__all__ = ["gelu", "mish", "sigmoid", "silu", "softplus", "swish", "tanh"]


def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e^-x), derivative σ (1 - σ): an operation that both engines have already."""
    return x.sigmoid() if is_torch(x) else elementwise.sigmoid(floating(x))


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, derivative 1 - tanh²: an operation that both engines have already."""
    return x.tanh() if is_torch(x) else elementwise.tanh(floating(x))


def _softplus(xp: Any, x: Any, beta: float) -> Any:
    # ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|): no overflow, and no digits lost where e^z is small
    return xp.clip(x, 0, None) + xp.log1p(xp.exp(-beta * xp.abs(x))) / beta


@rule(_softplus)
def _SOFTPLUS(xp: Any, x: Any, beta: float) -> Any:
    return xp.sigmoid(beta * x)


def softplus(x: Any, beta: float = 1.0) -> Any:
    """ln(1 + e^(β x)) / β, a smooth relu; derivative σ(β x).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    beta : float
        Sharpness, above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Notes
    -----
    torch returns x itself where β x > 20, which is 2e-9 too little at 20; here the formula holds everywhere.
    """
    check_number("beta", beta, 0, open_low=True)
    return pointwise(_SOFTPLUS, x, float(beta))


def _swish(xp: Any, x: Any, beta: float) -> Any:
    return x * xp.sigmoid(beta * x)


@rule(_swish)
def _SWISH(xp: Any, x: Any, beta: float) -> Any:
    s = xp.sigmoid(beta * x)
    return s + (beta * x) * (s * (1 - s))


def silu(x: Any) -> Any:
    """x σ(x) (Hendrycks and Gimpel 2016, section 2); derivative σ + x σ (1 - σ)."""
    return pointwise(_SWISH, x, 1.0)


def swish(x: Any, beta: float = 1.0) -> Any:
    """x σ(β x) (Ramachandran et al. 2017): x/2 for β = 0, SiLU for 1, relu in the limit.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    beta : float
        Sharpness, at least 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.
    """
    check_number("beta", beta, 0)
    return pointwise(_SWISH, x, float(beta))


def _gelu(xp: Any, x: Any) -> Any:
    # Φ(x) = erfc(-x / √2) / 2 keeps its digits where x is negative and 1 + erf would lose them
    return 0.5 * x * xp.erfc(x * -math.sqrt(0.5))


@rule(_gelu)
def _GELU(xp: Any, x: Any) -> Any:
    density = xp.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
    return 0.5 * xp.erfc(x * -math.sqrt(0.5)) + x * density


CUBIC = 0.044715  # Hendrycks and Gimpel 2016, section 2
ROOT = math.sqrt(2 / math.pi)


def _gelu_tanh(xp: Any, x: Any) -> Any:
    # (1 + tanh u) / 2 = σ(2u), without the difference that loses digits on the left
    return x * xp.sigmoid(2 * ROOT * x * (1 + CUBIC * x * x))


@rule(_gelu_tanh)
def _GELU_TANH(xp: Any, x: Any) -> Any:
    near = xp.clip(x, -100, 100)  # beyond, σ is 0 or 1 and the second term 0; x³ would overflow
    s = xp.sigmoid(2 * ROOT * near * (1 + CUBIC * near * near))
    return s + near * (s * (1 - s)) * (2 * ROOT) * (1 + 3 * CUBIC * near * near)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x Φ(x), the mean of x times a coin that shows 1 with probability Φ(x) (Hendrycks and Gimpel 2016, section 2).

    Derivative Φ(x) + x φ(x).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    approximate : {"none", "tanh"}
        With "tanh", Φ(x) is replaced by (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, which is off by at most 5e-4 in the
        result; the derivative is that of the approximation.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.
    """
    check_choice("approximate", approximate, ("none", "tanh"))
    return pointwise(_GELU if approximate == "none" else _GELU_TANH, x)


def _mish(xp: Any, x: Any) -> Any:
    # tanh(ln(1 + e)) = ((1 + e)² - 1) / ((1 + e)² + 1) = n / (n + 2) with n = e (e + 2), for e = e^x
    e = xp.exp(xp.clip(x, None, 20))  # beyond, the quotient is 1 to the last digit
    n = e * (e + 2)
    return x * (n / (n + 2))


@rule(_mish)
def _MISH(xp: Any, x: Any) -> Any:
    near = xp.clip(x, None, 20)
    e = xp.exp(near)
    n = e * (e + 2)
    # t + x (1 - t²) σ, and 1 - t² = 4 (1 + e)² / (n + 2)², σ = e / (1 + e)
    return n / (n + 2) + 4 * near * ((e / (n + 2)) * ((1 + e) / (n + 2)))


def mish(x: Any) -> Any:
    """x tanh(softplus(x)) (Misra 2019); with t that tanh, derivative t + x (1 - t²) σ(x)."""
    return pointwise(_MISH, x)
