"""Substitution in a triangle of a few dozen rows; `triangular.py` cuts large triangles down to this."""

from groundup.jit import njit


@njit
def solve_lower_rows(low, b, unit):
    """B <- L^-1 B in place, row by row: b_i <- (b_i - sum_{k<i} l_ik b_k) / l_ii.

    low (n, n) lower triangle read, b (n, k) contiguous rows; unit: take l_ii as 1.
    """
    n, k = b.shape
    for i in range(n):
        for j in range(i):
            factor = low[i, j]
            if factor != 0:
                for c in range(k):
                    b[i, c] -= factor * b[j, c]
        if not unit:
            pivot = low[i, i]
            for c in range(k):
                b[i, c] /= pivot


@njit
def solve_upper_rows(u, b, unit):
    """B <- U^-1 B in place, from the last row up: b_i <- (b_i - sum_{k>i} u_ik b_k) / u_ii."""
    n, k = b.shape
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            factor = u[i, j]
            if factor != 0:
                for c in range(k):
                    b[i, c] -= factor * b[j, c]
        if not unit:
            pivot = u[i, i]
            for c in range(k):
                b[i, c] /= pivot
