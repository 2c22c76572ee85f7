"""Cholesky of a block of a few dozen rows; `positive_definite.py` cuts large matrices down to this."""

import math

from groundup.jit import njit


@njit
def cholesky_block(a):
    """A <- L with A = L L^T, in the lower triangle of a contiguous (n, n) block, row by row.

        l_ij = (a_ij - sum_{k<j} l_ik l_jk) / l_jj,    l_ii = sqrt(a_ii - sum_{k<i} l_ik^2)

    Returns -1, or the row whose square root does not exist.
    """
    for i in range(len(a)):
        for j in range(i):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = total / a[j, j]
        total = a[i, i]
        for k in range(i):
            total -= a[i, k] * a[i, k]
        if not total > 0:
            return i
        a[i, i] = math.sqrt(total)
    return -1
