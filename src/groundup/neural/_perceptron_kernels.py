"""Compiled pass of the perceptron rule over a sequence of examples."""

import numpy as np

from groundup.jit import njit


@njit(fastmath={"reassoc", "contract"})
def _dot(a: np.ndarray, b: np.ndarray) -> float:
    # free order of summation lets the compiler use vector lanes; NaN and infinity keep their meaning
    total = 0.0
    for j in range(a.shape[0]):
        total += a[j] * b[j]
    return total


@njit
def one_pass(
    X: np.ndarray,
    y: np.ndarray,
    step: np.ndarray,
    order: np.ndarray,
    w: np.ndarray,
    b: float,
    fit_intercept: bool,
    lag: np.ndarray,
    lag_b: float,
    seen: int,
) -> tuple[float, float, float, int]:
    """Show every example once, in the given order; change w (d,) and lag (d,) in place.

    X (n, d), y (n,) of -1 and 1, step (n,) the length of an example's correction, order (n,)
    row numbers. `lag` sums each correction times the number of examples seen before it, so that
    the average of all weights after each example is  w - lag / seen.
    Returns intercept, its lag, the summed loss and the mistakes.
    """
    loss, mistakes = 0.0, 0
    for i in order:
        agreement = y[i] * (_dot(X[i], w) + b)
        if agreement <= 0:
            loss -= agreement
            mistakes += 1
            change = float(step[i] * y[i])
            if change != 0:
                for j in range(w.shape[0]):
                    correction = change * X[i, j]
                    w[j] += correction
                    lag[j] += seen * correction
                if fit_intercept:
                    b += change
                    lag_b += seen * change
        seen += 1
    return b, lag_b, loss, mistakes
