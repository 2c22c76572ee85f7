"""How large a batch is worth its price: the noise scale of gradients.

Let G be the mean gradient and Σ the covariance of a single example's. A batch of B independent examples has the
gradient g with  E g = G  and covariance Σ / B, so

    E |g|² = |G|² + tr Σ / B .                                                                          (1)

One step of the best rate on a quadratic with Hessian H gains  ΔL_max / (1 + B_noise / B)  with
B_noise = tr(H Σ) / (Gᵀ H G)  (McCandlish et al. 2018, arXiv 1812.06162, eqs. 2.6 to 2.8). With H a multiple of the
identity it is the *simple noise scale*

    B_simple = tr Σ / |G|²                                                                      (their eq. 2.9).

Two batch sizes b < B give two equations (1); solved for the unknowns they are unbiased estimates (their appendix A.1):

    |G|²  ≈ (B |g_B|² - b |g_b|²) / (B - b)                                                              (2)
    tr Σ  ≈ (|g_b|² - |g_B|²) / (1/b - 1/B)                                                              (3)

Each is noisy, and (2) may even be negative, so average both over many steps *before* dividing; the mean of the
quotients would be biased, and may not exist.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.checks import check_count

__all__ = ["NoiseScale", "gain", "noise_from_examples", "squared_norm", "two_batches"]


def squared_norm(gradients: Any) -> float:
    """|g|² over arrays or tensors, one or several, as if they were one vector; summed in float64.

    Parameters
    ----------
    gradients : array, tensor, or sequence of these
        Gradients, or what has one in ``grad`` (a parameter).
    """
    several = gradients if isinstance(gradients, (list, tuple)) else [gradients]
    total = 0.0
    for g in several:
        g = g if getattr(g, "grad", None) is None else g.grad
        g = g.detach().cpu().double().numpy() if hasattr(g, "detach") else np.asarray(g, dtype=np.float64)
        total += float(np.sum(g * g))
    return total


def two_batches(small: float, large: float, b: int, B: int) -> tuple[float, float]:
    """Estimates of |G|² and tr Σ from squared norms at two batch sizes, eqs. (2) and (3).

    Parameters
    ----------
    small, large : float
        |g_b|² and |g_B|².
    b, B : int
        1 <= b < B.

    Returns
    -------
    signal, noise : float
        |G|² and tr Σ, unbiased.

    Raises
    ------
    ValueError
        If not 1 <= b < B.
    """
    if not 1 <= b < B:
        raise ValueError(f"b and B must be 1 <= b < B; got {b} and {B}")
    return (B * large - b * small) / (B - b), (small - large) / (1 / b - 1 / B)


def noise_from_examples(gradients: Any) -> tuple[float, float]:
    """Estimates of |G|² and tr Σ from the gradients of n single examples, both unbiased.

    Parameters
    ----------
    gradients : array of shape (n, parameters)
        n at least 2.

    Returns
    -------
    signal, noise : float
        |mean|² - tr Σ / n  and the sum of the sample variances, with n - 1.
    """
    g = np.asarray(gradients, dtype=np.float64)
    if g.ndim != 2 or len(g) < 2:
        raise ValueError(f"gradients must have the shape (n, parameters) with n at least 2; got {g.shape}")
    mean = g.mean(axis=0)
    noise = float(np.sum((g - mean) ** 2)) / (len(g) - 1)
    return squared_norm(mean) - noise / len(g), noise


class NoiseScale:
    """Running estimate of B_simple while training.

    Parameters
    ----------
    small, large : int
        The two batch sizes, small < large: with gradient accumulation those of one piece and of the whole batch, whose
        norms come for free.
    keep : float or None
        Share of the running means that is kept at a step, in [0, 1); None is the plain mean of all steps.

    Attributes
    ----------
    signal, noise : float
        Current estimates of |G|² and tr Σ; NaN before the first step.
    steps : int

    Raises
    ------
    ValueError, TypeError
        If the sizes or `keep` are out of range.

    Examples
    --------
    >>> meter = NoiseScale(small=8, large=64)
    >>> meter.update(small=2.0, large=1.125)
    >>> meter.value  # |g|² = 1 + 8 / B
    8.0
    """

    def __init__(self, small: int, large: int, keep: float | None = None) -> None:
        check_count("small", small)
        check_count("large", large, small + 1)
        if keep is not None and not 0 <= keep < 1:
            raise ValueError(f"keep must lie in [0, 1) or be None; got {keep}")
        self.small, self.large, self.keep = small, large, keep
        self.steps, self._means, self._weight = 0, np.zeros(2), 0.0

    def update(self, small: float | Sequence[float], large: float) -> None:
        """Take in squared norms of one step: of one small gradient (of several, their mean) and of the large one."""
        pair = two_batches(float(np.mean(small)), large, self.small, self.large)
        self.steps += 1
        keep = 1 - 1 / self.steps if self.keep is None else self.keep
        self._means = keep * self._means + (1 - keep) * np.array(pair)
        self._weight = keep * self._weight + (1 - keep)

    @property
    def signal(self) -> float:
        """|G|², may be negative while few steps were seen."""
        return float(self._means[0] / self._weight) if self.steps else float("nan")

    @property
    def noise(self) -> float:
        """tr Σ."""
        return float(self._means[1] / self._weight) if self.steps else float("nan")

    @property
    def value(self) -> float:
        """B_simple = tr Σ / |G|²; infinite where the signal is not positive."""
        if not self.steps:
            return float("nan")
        return self.noise / self.signal if self.signal > 0 else float("inf")

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers from which `load_state_dict` goes on."""
        return {"steps": self.steps, "means": self._means.tolist(), "weight": self._weight}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of `state_dict`."""
        self.steps, self._means, self._weight = state["steps"], np.array(state["means"]), state["weight"]


def gain(batch: Any, noise_scale: float) -> Any:
    """Progress of one step with this `batch` size, as a share of that with the whole gradient.

    It is 1 / (1 + `noise_scale` / `batch`), where `batch` may be an array.

    McCandlish et al. 2018, eq. 2.7; the best learning rate shrinks by the same factor, eq. 2.6. For batches far below
    the noise scale the gain grows linearly, far above it not at all.
    """
    return 1 / (1 + noise_scale / np.asarray(batch, dtype=np.float64))
