"""Nearest neighbours by a sweep: points sorted along one axis, candidates taken from near to far along it.

A point that is further away along the axis than the k-th best distance so far can be no neighbour, nor can any behind
it. In one dimension k steps each way suffice; in d dimensions about n^(1 - 1/d) k^(1/d) for well-spread points. Exact.
"""

import math

import numpy as np

from groundup.jit import njit


@njit
def kth_distances(x, k, largest):
    """Distance to the k-th nearest other point of x (n, d), whose first column is sorted.

    `largest`: the maximum of the coordinates' differences instead of Euclid's distance.
    """
    n, d = x.shape
    out, best = np.empty(n), np.empty(k)
    for i in range(n):
        best[:] = np.inf
        low, high = i - 1, i + 1
        while low >= 0 or high < n:
            left = x[i, 0] - x[low, 0] if low >= 0 else np.inf
            right = x[high, 0] - x[i, 0] if high < n else np.inf
            j, step = (low, left) if left <= right else (high, right)
            if not (step <= best[k - 1]):
                break
            if left <= right:
                low -= 1
            else:
                high += 1
            distance = between(x, i, j, d, largest)
            if distance < best[k - 1]:
                place = k - 1
                while place > 0 and best[place - 1] > distance:
                    best[place] = best[place - 1]
                    place -= 1
                best[place] = distance
        out[i] = best[k - 1]
    return out


@njit
def between(x, i, j, d, largest):
    """Distance of rows i and j."""
    total = 0.0
    for c in range(d):
        apart = abs(x[i, c] - x[j, c])
        total = max(total, apart) if largest else total + apart * apart
    return total if largest else math.sqrt(total)


@njit
def count_within(x, at, radius):
    """How many of sorted x differ from at[i] by at most radius[i], by two binary searches on the differences."""
    n = len(x)
    out = np.empty(len(at), dtype=np.int64)
    for i in range(len(at)):
        low, high = 0, n
        while low < high:  # first with at - x <= radius
            middle = (low + high) // 2
            if at[i] - x[middle] <= radius[i]:
                high = middle
            else:
                low = middle + 1
        start, high = low, n
        while low < high:  # first with x - at > radius
            middle = (low + high) // 2
            if x[middle] - at[i] > radius[i]:
                high = middle
            else:
                low = middle + 1
        out[i] = low - start
    return out
