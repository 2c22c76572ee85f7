"""Functions on which methods are tried, with gradient, Hessian and known minima.

    sphere, booth, beale, himmelblau, rosenbrock and rastrigin (n variables), quadratic (any condition number),
    saddle (unbounded below), double_well (a saddle between two minima), monkey_saddle (degenerate)

Each is a `Landscape`; calling it gives the value, and all of its parts are plain functions of x of shape (n,).

Lesson: optimization
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["LANDSCAPES", "Landscape", "quadratic", "rastrigin", "rosenbrock"]


@dataclass(frozen=True)
class Landscape:
    """A test function.

    Attributes
    ----------
    name : str
    fun, jac, hess : callable
        Value, gradient (n,) and Hessian (n, n) at x of shape (n,). `fun` also takes shape (n, ...), for drawing.
    start : tuple of float
        A customary start.
    minima : tuple of points
        All global minima, where they are known.
    box : (left, right, bottom, top)
        What to draw of the plane.
    """

    name: str
    fun: Callable
    jac: Callable
    hess: Callable
    start: tuple[float, ...]
    minima: tuple[tuple[float, ...], ...] = ()
    box: tuple[float, float, float, float] = (-2.0, 2.0, -2.0, 2.0)

    def __call__(self, x: np.ndarray) -> float:
        return self.fun(x)


def quadratic(eigenvalues: tuple[float, ...] | np.ndarray, *, angle: float = 0.0) -> Landscape:
    """f(x) = x' H x / 2 with given eigenvalues; in the plane, the first eigenvector is turned by `angle` radians.

    With more than two variables H is diagonal.
    """
    w = np.asarray(eigenvalues, dtype=np.float64)
    if len(w) == 2:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        H = turn @ np.diag(w) @ turn.T
        return Landscape(
            "quadratic",
            lambda x: (H[0, 0] * x[0] ** 2 + 2 * H[0, 1] * x[0] * x[1] + H[1, 1] * x[1] ** 2) / 2,
            lambda x: H @ x,
            lambda x: H,
            (1.5, 1.0),
            ((0.0, 0.0),),
        )
    start, best = (1.0,) * len(w), ((0.0,) * len(w),)
    return Landscape("quadratic", lambda x: np.sum(w * x * x) / 2, lambda x: w * x, lambda x: np.diag(w), start, best)


def rosenbrock(n: int = 2) -> Landscape:
    """sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2: a bent valley; its minimum is 0, at (1, ..., 1)."""

    def fun(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2, axis=0)

    def jac(x):
        off = x[1:] - x[:-1] ** 2
        g = np.zeros(n)
        g[:-1] = -400 * x[:-1] * off - 2 * (1 - x[:-1])
        g[1:] += 200 * off
        return g

    def hess(x):
        main = np.zeros(n)
        main[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
        main[1:] += 200
        return np.diag(main) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)

    start = tuple([-1.2, 1.0] * (n // 2) + [-1.2] * (n % 2))
    return Landscape("rosenbrock", fun, jac, hess, start, ((1.0,) * n,), (-2.0, 2.0, -1.0, 3.0))


def rastrigin(n: int = 2) -> Landscape:
    """10 n + sum_i x_i^2 - 10 cos(2 pi x_i): a bowl full of dents; minimum 0 at the origin."""
    turn = 2 * np.pi
    return Landscape(
        "rastrigin",
        lambda x: 10 * n + np.sum(x**2 - 10 * np.cos(turn * x), axis=0),
        lambda x: 2 * x + 10 * turn * np.sin(turn * x),
        lambda x: np.diag(2 + 10 * turn**2 * np.cos(turn * x)),
        (2.2,) * n,
        ((0.0,) * n,),
        (-3.0, 3.0, -3.0, 3.0),
    )


BEALE = np.array([1.5, 2.25, 2.625])


def _beale_parts(x):
    """Residuals r_i = c_i - x (1 - y^i) and their derivatives, for i = 1, 2, 3."""
    power = np.arange(1, 4)
    r = BEALE - x[0] * (1 - x[1] ** power)
    return r, -(1 - x[1] ** power), x[0] * power * x[1] ** (power - 1), power


def _beale(x):
    return sum((c - x[0] * (1 - x[1] ** i)) ** 2 for i, c in enumerate(BEALE, start=1))


def _beale_jac(x):
    r, rx, ry, _ = _beale_parts(x)
    return 2 * np.array([r @ rx, r @ ry])


def _beale_hess(x):
    r, rx, ry, i = _beale_parts(x)
    rxy = i * x[1] ** (i - 1)
    ryy = np.array([0.0, 2 * x[0], 6 * x[0] * x[1]])
    mixed = r @ rxy + rx @ ry
    return 2 * np.array([[rx @ rx, mixed], [mixed, ry @ ry + r @ ryy]])


def _himmelblau_jac(x):
    a, b = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return np.array([4 * x[0] * a + 2 * b, 2 * a + 4 * x[1] * b])


def _himmelblau_hess(x):
    mixed = 4 * (x[0] + x[1])
    return np.array([[12 * x[0] ** 2 + 4 * x[1] - 42, mixed], [mixed, 12 * x[1] ** 2 + 4 * x[0] - 26]])


PLANE = (
    Landscape(
        "sphere",
        lambda x: np.sum(x**2, axis=0),
        lambda x: 2 * x,
        lambda x: 2 * np.eye(len(x)),
        (1.5, 1.0),
        ((0.0, 0.0),),
    ),
    Landscape(
        "booth",
        lambda x: (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2,
        lambda x: np.array([10 * x[0] + 8 * x[1] - 34, 8 * x[0] + 10 * x[1] - 38]),
        lambda x: np.array([[10.0, 8.0], [8.0, 10.0]]),
        (-4.0, -3.0),
        ((1.0, 3.0),),
        (-6.0, 6.0, -6.0, 6.0),
    ),
    Landscape("beale", _beale, _beale_jac, _beale_hess, (1.0, 1.0), ((3.0, 0.5),), (-1.0, 4.0, -1.5, 1.5)),
    Landscape(
        "himmelblau",
        lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
        _himmelblau_jac,
        _himmelblau_hess,
        (0.0, 0.0),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        (-5.0, 5.0, -5.0, 5.0),
    ),
    Landscape(
        "saddle",
        lambda x: x[0] ** 2 - x[1] ** 2,
        lambda x: np.array([2 * x[0], -2 * x[1]]),
        lambda x: np.diag([2.0, -2.0]),
        (1.5, 1e-6),
    ),
    Landscape(
        "double_well",
        lambda x: x[0] ** 2 / 2 + x[1] ** 4 / 4 - x[1] ** 2 / 2,
        lambda x: np.array([x[0], x[1] ** 3 - x[1]]),
        lambda x: np.diag([1.0, 3 * x[1] ** 2 - 1]),
        (1.5, 0.1),
        ((0.0, 1.0), (0.0, -1.0)),
    ),
    Landscape(
        "monkey_saddle",
        lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2,
        lambda x: np.array([3 * x[0] ** 2 - 3 * x[1] ** 2, -6 * x[0] * x[1]]),
        lambda x: 6 * np.array([[x[0], -x[1]], [-x[1], -x[0]]]),
        (0.5, 0.1),
    ),
)

LANDSCAPES: dict[str, Landscape] = {
    land.name: land for land in (*PLANE, rosenbrock(), rastrigin(), quadratic((1.0, 25.0)))
}
