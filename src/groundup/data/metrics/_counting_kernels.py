"""Compiled counting: one pass over the rows, no sorting of pairs, nothing allocated per row."""

import numpy as np

from groundup.jit import njit


@njit
def mark(values, low, seen):
    """seen[v - low] = True for each v of values (n,)."""
    for i in range(values.size):
        seen[values[i] - low] = True


@njit
def look_up(values, low, code_of, codes):
    """codes[i] = code_of[values[i] - low], both (n,)."""
    for i in range(values.size):
        codes[i] = code_of[values[i] - low]


@njit
def count_pairs(true, pred, table):
    """table[t, p] += 1 for each row; codes below 0 are left out."""
    for i in range(true.size):
        t, p = true[i], pred[i]
        if t >= 0 and p >= 0:
            table[t, p] += 1


@njit
def weigh_pairs(true, pred, weight, table):
    """table[t, p] += weight for each row; codes below 0 are left out."""
    for i in range(true.size):
        t, p = true[i], pred[i]
        if t >= 0 and p >= 0:
            table[t, p] += weight[i]


@njit
def twice_pairs_won(positives, negatives):
    """Over all pairs: 2 where the positive is above, 1 where they tie. Both sorted upwards; O(P + N)."""
    below, up_to, total = 0, 0, 0
    for i in range(positives.size):
        v = positives[i]
        while below < negatives.size and negatives[below] < v:
            below += 1
        if up_to < below:
            up_to = below
        while up_to < negatives.size and negatives[up_to] == v:
            up_to += 1
        total += below + up_to
    return total


@njit
def merge_counts(positives, negatives):
    """How many of each lie at or above each distinct value, from the highest; both sorted upwards; O(P + N).

    Returns thresholds, false positives, true positives, each (number of distinct values,).
    """
    i, j, k = positives.size - 1, negatives.size - 1, 0
    n = positives.size + negatives.size
    thresholds = np.empty(n, positives.dtype)
    false, true = np.empty(n), np.empty(n)
    while i >= 0 or j >= 0:
        v = positives[i] if j < 0 or (i >= 0 and positives[i] >= negatives[j]) else negatives[j]
        while i >= 0 and positives[i] == v:
            i -= 1
        while j >= 0 and negatives[j] == v:
            j -= 1
        thresholds[k] = v
        false[k], true[k] = negatives.size - 1 - j, positives.size - 1 - i
        k += 1
    return thresholds[:k], false[:k], true[:k]


@njit
def column_range(p):
    """Smallest, largest entry of p (n, k) and whether all are finite; NaN counts as not finite."""
    low, high, finite = np.inf, -np.inf, True
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            v = p[i, j]
            if not np.isfinite(v):
                finite = False
            low, high = min(low, v), max(high, v)
    return low, high, finite


@njit
def largest_row_error(p):
    """Largest |1 - sum of a row| of p (n, k)."""
    worst = 0.0
    for i in range(p.shape[0]):
        total = 0.0
        for j in range(p.shape[1]):
            total += p[i, j]
        worst = max(worst, abs(1 - total))
    return worst


@njit
def log_of_true(p, codes, low, high, out):
    """out[i] = -log of the probability given to the class that came, clipped to [low, high]; p (n, k).

    With one column it is the probability of class 1. Clipping happens after 1 - p, in float64.
    """
    single = p.shape[1] == 1
    for i in range(p.shape[0]):
        q = p[i, 0] if single else p[i, codes[i]]
        v = 1.0 - q if single and codes[i] == 0 else np.float64(q)
        out[i] = -np.log(min(max(v, low), high))
