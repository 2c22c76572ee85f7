"""Operations entry by entry, with broadcasting. Each rule stands beside its derivative.

The vector-Jacobian product of an elementwise operation is a product entry by entry, g · f'(x); what
broadcasting did is undone once for all operations in `engine.unbroadcast`.

Where there is no derivative, one has to be chosen: 0 for `absolute` and `relu` at 0, half for each side of
a tie in `maximum` and `minimum`, 1 at both ends of `clip`, and what the formula says for `sqrt` and `log`
at 0 (infinite) and for powers below 1 at 0 (infinite). All equal torch's choices.
"""

from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["absolute", "add", "clip", "divide", "exp", "log", "maximum", "minimum", "multiply", "negative", "power",
           "relu", "sigmoid", "sqrt", "subtract", "tanh", "where"]  # fmt: skip


def _pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors; a Python number takes the other's dtype, so that float32 stays float32."""
    if not isinstance(a, Tensor):
        a = Tensor(np.asarray(a, dtype=_weak(a, b)))
    if not isinstance(b, Tensor):
        b = Tensor(np.asarray(b, dtype=_weak(b, a)))
    return a, b


def _weak(number: Any, other: Any) -> np.dtype | None:
    floats = isinstance(other, Tensor) and other.data.dtype.kind == "f"
    return other.data.dtype if floats and isinstance(number, (bool, int, float)) else None


# ---- arithmetic


def add(a: Any, b: Any) -> Tensor:
    """a + b."""
    a, b = _pair(a, b)
    return record(a.data + b.data, "+", ((a, lambda g: g), (b, lambda g: g)))


def subtract(a: Any, b: Any) -> Tensor:
    """a - b."""
    a, b = _pair(a, b)
    return record(a.data - b.data, "-", ((a, lambda g: g), (b, lambda g: -g)))


def multiply(a: Any, b: Any) -> Tensor:
    """a · b, entry by entry."""
    a, b = _pair(a, b)
    x, y = a.data, b.data
    return record(x * y, "*", ((a, lambda g: g * y), (b, lambda g: g * x)), reads=(a, b))


def divide(a: Any, b: Any) -> Tensor:
    """a / b, entry by entry."""
    a, b = _pair(a, b)
    x, y = a.data, b.data
    return record(x / y, "/", ((a, lambda g: g / y), (b, lambda g: -g * x / (y * y))), reads=(a, b))


def negative(a: Any) -> Tensor:
    """-a."""
    a = as_tensor(a)
    return record(-a.data, "neg", ((a, lambda g: -g),))


def power(a: Any, b: Any) -> Tensor:
    """a to the power b, entry by entry.

    With respect to a: b a^(b-1), and exactly 0 where b is 0. With respect to b: a^b ln a, and 0 where a is
    0 and b is at least 0. A negative a with a fractional b is NaN.
    """
    if isinstance(b, (int, float)):
        return _power_of_number(as_tensor(a), b)
    a, b = _pair(a, b)
    x, y = a.data, b.data
    out = x**y

    def by_base(g: np.ndarray) -> np.ndarray:
        return np.where(y == 0, 0, g * y * x ** np.where(y == 0, 1, y - 1))

    def by_exponent(g: np.ndarray) -> np.ndarray:
        vanishes = (x == 0) & (y >= 0)
        return np.where(vanishes, 0, g * out * np.log(np.where(vanishes, 1, x)))

    return record(out, "**", ((a, by_base), (b, by_exponent)), reads=(a, b), reads_result=True)


def _power_of_number(a: Tensor, b: float) -> Tensor:
    x = a.data
    if b == 2:  # by far the commonest; x * x instead of a call of pow for each entry
        return record(x * x, "**2", ((a, lambda g: g * (x + x)),), reads=(a,))
    slope = (lambda g: g * (b * x ** (b - 1))) if b else np.zeros_like
    return record(x**b, f"**{b:g}", ((a, slope),), reads=(a,))


# ---- functions of one variable


def exp(a: Any) -> Tensor:
    """e to the power a; its own derivative."""
    a = as_tensor(a)
    out = np.exp(a.data)
    return record(out, "exp", ((a, lambda g: g * out),), reads_result=True)


def log(a: Any) -> Tensor:
    """Natural logarithm; derivative 1/a."""
    a = as_tensor(a)
    x = a.data
    return record(np.log(x), "log", ((a, lambda g: g / x),), reads=(a,))


def sqrt(a: Any) -> Tensor:
    """Square root; derivative 1/(2 √a), infinite at 0."""
    a = as_tensor(a)
    out = np.sqrt(a.data)

    def vjp(g: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return g / (out + out)

    return record(out, "sqrt", ((a, vjp),), reads_result=True)


def absolute(a: Any) -> Tensor:
    """Magnitude; derivative the sign, 0 at 0."""
    a = as_tensor(a)
    x = a.data
    return record(np.abs(x), "abs", ((a, lambda g: g * np.sign(x)),), reads=(a,))


def tanh(a: Any) -> Tensor:
    """Hyperbolic tangent; derivative 1 - tanh²."""
    a = as_tensor(a)
    out = np.tanh(a.data)
    return record(out, "tanh", ((a, lambda g: g * (1 - out * out)),), reads_result=True)


def sigmoid(a: Any) -> Tensor:
    """1 / (1 + e^-a), without overflow on either side; derivative s (1 - s)."""
    a = as_tensor(a)
    # both exponents are at most 0; no branch, which costs more than an exponential
    out = np.exp(np.minimum(a.data, 0)) / (1 + np.exp(-np.abs(a.data)))
    return record(out, "sigmoid", ((a, lambda g: g * (out * (1 - out))),), reads_result=True)


def relu(a: Any) -> Tensor:
    """max(a, 0); derivative 1 where a is positive, else 0."""
    a = as_tensor(a)
    out = np.maximum(a.data, 0)
    return record(out, "relu", ((a, lambda g: g * (out > 0)),), reads_result=True)


# ---- choices


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of both, entry by entry; where they are equal, each gets half of the gradient."""
    return _larger(*_pair(a, b), np.maximum, np.greater, "maximum")


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of both, entry by entry; where they are equal, each gets half of the gradient."""
    return _larger(*_pair(a, b), np.minimum, np.less, "minimum")


def _larger(a: Tensor, b: Tensor, choose: np.ufunc, beats: np.ufunc, op: str) -> Tensor:
    x, y = a.data, b.data

    def share(first: np.ndarray, second: np.ndarray, g: np.ndarray) -> np.ndarray:
        part = beats(first, second) + (first == second) * g.dtype.type(0.5)
        return g * part.astype(g.dtype, copy=False)

    edges = ((a, lambda g: share(x, y, g)), (b, lambda g: share(y, x, g)))
    return record(choose(x, y), op, edges, reads=(a, b))


def clip(a: Any, low: float | None = None, high: float | None = None) -> Tensor:
    """Limit the entries to low ... high; gradient passes where low <= a <= high.

    Raises
    ------
    ValueError
        If neither bound is given, or low is above high.
    """
    if low is None and high is None:
        raise ValueError("clip needs low, high or both; got neither")
    if low is not None and high is not None and low > high:
        raise ValueError(f"low must not be above high; got low={low}, high={high}")
    a = as_tensor(a)
    inside = np.ones(a.shape, bool)
    if low is not None:
        inside &= a.data >= low
    if high is not None:
        inside &= a.data <= high
    return record(np.clip(a.data, low, high), "clip", ((a, lambda g: g * inside),))


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition holds, else b; each gets the gradient of the entries it supplied.

    A branch that is not taken still computes: `where(x > 0, sqrt(x), 0)` has NaN in the gradient of sqrt at
    negative x, and NaN times 0 is NaN. Make the input of the branch harmless first.
    """
    taken = np.array(condition.data if isinstance(condition, Tensor) else condition)
    if taken.dtype != bool:
        raise TypeError(f"condition must be boolean; got dtype {taken.dtype}")
    a, b = _pair(a, b)
    zero = np.zeros((), np.result_type(a.data, b.data))
    edges = ((a, lambda g: np.where(taken, g, zero)), (b, lambda g: np.where(taken, zero, g)))
    return record(np.where(taken, a.data, b.data), "where", edges)


# ---- as operators and methods

Tensor.__add__ = Tensor.__radd__ = add
Tensor.__sub__, Tensor.__rsub__ = subtract, lambda a, b: subtract(b, a)
Tensor.__mul__ = Tensor.__rmul__ = multiply
Tensor.__truediv__, Tensor.__rtruediv__ = divide, lambda a, b: divide(b, a)
Tensor.__pow__, Tensor.__rpow__ = power, lambda a, b: power(b, a)
Tensor.__neg__, Tensor.__abs__ = negative, absolute
Tensor.exp, Tensor.log, Tensor.sqrt, Tensor.abs = exp, log, sqrt, absolute
Tensor.tanh, Tensor.sigmoid, Tensor.relu, Tensor.clip = tanh, sigmoid, relu, clip


def _comparison(name: str) -> Any:
    def compare(a: Tensor, b: Any) -> np.ndarray:
        return getattr(a.data, name)(b.data if isinstance(b, Tensor) else b)

    compare.__doc__ = "Entry by entry, as an array of booleans: a comparison has no derivative."
    return compare


for _name in ("__lt__", "__le__", "__gt__", "__ge__"):
    setattr(Tensor, _name, _comparison(_name))
