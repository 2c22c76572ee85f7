"""Distances to the k-th neighbour: a sweep over sorted numbers, a tree of boxes for points, both exact.

One dimension: neighbours are looked for on both sides, from near to far, until k of them are nearer than the next
could be. More: the points are halved at the median of their widest coordinate, again and again, down to some ten (a
k-d tree; Bentley 1975), and each part keeps the box that it fills. A box that is further away than the k-th best so
far is left out with all that it holds. About n log n steps for points that are spread over few dimensions.
"""

import math

import numpy as np

from groundup.jit import njit

LEAF = 10  # points that are not divided further


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
            if not ((step if largest else step * step) <= best[k - 1]):
                break
            if left <= right:
                low -= 1
            else:
                high += 1
            keep(best, k, between(x, i, j, d, largest))
        out[i] = best[k - 1] if largest else math.sqrt(best[k - 1])
    return out


@njit
def between(x, i, j, d, largest):
    """Largest difference of rows i and j, or the sum of the squares of all."""
    total = 0.0
    for c in range(d):
        apart = abs(x[i, c] - x[j, c])
        total = max(total, apart) if largest else total + apart * apart
    return total


@njit
def keep(best, k, distance):
    """Put a distance into its place among the k best, which are sorted; the last falls out."""
    if distance < best[k - 1]:
        place = k - 1
        while place > 0 and best[place - 1] > distance:
            best[place] = best[place - 1]
            place -= 1
        best[place] = distance


@njit
def divide(x, order, start, stop, middle, c):
    """Reorder order[start:stop] so that nothing before `middle` is larger in column c than what follows (Hoare)."""
    low, high = start, stop - 1
    while low < high:
        pivot, i, j = x[order[(low + high) // 2], c], low, high
        while i <= j:
            while x[order[i], c] < pivot:
                i += 1
            while x[order[j], c] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break


@njit
def boxes(x):
    """Order of the rows in the tree, and for each node its rows from ... to and its box; children 2i + 1 and 2i + 2."""
    n, d = x.shape
    depth = 0
    while n >> depth > LEAF:
        depth += 1
    nodes = (2 << depth) - 1
    order, start, stop = np.arange(n), np.zeros(nodes, dtype=np.int64), np.full(nodes, n)
    least, most = np.empty((nodes, d)), np.empty((nodes, d))
    for node in range(nodes):
        widest, width = 0, -1.0
        for c in range(d):
            low = high = x[order[start[node]], c]
            for i in range(start[node] + 1, stop[node]):
                value = x[order[i], c]
                low, high = min(low, value), max(high, value)
            least[node, c], most[node, c] = low, high
            if high - low > width:
                widest, width = c, high - low
        left = 2 * node + 1
        if left < nodes:
            middle = (start[node] + stop[node]) // 2
            divide(x, order, start[node], stop[node], middle, widest)
            start[left], stop[left] = start[node], middle
            start[left + 1], stop[left + 1] = middle, stop[node]
    return order, start, stop, least, most


@njit
def gap(x, i, least, most, node, d, largest):
    """How far row i is from a box, in the terms of `between`; 0 inside."""
    total = 0.0
    for c in range(d):
        apart = max(least[node, c] - x[i, c], x[i, c] - most[node, c], 0.0)
        total = max(total, apart) if largest else total + apart * apart
    return total


@njit
def kth_distances_tree(x, k, largest):
    """As `kth_distances`, for rows in any order."""
    n, d = x.shape
    order, start, stop, least, most = boxes(x)
    x = x[order]
    nodes = len(start)
    out, best = np.empty(n), np.empty(k)
    waiting, away = np.empty(64, dtype=np.int64), np.empty(64)
    for i in range(n):
        best[:] = np.inf
        waiting[0], away[0], top = 0, 0.0, 0
        while top >= 0:
            node, top = waiting[top], top - 1
            if away[top + 1] >= best[k - 1]:
                continue
            near = 2 * node + 1
            if near >= nodes:
                for j in range(start[node], stop[node]):
                    if j != i:
                        keep(best, k, between(x, i, j, d, largest))
                continue
            far = near + 1
            near_gap, far_gap = gap(x, i, least, most, near, d, largest), gap(x, i, least, most, far, d, largest)
            if far_gap < near_gap:
                near, far, near_gap, far_gap = far, near, far_gap, near_gap
            waiting[top + 1], away[top + 1] = far, far_gap
            waiting[top + 2], away[top + 2] = near, near_gap
            top += 2
        out[order[i]] = best[k - 1] if largest else math.sqrt(best[k - 1])
    return out


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
