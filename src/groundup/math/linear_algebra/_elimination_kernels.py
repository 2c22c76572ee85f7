"""The inner steps of LU with partial pivoting, on the transposed matrix: row c of `at` is column c of A."""

import numpy as np

from groundup.jit import njit


@njit
def eliminate_panel(at, start, stop, pivots):
    """Gaussian elimination of columns start..stop-1 of A, all rows from `start` down, in place.

    at (n, m) is A^T, contiguous: a column of A is a contiguous row. pivots[k] receives the row that was exchanged with
    row k; only the panel's own columns are exchanged here. A column of zeros is left as it is (pivot 0).
    """
    m = at.shape[1]
    for k in range(start, min(stop, m)):
        best = k
        for i in range(k + 1, m):
            if abs(at[k, i]) > abs(at[k, best]):
                best = i
        pivots[k] = best
        if best != k:
            for c in range(start, stop):
                at[c, k], at[c, best] = at[c, best], at[c, k]
        pivot = at[k, k]
        if pivot == 0:
            continue
        for i in range(k + 1, m):  # divided, not multiplied by 1/pivot, which overflows for a tiny pivot
            at[k, i] /= pivot
        for c in range(k + 1, stop):
            factor = at[c, k]
            if factor != 0:
                for i in range(k + 1, m):
                    at[c, i] -= factor * at[k, i]


@njit
def exchange_rows(at, first, last, pivots, start, stop):
    """Apply the exchanges k <-> pivots[k], k = start..stop-1, to columns first..last-1 of A.

    Column by column, so that a column stays in cache for all of its exchanges.
    """
    for c in range(first, last):
        for k in range(start, stop):
            p = pivots[k]
            if p != k:
                at[c, k], at[c, p] = at[c, p], at[c, k]


@njit
def permutation_of(pivots, m):
    """The order of A's rows after all exchanges: row i of P A is row order[i] of A."""
    order = np.arange(m)
    for k in range(len(pivots)):
        p = pivots[k]
        order[k], order[p] = order[p], order[k]
    return order
