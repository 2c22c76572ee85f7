"""The table of derivatives: for each elementwise NumPy function, its partial derivatives.

An entry holds a function for each argument, called with the result and the arguments, ``(out, *arguments)``,
so that a rule may use what was computed already: the derivative of exp is `out`. None stands for 1.

Points without a derivative are told by `kink`; in subgradient mode a rule returns the convention of torch:
0 at the kink of abs, half to each side where a maximum is tied, infinity where a slope is infinite.

Lesson: calculus
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.calculus.forms import constant, kink

__all__ = ["PARTIALS", "WITHOUT_SLOPE"]

# results that carry no derivative: they are plain arrays
WITHOUT_SLOPE = {
    *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal),
    *(np.isnan, np.isinf, np.isfinite, np.signbit, np.logical_and, np.logical_or, np.logical_not),
}
LN2, LN10 = float(np.log(2.0)), float(np.log(10.0))


def _power_base(out: Any, a: Any, b: Any) -> Any:
    base, exponent = constant(a), constant(b)
    kink("power", (base == 0) & (exponent < 1) & (exponent != 0), out, "0 to a power below 1 has an infinite slope")
    if isinstance(b, (int, float)):  # a Python number leaves float32 what it is
        return np.zeros_like(base) if b == 0 else b * a ** (b - 1)
    zero = exponent == 0  # x**0 is 1 everywhere; its slope must not meet 0**-1
    return np.where(zero, np.zeros_like(base), b * a ** np.where(zero, np.ones_like(base), b - 1))


def _power_exponent(out: Any, a: Any, b: Any) -> Any:
    base = constant(a)
    kink("power", base < 0, out, "a negative number to a varying power is not real")
    return out * np.log(np.where(base == 0, np.ones_like(base), a))


def _abs(out: Any, a: Any) -> Any:
    kink("abs", constant(a) == 0, a, "the slope is -1 on one side of 0 and 1 on the other")
    return np.sign(constant(a))


def _extremum(name: str, wins: Callable, first: bool) -> Callable:
    def partial(out: Any, a: Any, b: Any) -> Any:
        x, y = constant(a), constant(b)
        kink(name, x == y, x + y, "both arguments are equal, and each wins on one side")
        mine, other = (x, y) if first else (y, x)
        dtype = np.result_type(x, y, np.float32)
        return np.where(x == y, 0.5, wins(mine, other) | np.isnan(mine)).astype(dtype)

    return partial


def _flat(name: str, jumps: Callable) -> Callable:
    def partial(out: Any, a: Any) -> Any:
        kink(name, jumps(constant(a)), a, "it jumps here")
        return np.zeros_like(constant(a))

    return partial


def _sqrt(out: Any, a: Any) -> Any:
    kink("sqrt", constant(a) == 0, a, "the slope at 0 is infinite")
    return 0.5 / out


def _cbrt(out: Any, a: Any) -> Any:
    kink("cbrt", constant(a) == 0, a, "the slope at 0 is infinite")
    return 1 / (3 * out * out)


def _steep_at_one(name: str, sign: float) -> Callable:
    def partial(out: Any, a: Any) -> Any:
        kink(name, np.abs(constant(a)) == 1, a, "the slope at -1 and 1 is infinite")
        return sign / np.sqrt((1 - a) * (1 + a))

    return partial


def _arccosh(out: Any, a: Any) -> Any:
    kink("arccosh", constant(a) == 1, a, "the slope at 1 is infinite")
    return 1 / (np.sqrt(a - 1) * np.sqrt(a + 1))


def _hypot(out: Any, a: Any, b: Any) -> Any:
    kink("hypot", constant(out) == 0, out, "the tip of a cone has no slope")
    return a / out


def _arctan2(out: Any, y: Any, x: Any) -> Any:
    kink("arctan2", (constant(x) == 0) & (constant(y) == 0), out, "the angle of the origin is not defined")
    return x / (x * x + y * y)


def _integers(x: np.ndarray) -> np.ndarray:
    return x == np.floor(x)


def _halves(x: np.ndarray) -> np.ndarray:
    return x - np.floor(x) == 0.5


PARTIALS: dict[np.ufunc, tuple[Callable | None, ...]] = {
    np.add: (None, None),
    np.subtract: (None, lambda out, a, b: -np.ones_like(constant(out))),
    np.multiply: (lambda out, a, b: b, lambda out, a, b: a),
    np.divide: (lambda out, a, b: 1 / b, lambda out, a, b: -out / b),
    np.power: (_power_base, _power_exponent),
    np.float_power: (_power_base, _power_exponent),
    np.negative: (lambda out, a: -np.ones_like(constant(out)),),
    np.positive: (None,),
    np.absolute: (_abs,),
    np.fabs: (_abs,),
    np.sign: (_flat("sign", lambda x: x == 0),),
    np.floor: (_flat("floor", _integers),),
    np.ceil: (_flat("ceil", _integers),),
    np.trunc: (_flat("trunc", lambda x: _integers(x) & (x != 0)),),
    np.rint: (_flat("rint", _halves),),
    np.maximum: (_extremum("maximum", np.greater, True), _extremum("maximum", np.greater, False)),
    np.minimum: (_extremum("minimum", np.less, True), _extremum("minimum", np.less, False)),
    np.square: (lambda out, a: 2 * a,),
    np.sqrt: (_sqrt,),
    np.cbrt: (_cbrt,),
    np.reciprocal: (lambda out, a: -out * out,),
    np.exp: (lambda out, a: out,),
    np.exp2: (lambda out, a: LN2 * out,),
    np.expm1: (lambda out, a: np.exp(a),),
    np.log: (lambda out, a: 1 / a,),
    np.log2: (lambda out, a: 1 / (LN2 * a),),
    np.log10: (lambda out, a: 1 / (LN10 * a),),
    np.log1p: (lambda out, a: 1 / (1 + a),),
    np.logaddexp: (lambda out, a, b: np.exp(a - out), lambda out, a, b: np.exp(b - out)),
    np.sin: (lambda out, a: np.cos(a),),
    np.cos: (lambda out, a: -np.sin(a),),
    np.tan: (lambda out, a: 1 + out * out,),
    np.arcsin: (_steep_at_one("arcsin", 1.0),),
    np.arccos: (_steep_at_one("arccos", -1.0),),
    np.arctan: (lambda out, a: 1 / (1 + a * a),),
    np.arctan2: (_arctan2, lambda out, y, x: -y / (x * x + y * y)),
    np.hypot: (_hypot, lambda out, a, b: _hypot(out, b, a)),
    np.sinh: (lambda out, a: np.cosh(a),),
    np.cosh: (lambda out, a: np.sinh(a),),
    np.tanh: (lambda out, a: (1 - out) * (1 + out),),
    np.arcsinh: (lambda out, a: 1 / np.hypot(1.0, a),),
    np.arccosh: (_arccosh,),
    np.arctanh: (lambda out, a: 1 / ((1 - a) * (1 + a)),),
    np.deg2rad: (lambda out, a: np.full_like(constant(a), np.pi / 180),),
    np.rad2deg: (lambda out, a: np.full_like(constant(a), 180 / np.pi),),
}
