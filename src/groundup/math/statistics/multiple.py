"""Many tests at once: adjusted p-values, to be compared with the level as if there were one test.

With p_(1) <= ... <= p_(m) sorted, and the running maximum or minimum keeping the order:

    Bonferroni           m p_i
    Sidak                1 - (1 - p_i)^m
    Holm                 max_(j<=i) (m - j + 1) p_(j)                                    (Holm 1979)
    Hochberg             min_(j>=i) (m - j + 1) p_(j)                                    (Hochberg 1988)
    Benjamini-Hochberg   min_(j>=i) m p_(j) / j                                          (1995)
    Benjamini-Yekutieli  the same times 1 + 1/2 + ... + 1/m                              (2001)

The first four bound the probability of one false alarm or more, the last two the expected share of false alarms among
the discoveries. Hochberg and Benjamini-Hochberg ask for independent tests, or positively dependent ones.

Lesson: statistics
"""

from typing import Any

import numpy as np

from groundup.math.statistics.checks import as_sample

__all__ = ["CORRECTIONS", "adjust_p_values"]

CORRECTIONS = ("bonferroni", "sidak", "holm", "hochberg", "benjamini-hochberg", "benjamini-yekutieli")


def adjust_p_values(p_values: Any, method: str = "benjamini-hochberg") -> np.ndarray:
    """p-values adjusted for their number.

    Parameters
    ----------
    p_values : array_like of shape (m,), between 0 and 1
    method : str
        One of `CORRECTIONS`.

    Returns
    -------
    ndarray of shape (m,)
        In the order given. ``adjusted <= level`` says which hypotheses are rejected.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.04, 0.03], "holm")
    array([0.03, 0.06, 0.06])
    """
    p = as_sample(p_values, "p_values", at_least=0)
    if ((p < 0) | (p > 1)).any():
        raise ValueError(f"p_values must lie between 0 and 1, got {p[(p < 0) | (p > 1)][0]}")
    if method not in CORRECTIONS:
        raise ValueError(f"method must be one of {', '.join(CORRECTIONS)}; got {method!r}")
    m = len(p)
    if method == "bonferroni":
        return np.minimum(m * p, 1.0)
    if method == "sidak":
        with np.errstate(divide="ignore"):
            return -np.expm1(m * np.log1p(-p))
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, m + 1)
    if method in ("holm", "hochberg"):
        scaled = p[order] * (m - rank + 1)
    else:
        scaled = p[order] * m / rank
        if method == "benjamini-yekutieli":
            scaled *= (1 / rank).sum()
    kept = np.maximum.accumulate(scaled) if method == "holm" else np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(kept, 1.0)
    return out
