"""How the loss falls with parameters and tokens, fitted; and how a budget of computation is best spent.

    L(N, D) = E + A / N^α + B / D^β        (Hoffmann et al. 2022, equation 2)

E is the entropy of text itself, the other two what a model of N parameters lacks, and one that saw D tokens. With
C ≈ 6 N D floating point operations, L is least where α A / N^α = β B / D^β (their equation 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.math.optimization import minimize

__all__ = ["ScalingLaw", "fit_scaling_law"]


@dataclass(frozen=True)
class ScalingLaw:
    """The law with its five numbers; losses in nats a token.

    Parameters
    ----------
    E : float
        Loss that remains whatever is spent: the entropy of the text.
    A, alpha : float
        What a model of N parameters lacks, A / N^alpha.
    B, beta : float
        What D tokens of training leave unlearned, B / D^beta.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def loss(self, parameters: Any, tokens: Any) -> Any:
        """L(N, D)."""
        return self.E + self.A / np.power(parameters, self.alpha) + self.B / np.power(tokens, self.beta)

    def optimal(self, flops: float) -> tuple[float, float]:
        """Parameters and tokens with the least loss for 6 N D = flops: Hoffmann et al. 2022, equation 4.

        Raises
        ------
        ValueError
            If flops, A, B or an exponent is not above 0: without a price on either side there is no best split.
        """
        check_number("flops", flops, 0, open_low=True)
        for name in ("A", "B", "alpha", "beta"):
            check_number(name, getattr(self, name), 0, open_low=True)
        both = self.alpha + self.beta
        G = (self.alpha * self.A / (self.beta * self.B)) ** (1 / both)
        return G * (flops / 6) ** (self.beta / both), (flops / 6) ** (self.alpha / both) / G


def fit_scaling_law(
    parameters: Sequence[float] | np.ndarray,
    tokens: Sequence[float] | np.ndarray,
    losses: Sequence[float] | np.ndarray,
    *,
    delta: float = 1e-3,
) -> ScalingLaw:
    """The law that fits measured losses best: Hoffmann et al. 2022, section 3.3 (approach 3).

    With a = log A, b = log B, e = log E, the logarithm of the law is a log-sum-exp of three linear terms. The Huber
    loss of its residuals, log L̂ - log L, is minimized by L-BFGS from a grid of starts, as it has many minima: a few
    steps from each start, then to the end from the best of these places.

    Parameters
    ----------
    parameters, tokens, losses : array-like of shape (n,)
        N, D and L of each run; above 0, at least five runs with three or more values of N and of D.
    delta : float
        Residuals beyond it count linearly, so that a failed run does not decide.

    Returns
    -------
    ScalingLaw

    Raises
    ------
    ValueError
        If lengths differ, a number is not above 0 and finite, or there are too few runs.
    """
    N, D, L = (np.asarray(values, dtype=np.float64) for values in (parameters, tokens, losses))
    check_number("delta", delta, 0, open_low=True)
    if N.ndim != 1 or not N.shape == D.shape == L.shape:
        raise ValueError(f"parameters, tokens and losses must have one length; got {N.shape}, {D.shape}, {L.shape}")
    for name, values in (("parameters", N), ("tokens", D), ("losses", L)):
        if not (np.isfinite(values) & (values > 0)).all():
            raise ValueError(
                f"{name} must be finite and above 0; got {values[~(np.isfinite(values) & (values > 0))][0]}"
            )
    if len(N) < 5 or len(np.unique(N)) < 3 or len(np.unique(D)) < 3:
        raise ValueError(f"five numbers need five runs, with three sizes and three lengths; got {len(N)} runs, "
                         f"{len(np.unique(N))} sizes, {len(np.unique(D))} lengths")  # fmt: skip
    # Logarithms are taken from their means: then a, b and e are about what each term is in the middle of the data, and
    # hardly depend on the exponents, which saves the minimizer most of its steps.
    n, d, target = np.log(N), np.log(D), np.log(L)
    middle_n, middle_d, level = n.mean(), d.mean(), np.log(L.mean())
    n, d = n - middle_n, d - middle_d
    high, low = level + np.log(0.5), level + np.log(0.1)
    starts = product((high, low), (high, low), np.log([0.3 * L.min(), 0.9 * L.min()]), (0.2, 0.5), (0.2, 0.5))
    places: list[Any] = list(starts)
    for steps, kept in ((20, 4), (500, 1)):
        found = [
            minimize(
                lambda x: _huber(x, n, d, target, delta), place, jac=True, keep_path=False, tol=1e-9, max_iter=steps
            )
            for place in places
        ]
        places = [result.x for result in sorted(found, key=lambda result: float(result.fun))[:kept]]
    a, b, e, alpha, beta = places[0]
    a, b = a + alpha * middle_n, b + beta * middle_d
    return ScalingLaw(float(np.exp(e)), float(np.exp(a)), float(np.exp(b)), float(alpha), float(beta))


def _huber(x: np.ndarray, n: np.ndarray, d: np.ndarray, target: np.ndarray, delta: float) -> tuple[float, np.ndarray]:
    """Sum of Huber losses over δ, and its gradient; x = (a, b, e, α, β)."""
    a, b, e, alpha, beta = x
    terms = np.stack([a - alpha * n, b - beta * d, np.full_like(n, e)])
    top = terms.max(axis=0)
    shares = np.exp(terms - top)
    total = shares.sum(axis=0)
    residual, shares = top + np.log(total) - target, shares / total
    size = np.abs(residual)
    value = np.where(size <= delta, residual**2 / (2 * delta), size - delta / 2).sum()
    slope = np.clip(residual / delta, -1, 1)
    first, second, third = slope * shares
    return float(value), np.array([first.sum(), second.sum(), third.sum(), -first @ n, -second @ d])
