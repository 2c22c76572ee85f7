"""Counting for tests on ranks: discordant pairs by merging, paths that leave a band.

Lesson: statistics
"""

import numpy as np

from groundup.jit import njit


@njit(error_model="numpy")
def inversions(y):
    """Pairs i < j with y[i] > y[j], by merge sort from below: O(n log n). Sorts `y` on the way."""
    n, total, width = len(y), 0, 1
    other = np.empty_like(y)
    while width < n:
        for start in range(0, n, 2 * width):
            middle, stop = min(start + width, n), min(start + 2 * width, n)
            i, j = start, middle
            for k in range(start, stop):
                if i < middle and (j >= stop or y[i] <= y[j]):
                    other[k] = y[i]
                    i += 1
                else:
                    other[k] = y[j]
                    j += 1
                    total += middle - i
        y, other = other, y
        width *= 2
    return total


@njit(error_model="numpy")
def leaving_probability(n, m, step_n, step_m, reach, two_sided):
    """Probability that a random path from (0, 0) to (n, m) comes to a point with i step_n - j step_m >= reach.

    All orders of n steps right and m steps up are equally likely, so the last step into (i, j) came from (i - 1, j)
    with probability i / (i + j). `two_sided` takes the absolute value. Sums of positive
    terms: small values keep their digits. Only points of the band are visited; `row` is 1 beyond it.
    """
    row = np.ones(m + 1)
    for i in range(n + 1):
        low = max((i * step_n - reach) // step_m + 1, 0)  # the first j with i step_n - j step_m < reach
        high = m + 1
        if two_sided:
            high = min(-((-i * step_n - reach) // step_m), high)  # the first j with j step_m - i step_n >= reach
        if low > 0:
            row[low - 1] = 1.0
        for j in range(low, high):
            if i + j == 0:
                row[j] = 0.0
            else:
                before = row[j - 1] if j > 0 else 0.0
                row[j] = (i * row[j] + j * before) / (i + j)
    return row[m]
