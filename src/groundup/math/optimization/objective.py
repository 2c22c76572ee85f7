"""The function to be minimised: value, gradient and Hessian wherever they come from, and how often they were asked for.

A gradient comes from one of four places: a function of its own (`jac`), the same call as the value (``jac=True``),
dual numbers, or central differences. Line searches often need a value alone, so a `Point` computes its gradient
when it is first read.

Lesson: optimization
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.calculus import UnsupportedFunctionError, hessian, numerical_gradient, value_and_gradient
from groundup.math.linear_algebra.checks import as_real

__all__ = ["Objective", "Point"]

SOURCES = ("dual", "numerical")


class Point:
    """A place, the value there, and the gradient, which is computed when it is first read.

    Parameters
    ----------
    objective : Objective
        Computes the gradient.
    x : ndarray of shape (n,)
    value : float
    gradient : ndarray of shape (n,) or None
        None: not computed yet.
    """

    __slots__ = ("_gradient", "_objective", "value", "x")

    def __init__(self, objective: "Objective", x: np.ndarray, value: float, gradient: np.ndarray | None) -> None:
        self.x, self.value = x, value
        self._objective, self._gradient = objective, gradient

    @property
    def gradient(self) -> np.ndarray:
        """Of shape (n,)."""
        if self._gradient is None:
            self._gradient = self._objective.gradient(self.x)
        return self._gradient

    @property
    def finite(self) -> bool:
        """Whether value and gradient are numbers that one can go on with."""
        return bool(np.isfinite(self.value)) and bool(np.isfinite(self.gradient.sum()))


class Objective:
    """A function of n variables with its derivatives, counting evaluations.

    The functions get copies of x and may change them; an array that they return may be used again by them.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float`` for x of shape (n,), or ``-> (float, ndarray (n,))`` with ``jac=True``.
    n : int
        Number of variables.
    jac : callable, True, "dual", "numerical" or None
        ``jac(x) -> ndarray (n,)``; True: `fun` returns both; "dual": dual numbers, which need a `fun` written in NumPy;
        "numerical": central differences; None: dual numbers, and differences where those do not get through `fun`.
    hess : callable, optional
        ``hess(x) -> ndarray (n, n)``. Without it second derivatives come from dual numbers or from differences of
        the gradient.

    Attributes
    ----------
    source : str
        Where gradients come from: "given", "joint", "dual" or "numerical".
    nfev, njev, nhev : int
        Evaluations of value, gradient and Hessian so far. A joint evaluation counts as one of each, a numerical
        gradient as 2 n values.

    Raises
    ------
    TypeError
        If `fun`, `jac` or `hess` cannot be called.
    ValueError
        If `jac` is another text than "dual" or "numerical".
    """

    def __init__(self, fun: Callable, n: int, jac: Any = None, hess: Callable | None = None) -> None:
        for name, value in (("fun", fun), ("hess", hess)):
            if not callable(value) and not (name == "hess" and value is None):
                raise TypeError(f"{name} must be a function; got {value!r}")
        if isinstance(jac, str) and jac not in SOURCES:
            raise ValueError(f"jac must be a function, True, None, 'dual' or 'numerical'; got {jac!r}")
        if not (callable(jac) or jac is None or jac is True or isinstance(jac, str)):
            raise TypeError(f"jac must be a function, True, None, 'dual' or 'numerical'; got {jac!r}")
        self._fun, self._jac, self._hess, self.n = fun, jac, hess, n
        self._undecided = jac is None
        self.source = "joint" if jac is True else "given" if callable(jac) else jac or "dual"
        self.nfev = self.njev = self.nhev = 0

    def point(self, x: np.ndarray) -> Point:
        """Value at x, and the gradient when it comes with it or is read."""
        if self.source == "joint":
            self.nfev += 1
            self.njev += 1
            out = self._fun(x.copy())
            if not isinstance(out, tuple) or len(out) != 2:
                raise TypeError(f"with jac=True fun must return (value, gradient); got {type(out).__name__}")
            return Point(self, x, self._number(out[0]), self._vector(out[1]))
        if self.source == "dual":
            return self._dual_point(x)
        return Point(self, x, self._value(x), None)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """The gradient at x, of shape (n,)."""
        if self.source == "numerical":
            self.njev += 1
            return numerical_gradient(self._value, x)
        if self.source == "given":
            self.njev += 1
            return self._vector(self._jac(x.copy()))  # pyright: ignore[reportCallIssue, reportOptionalCall]  # "given": a function
        return self.point(x).gradient

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """The matrix of second derivatives at x, of shape (n, n), made symmetric."""
        self.nhev += 1
        if self._hess is not None:
            H = np.asarray(self._hess(x.copy()), dtype=np.float64)
        elif self.source == "dual":
            H = hessian(self._fun, x, kinks="subgradient")
        else:
            H = self._differences(x)
        if H.shape != (self.n, self.n):
            raise ValueError(f"hess must return shape ({self.n}, {self.n}); got {H.shape}")
        return (H + H.T) / 2

    def _differences(self, x: np.ndarray) -> np.ndarray:
        """Rows: central differences of the gradient."""
        step = 1e-5 * np.maximum(1, np.abs(x))
        moves = np.diag(step)
        return np.stack([(self.gradient(x + d) - self.gradient(x - d)) / (2 * d.sum()) for d in moves])

    def _dual_point(self, x: np.ndarray) -> Point:
        try:
            value, gradient = value_and_gradient(self._fun, x, kinks="subgradient")
        except (UnsupportedFunctionError, TypeError, AttributeError):
            if not self._undecided:
                raise
            self.source = "numerical"  # fun is not written in NumPy throughout; result.derivative says so
            return self.point(x)
        self.nfev += 1
        self.njev += 1
        self._undecided = False
        return Point(self, x, float(value), gradient)

    def _value(self, x: np.ndarray) -> float:
        self.nfev += 1
        return self._number(self._fun(x.copy()))

    def _number(self, value: Any) -> float:
        array = np.asarray(value)
        if array.size != 1 or array.dtype.kind not in "biuf":
            raise ValueError(f"fun must return one real number; got {array.dtype} of shape {array.shape}")
        return float(array.reshape(()))

    def _vector(self, value: Any) -> np.ndarray:
        array = np.array(value, dtype=np.float64)  # a copy: the function may use its own array again
        if array.shape != (self.n,):
            raise ValueError(f"the gradient must have the shape of x0, ({self.n},); got {array.shape}")
        return array


def as_start(x0: Any) -> np.ndarray:
    """x0 as a float64 vector of its own; a number becomes a vector of length 1.

    Raises
    ------
    TypeError, ValueError
        If x0 is not a vector of finite real numbers, or is empty.
    """
    x = np.atleast_1d(as_real(np.asarray(x0), "x0")).astype(np.float64)
    if x.ndim != 1:
        raise ValueError(f"x0 must be a vector (one dimension); got shape {x.shape}")
    if not x.size:
        raise ValueError("x0 must have at least one entry; got an empty vector")
    return x
