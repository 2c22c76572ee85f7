"""The compiled steps of the singular value decomposition."""

import math

import numpy as np

from groundup.jit import njit
from groundup.math.linear_algebra._orthogonal_kernels import reflect_to_axis
from groundup.math.linear_algebra._rotation_kernels import rotate_rows, rotation

SWEEPS = 60  # sweeps allowed a singular value; two or three are usual
BUFFERED = 32  # sweeps whose rotations are collected before they are applied


@njit(fastmath={"reassoc", "contract"})
def bidiagonalise_rows(a, left, left_taus, right, right_taus, d, e):
    """Householder reduction A = U B V^T of a contiguous (m, n), m >= n, in place; B has diagonal d and e above it.

    Step k: a reflection of the rows makes column k zero below the diagonal, then one of the columns makes row k zero
    right of its neighbour. Both meet the rest of A in a single passage over its rows:
    a_i <- a_i - u_i w, z_i = a_i . v, a_i <- a_i - tau z_i v, with w = tau U^T A gathered beforehand.
    left (n, m), right (n, n) receive the reflections as rows. Sums may be reassociated (finite numbers, same order
    in every run).
    """
    m, n = a.shape
    w = np.zeros(n, a.dtype)
    for k in range(n):
        u = left[k]
        for i in range(k, m):
            u[i] = a[i, k]
        left_taus[k], d[k] = reflect_to_axis(u, k)
        w[k + 1 :] = 0
        for i in range(k, m):
            factor = left_taus[k] * u[i]
            row = a[i]
            for j in range(k + 1, n):
                w[j] += factor * row[j]
        if k + 1 == n:
            break
        v = right[k]
        for j in range(k + 1, n):
            v[j] = a[k, j] - w[j]  # u[k] is 1
        right_taus[k], e[k] = reflect_to_axis(v, k + 1)
        for i in range(k + 1, m):
            row = a[i]
            factor = u[i]
            dot = factor * 0
            for j in range(k + 1, n):
                row[j] -= factor * w[j]
                dot += row[j] * v[j]
            dot *= right_taus[k]
            for j in range(k + 1, n):
                row[j] -= dot * v[j]


@njit
def small_singular_value(f, g, h):
    """The smaller singular value of [[f, g], [0, h]]: |f h| over the larger one."""
    f, g, h = abs(f), abs(g), abs(h)
    if f == 0 or h == 0:
        return 0.0
    large = (math.hypot(f + h, g) + math.hypot(f - h, g)) / 2
    return min(f, h) * (max(f, h) / large)


@njit
def chase(d, e, low, high, shift, at, right_c, right_s, left_c, left_s, count):
    """One implicit QR sweep on rows low..high of the bidiagonal (d, e); rotations are appended from `count` on.

    The first rotation is that of B^T B - shift^2; each further one pushes the entry that the one before put outside
    the two diagonals, right and left in turn, until it falls out at the end (Golub and Kahan 1965).
    """
    f = (abs(d[low]) - shift) * (math.copysign(1.0, d[low]) + shift / d[low])
    g = e[low] * 1.0
    for i in range(low, high):
        c, s, r = rotation(f, g)
        if i > low:
            e[i - 1] = r
        f = c * d[i] + s * e[i]
        e[i] = c * e[i] - s * d[i]
        g = s * d[i + 1]
        d[i + 1] = c * d[i + 1]
        right_c[count], right_s[count] = c, s
        c, s, r = rotation(f, g)
        d[i] = r
        f = c * e[i] + s * d[i + 1]
        d[i + 1] = c * d[i + 1] - s * e[i]
        if i < high - 1:
            g = s * e[i + 1]
            e[i + 1] = c * e[i + 1]
        left_c[count], left_s[count] = c, s
        at[count] = i
        count += 1
    e[high - 1] = f
    return count


@njit
def chase_without_shift(d, e, low, high, at, right_c, right_s, left_c, left_s, count):
    """The sweep for shift 0, written so that nothing is subtracted (Demmel and Kahan 1990): small singular values keep
    their digits, and a zero on the diagonal falls out at the end in one sweep."""
    c, old_c, old_s = 1.0, 1.0, 0.0
    for i in range(low, high):
        c, s, r = rotation(d[i] * c, e[i])
        if i > low:
            e[i - 1] = old_s * r
        old_c, old_s, d[i] = rotation(old_c * r, d[i + 1] * s)
        right_c[count], right_s[count] = c, s
        left_c[count], left_s[count] = old_c, old_s
        at[count] = i
        count += 1
    last = d[high] * c
    d[high] = last * old_c
    e[high - 1] = last * old_s
    return count


@njit
def bidiagonal_qr(d, e, ut, vt, tiny, eps):
    """Singular values of the upper bidiagonal (d, e) into d (of any sign); rotations are applied to rows of ut, vt.

    Returns -1, or the row that did not converge.
    """
    n = len(d)
    capacity = BUFFERED * max(n, 1)
    at = np.zeros(capacity, np.int64)
    right_c, right_s = np.zeros(capacity, d.dtype), np.zeros(capacity, d.dtype)
    left_c, left_s = np.zeros(capacity, d.dtype), np.zeros(capacity, d.dtype)
    count, sweeps, high = 0, 0, n - 1
    while high > 0:
        if abs(e[high - 1]) <= eps * (abs(d[high - 1]) + abs(d[high])) + tiny:
            e[high - 1] = 0
            high -= 1
            continue
        sweeps += 1
        if sweeps > SWEEPS * n:
            return high
        low = high - 1
        while low > 0 and abs(e[low - 1]) > eps * (abs(d[low - 1]) + abs(d[low])) + tiny:
            low -= 1
        has_zero = False
        for i in range(low, high + 1):
            has_zero = has_zero or abs(d[i]) <= tiny
        if count + high - low > capacity:
            rotate_rows(vt, at, right_c, right_s, count)
            rotate_rows(ut, at, left_c, left_s, count)
            count = 0
        shift = 0.0
        if not has_zero:
            shift = small_singular_value(d[high - 1], e[high - 1], d[high])
            if (shift / abs(d[low])) ** 2 < eps:
                shift = 0.0
        if shift == 0:
            count = chase_without_shift(d, e, low, high, at, right_c, right_s, left_c, left_s, count)
        else:
            count = chase(d, e, low, high, shift, at, right_c, right_s, left_c, left_s, count)
    rotate_rows(vt, at, right_c, right_s, count)
    rotate_rows(ut, at, left_c, left_s, count)
    return -1
