"""L-BFGS on a logistic objective of 1,000 variables beside SciPy's L-BFGS-B and plain gradient descent.

The score is the number of calls of the objective (value and gradient together), which is where the time goes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark
from groundup.math.optimization import minimize, rosenbrock

ROWS, N, PENALTY, TOL = 2000, 1000, 1e-2, 1e-5


class Counted:
    """An objective that counts its calls."""

    def __init__(self, fun: Callable) -> None:
        self.fun, self.calls = fun, 0

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls += 1
        return self.fun(x)


def logistic(spread: float, seed: int = 0) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Mean logistic loss with an L2 penalty; the columns' scales grow from 1 to `spread`."""
    rng = np.random.default_rng(seed)
    scale = np.geomspace(1, spread, N)
    X = rng.normal(size=(ROWS, N)) * scale
    truth = rng.normal(size=N) / scale / np.sqrt(N)
    sign = np.where(rng.random(ROWS) < 1 / (1 + np.exp(-3 * X @ truth)), 1.0, -1.0)

    def fun(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (X @ w)
        tail = np.exp(-np.abs(margin))
        wrong = np.where(margin > 0, tail, 1) / (1 + tail)
        value = np.mean(np.maximum(-margin, 0) + np.log1p(tail)) + PENALTY / 2 * (w @ w)
        return float(value), PENALTY * w - X.T @ (sign * wrong) / ROWS

    return fun


def _descent(fun: Callable, steps: int) -> int:
    """The from-scratch peer: gradient descent that doubles or halves its step, as one would first write it."""
    x, step = np.zeros(N), 1.0
    counted = Counted(fun)
    value, g = counted(x)
    while counted.calls < steps and np.abs(g).max() > TOL:
        trial = x - step * g
        new, new_g = counted(trial)
        if new < value:
            x, value, g, step = trial, new, new_g, 2 * step
        else:
            step /= 2
    return counted.calls


def _logistic(spread: float, seeds: int, peer_steps: int) -> Callable[[], dict[str, Callable[[], Any]]]:
    def setup() -> dict[str, Callable[[], Any]]:
        from scipy import optimize

        funs, x0 = [logistic(spread, seed) for seed in range(seeds)], np.zeros(N)
        options = {"maxcor": 10, "gtol": TOL, "ftol": 0.0, "maxiter": 2000, "maxfun": 10_000}

        def ours() -> int:
            found = [minimize(fun, x0, jac=True, tol=TOL, max_iter=2000, keep_path=False) for fun in funs]
            assert all(f.success for f in found)
            return sum(f.nfev for f in found)

        def theirs() -> int:
            found = [optimize.minimize(fun, x0, jac=True, method="L-BFGS-B", options=options) for fun in funs]
            assert all(f.success for f in found)
            return sum(f.nfev for f in found)

        def plain() -> int:
            return sum(_descent(fun, peer_steps) for fun in funs)

        return {"ours": ours, "scipy": theirs, "plain gradient descent": plain}

    return setup


def _rosenbrock() -> dict[str, Callable[[], Any]]:
    from scipy import optimize

    land = rosenbrock(100)
    x0 = np.array(land.start)
    options = {"maxcor": 10, "gtol": TOL, "ftol": 0.0, "maxiter": 5000, "maxfun": 10_000}

    def both(x: np.ndarray) -> tuple[float, np.ndarray]:
        return land.fun(x), land.jac(x)

    return {
        "ours": lambda: minimize(both, x0, jac=True, tol=TOL, max_iter=5000, keep_path=False).nfev,
        "scipy": lambda: optimize.minimize(both, x0, jac=True, method="L-BFGS-B", options=options).nfev,
    }


BENCHMARKS = [
    Benchmark(
        name="math.optimization/logistic",
        work="L-BFGS, memory 10, on a logistic loss of 1,000 variables, 2,000 rows, to a gradient of 1e-5",
        setup=_logistic(1.0, 1, 1000),
        reference="scipy",
        reach=1.2,
        score=float,
        score_name="calls of the objective",
        rounds=21,
    ),
    Benchmark(
        name="math.optimization/logistic-ill",
        work="the same, scales of columns up to 30 apart, three data sets; the peer is stopped after 300 calls each",
        setup=_logistic(30.0, 3, 300),
        reference="scipy",
        reach=1.2,
        score=float,
        score_name="calls of the objective",
        rounds=5,
    ),
    Benchmark(
        name="math.optimization/rosenbrock-100",
        work="L-BFGS, memory 10, on the Rosenbrock function of 100 variables, to a gradient of 1e-5: mostly overhead",
        setup=_rosenbrock,
        reference="scipy",
        reach=2.0,
        score=float,
        score_name="calls of the objective",
    ),
]
