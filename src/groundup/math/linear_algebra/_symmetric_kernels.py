"""The compiled steps of the symmetric eigenproblem."""

import math

import numpy as np

from groundup.jit import njit
from groundup.math.linear_algebra._orthogonal_kernels import reflect_to_axis
from groundup.math.linear_algebra._rotation_kernels import rotate_rows, rotation

SWEEPS = 60  # QL sweeps allowed an eigenvalue; two or three are usual
BUFFERED = 32  # sweeps whose rotations are collected before they are applied


@njit(fastmath={"reassoc", "contract"})
def tridiagonalise_upper(a, taus, diagonal, beside):
    """Householder reduction A = Q T Q^T in place, reading and writing the upper triangle of a contiguous (n, n).

    Step k turns row k right of the diagonal onto its first entry. The rest B becomes H B H = B - v w^T - w v^T with
    p = tau B v, w = p - (tau / 2)(p . v) v: symmetric, so one triangle does. v_k stays in row k right of the diagonal.
    Sums may be reassociated (they are finite here, and the order is the same in every run).
    """
    n = len(a)
    p = np.zeros(n, a.dtype)
    for k in range(n - 1):
        diagonal[k] = a[k, k]
        v = a[k]
        tau, beta = reflect_to_axis(v, k + 1)
        taus[k] = tau
        beside[k] = beta
        if tau == 0:
            continue
        p[k + 1 :] = 0
        for i in range(k + 1, n):
            row = a[i]
            factor = v[i]
            dot = row[i] * factor
            for j in range(i + 1, n):
                dot += row[j] * v[j]
                p[j] += row[j] * factor
            p[i] += dot
        dot = tau * 0
        for i in range(k + 1, n):
            p[i] *= tau
            dot += p[i] * v[i]
        dot *= tau / 2
        for i in range(k + 1, n):
            p[i] -= dot * v[i]
        for i in range(k + 1, n):
            row = a[i]
            left = v[i]
            right = p[i]
            for j in range(i, n):
                row[j] -= left * p[j] + right * v[j]
    if n > 0:
        diagonal[n - 1] = a[n - 1, n - 1]


@njit
def ql_implicit(d, e, z, tiny, eps):
    """Eigenvalues of the tridiagonal matrix (d, e) into d; its rotations are applied to the rows of z.

    d (n,), e (n,) with e[i] between i and i + 1. Implicit QL with Wilkinson's shift: the eigenvalue of the leading
    2 x 2 block nearer to its corner. Returns -1, or the row that did not converge in SWEEPS sweeps.
    """
    n = len(d)
    capacity = BUFFERED * max(n, 1)
    at = np.zeros(capacity, np.int64)
    cosines = np.zeros(capacity, d.dtype)
    sines = np.zeros(capacity, d.dtype)
    count = 0
    for first in range(n):
        for sweep in range(SWEEPS + 1):
            last = first
            while last < n - 1 and abs(e[last]) > eps * (abs(d[last]) + abs(d[last + 1])) + tiny:
                last += 1
            if last == first:
                break
            if sweep == SWEEPS:
                return first
            if count + last - first > capacity:
                rotate_rows(z, at, cosines, sines, count)
                count = 0
            half = (d[first + 1] - d[first]) / (2 * e[first])
            root = math.hypot(half, 1.0)
            shift = d[first] - e[first] / (half + (root if half >= 0 else -root))
            # chase the bulge from row last up to row first
            g = d[last] - shift
            s, c, p = 1.0, 1.0, 0.0
            for i in range(last - 1, first - 1, -1):
                f = s * e[i]
                b = c * e[i]
                c, s, r = rotation(g, f)
                e[i + 1] = r
                g = d[i + 1] - p
                r = (d[i] - g) * s + 2 * c * b
                p = s * r
                d[i + 1] = g + p
                g = c * r - b
                at[count] = i
                cosines[count] = c
                sines[count] = -s
                count += 1
            d[first] -= p
            e[first] = g
            e[last] = 0
    rotate_rows(z, at, cosines, sines, count)
    return -1


@njit
def jacobi_sweep(a, z):
    """One cyclic sweep of Jacobi rotations over a symmetric (n, n), its rotations applied to the rows of z.

    Each rotation makes a[p, q] zero: t^2 + 2 theta t - 1 = 0 with theta = (a_qq - a_pp) / (2 a_pq), the smaller root t.
    Returns the number of rotations that were needed.
    """
    n = len(a)
    eps = np.finfo(a.dtype).eps
    rotated = 0
    for p in range(n - 1):
        for q in range(p + 1, n):
            if abs(a[p, q]) <= eps * math.sqrt(abs(a[p, p])) * math.sqrt(abs(a[q, q])) * 0.5:
                continue
            if abs(a[p, q]) < 1e-3 * eps * (abs(a[p, p]) + abs(a[q, q])):
                continue
            rotated += 1
            theta = (a[q, q] - a[p, p]) / (2 * a[p, q])
            t = 1 / (abs(theta) + math.hypot(theta, 1.0))
            if theta < 0:
                t = -t
            c = 1 / math.sqrt(1 + t * t)
            s = t * c
            for j in range(n):
                x, y = a[p, j], a[q, j]
                a[p, j], a[q, j] = c * x - s * y, s * x + c * y
            for j in range(n):
                x, y = a[j, p], a[j, q]
                a[j, p], a[j, q] = c * x - s * y, s * x + c * y
            a[p, q] = a[q, p] = 0
            for j in range(z.shape[1]):
                x, y = z[p, j], z[q, j]
                z[p, j], z[q, j] = c * x - s * y, s * x + c * y
    return rotated
