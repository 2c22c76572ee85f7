"""Tiled attention, compiled. Queries lie in the lanes: a tile of scores is stored key by key, so that the maximum, the
sum and the exponential of every query are vector operations without a reduction inside a vector.

Shapes: q (N, T, d), k (Nk, S, d), v (Nv, S, e), all C-contiguous; N heads over all batches. `k_of[n]` says which keys
head n reads (heads that share their keys store them once), likewise `v_of`, `mask_of`, `bias_of`. mask and bias are
(M, T, S), with a 1 for an axis along which they are constant; (1, 0, 0) when there is none. Equations: `online`.
"""

import math

import numpy as np
from numba.extending import overload

from groundup.jit import njit, prange

CONTRACT = {"contract"}  # a * b + c in one rounding; NaN, infinity and the order of sums stay as written


@njit(fastmath=CONTRACT)
def add_product(c, a, b, rows, inner):
    """c[:rows] += a[:rows, :inner] b[:inner]; four rows and four inner places at once, along the lanes of b."""
    lanes = c.shape[1]
    low, deep = rows - rows % 4, inner - inner % 4
    for i in range(0, low, 4):
        for k in range(0, deep, 4):
            a00, a01, a02, a03 = a[i, k], a[i, k + 1], a[i, k + 2], a[i, k + 3]
            a10, a11, a12, a13 = a[i + 1, k], a[i + 1, k + 1], a[i + 1, k + 2], a[i + 1, k + 3]
            a20, a21, a22, a23 = a[i + 2, k], a[i + 2, k + 1], a[i + 2, k + 2], a[i + 2, k + 3]
            a30, a31, a32, a33 = a[i + 3, k], a[i + 3, k + 1], a[i + 3, k + 2], a[i + 3, k + 3]
            for x in range(lanes):
                b0, b1, b2, b3 = b[k, x], b[k + 1, x], b[k + 2, x], b[k + 3, x]
                c[i, x] += a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3
                c[i + 1, x] += a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3
                c[i + 2, x] += a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3
                c[i + 3, x] += a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3
    for i in range(rows):
        for k in range(deep if i < low else 0, inner):
            a0 = a[i, k]
            for x in range(lanes):
                c[i, x] += a0 * b[k, x]


@njit(fastmath=CONTRACT)
def add_transposed(c, a, b, rows, inner):
    """c[:rows] += a[:inner, :rows]ᵀ b[:inner], in the same way."""
    lanes = c.shape[1]
    low, deep = rows - rows % 4, inner - inner % 4
    for i in range(0, low, 4):
        for k in range(0, deep, 4):
            a00, a10, a20, a30 = a[k, i], a[k, i + 1], a[k, i + 2], a[k, i + 3]
            a01, a11, a21, a31 = a[k + 1, i], a[k + 1, i + 1], a[k + 1, i + 2], a[k + 1, i + 3]
            a02, a12, a22, a32 = a[k + 2, i], a[k + 2, i + 1], a[k + 2, i + 2], a[k + 2, i + 3]
            a03, a13, a23, a33 = a[k + 3, i], a[k + 3, i + 1], a[k + 3, i + 2], a[k + 3, i + 3]
            for x in range(lanes):
                b0, b1, b2, b3 = b[k, x], b[k + 1, x], b[k + 2, x], b[k + 3, x]
                c[i, x] += a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3
                c[i + 1, x] += a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3
                c[i + 2, x] += a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3
                c[i + 3, x] += a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3
    for i in range(rows):
        for k in range(deep if i < low else 0, inner):
            a0 = a[k, i]
            for x in range(lanes):
                c[i, x] += a0 * b[k, x]


def exp_lanes(x, shift, out):
    """out = e^(x - shift) for x ≤ shift, entry by entry; below the smallest normal number it is 0.

    e^y = 2^n e^r with n = round(y / ln 2): adding 1.5 · 2^23 (2^52) leaves n in the last bits of the sum, from where
    it is moved into the exponent of a float. e^r, |r| ≤ ln(2) / 2, is Taylor's series up to r^7 (r^13): the rest is
    below half a rounding. Compiled, this is one of the two functions below; without a compiler, NumPy's.
    """
    out[:] = np.exp(x - shift)


@overload(exp_lanes, jit_options={"fastmath": CONTRACT})
def _choose_exp(x, shift, out):
    return _exp_float32 if x.dtype.bitwidth == 32 else _exp_float64


def _exp_float32(x, shift, out):
    for i in range(x.shape[0]):
        y = x[i] - shift[i]
        moved = y * np.float32(1.4426950408889634) + np.float32(12582912.0)
        n = moved - np.float32(12582912.0)
        r = (y - n * np.float32(0.693359375)) + n * np.float32(2.12194440e-4)  # n ln 2 in two parts keeps its digits
        e = np.float32(1 / 5040)
        e = e * r + np.float32(1 / 720)
        e = e * r + np.float32(1 / 120)
        e = e * r + np.float32(1 / 24)
        e = e * r + np.float32(1 / 6)
        e = e * r + np.float32(0.5)
        e = (e * r) * r + r + np.float32(1)
        power = np.int32((np.float32(moved).view(np.int32) << 23) + 1065353216).view(np.float32)
        out[i] = np.float32(0) if y < np.float32(-87.0) else e * power


def _exp_float64(x, shift, out):
    for i in range(x.shape[0]):
        y = x[i] - shift[i]
        moved = y * 1.4426950408889634 + 6755399441055744.0
        n = moved - 6755399441055744.0
        r = (y - n * 0.6931471803691238) - n * 1.9082149292705877e-10
        e = 1 / 6227020800
        e = e * r + 1 / 479001600
        e = e * r + 1 / 39916800
        e = e * r + 1 / 3628800
        e = e * r + 1 / 362880
        e = e * r + 1 / 40320
        e = e * r + 1 / 5040
        e = e * r + 1 / 720
        e = e * r + 1 / 120
        e = e * r + 1 / 24
        e = e * r + 1 / 6
        e = e * r + 0.5
        e = (e * r) * r + r + 1
        power = np.int64((np.float64(moved).view(np.int64) << 52) + 4607182418800017408).view(np.float64)
        out[i] = 0.0 if y < -708.0 else e * power


@njit(fastmath=CONTRACT)
def into_lanes(rows, factor, out):
    """out[:, i] = factor · rows[i]; lanes without a row are 0."""
    for c in range(rows.shape[1]):
        for i in range(rows.shape[0]):
            out[c, i] = factor * rows[i, c]
        for i in range(rows.shape[0], out.shape[1]):
            out[c, i] = 0


@njit(fastmath=CONTRACT)
def score_tile(s, qt, k, i0, n, j0, j1, last, mask, bias):
    """Scores of keys j0 to j1 and queries i0 to i0 + n as s[j, i]; -inf where forbidden; j ≤ last + i."""
    s[: j1 - j0] = 0
    add_product(s, k[j0:j1], qt, j1 - j0, qt.shape[0])
    if bias.shape[0]:
        for j in range(j1 - j0):
            jj = j0 + j if bias.shape[1] > 1 else 0
            for i in range(n):
                s[j, i] += bias[i0 + i if bias.shape[0] > 1 else 0, jj]
    if mask.shape[0]:
        for j in range(j1 - j0):
            jj = j0 + j if mask.shape[1] > 1 else 0
            for i in range(n):
                if not mask[i0 + i if mask.shape[0] > 1 else 0, jj]:
                    s[j, i] = -np.inf
    if j1 - 1 > last + i0:  # the tile touches the diagonal
        for j in range(j1 - j0):
            for i in range(min(n, max(0, j0 + j - last - i0))):
                s[j, i] = -np.inf


@njit(fastmath=CONTRACT)
def online_update(s, keys, top, total, ot, v, keep, shift, row):
    """Equations (4) to (6) of `online`, for all queries of the tile at once."""
    lanes = s.shape[1]
    for i in range(lanes):
        keep[i] = top[i]
    for j in range(keys):
        for i in range(lanes):
            top[i] = s[j, i] if s[j, i] > top[i] else top[i]
    for i in range(lanes):
        shift[i] = top[i] if top[i] > -np.inf else 0
    exp_lanes(keep, shift, keep)
    for i in range(lanes):
        total[i] *= keep[i]
    for c in range(v.shape[1]):
        for i in range(lanes):
            ot[c, i] *= keep[i]
    for j in range(keys):
        exp_lanes(s[j], shift, row)
        for i in range(lanes):
            s[j, i] = row[i]
            total[i] += row[i]
    add_transposed(ot, v, s, v.shape[1], keys)


@njit(parallel=True, fastmath=CONTRACT)
def forward(q, k, v, k_of, v_of, mask, mask_of, bias, bias_of, causal, scale, lanes, keys):
    """out (N, T, e) and the logarithm of each row's sum of exponentials (N, T); -inf for a row that sees nothing."""
    N, T, d = q.shape
    S, e = v.shape[1], v.shape[2]
    out, lse = np.empty((N, T, e), q.dtype), np.empty((N, T), q.dtype)
    parts = (T + lanes - 1) // lanes
    last = S - T if causal else S + T
    for task in prange(N * parts):
        n, i0 = task // parts, task % parts * lanes
        i1 = min(i0 + lanes, T)
        qt, s, ot = np.empty((d, lanes), q.dtype), np.empty((keys, lanes), q.dtype), np.zeros((e, lanes), q.dtype)
        keep, shift, row = np.empty(lanes, q.dtype), np.empty(lanes, q.dtype), np.empty(lanes, q.dtype)
        top, total = np.full(lanes, -np.inf, q.dtype), np.zeros(lanes, q.dtype)
        into_lanes(q[n, i0:i1], scale, qt)
        for j0 in range(0, min(S, last + i1), keys):
            j1 = min(j0 + keys, S)
            score_tile(s, qt, k[k_of[n]], i0, i1 - i0, j0, j1, last, mask[mask_of[n]], bias[bias_of[n]])
            online_update(s, j1 - j0, top, total, ot, v[v_of[n], j0:j1], keep, shift, row)
        for i in range(i1 - i0):
            lse[n, i0 + i] = top[i] + math.log(total[i]) if total[i] != 0 else -np.inf
            by = 1 / total[i] if total[i] != 0 else 0
            for c in range(e):
                out[n, i0 + i, c] = ot[c, i] * by
    return out, lse


@njit(parallel=True, fastmath=CONTRACT)
def backward(g, q, k, v, out, lse, k_of, v_of, mask, mask_of, bias, bias_of, causal, scale, lanes, keys):
    """d_q (N, T, d), and d_k (N, S, d), d_v (N, S, e) for each head by itself. A head is one thread's."""
    N, T, d = q.shape
    S, e = v.shape[1], v.shape[2]
    d_q, d_k, d_v = np.empty((N, T, d), q.dtype), np.zeros((N, S, d), q.dtype), np.zeros((N, S, e), q.dtype)
    last = S - T if causal else S + T
    for n in prange(N):
        qt, gt, dqt = np.empty((d, lanes), q.dtype), np.empty((e, lanes), q.dtype), np.empty((d, lanes), q.dtype)
        s, ds, row = np.empty((keys, lanes), q.dtype), np.empty((keys, lanes), q.dtype), np.empty(lanes, q.dtype)
        shift, rest, scaled = np.zeros(lanes, q.dtype), np.zeros(lanes, q.dtype), np.empty((lanes, d), q.dtype)
        kn, vn = k[k_of[n]], v[v_of[n]]
        for i0 in range(0, T, lanes):
            i1 = min(i0 + lanes, T)
            m = i1 - i0
            into_lanes(q[n, i0:i1], scale, qt)
            into_lanes(g[n, i0:i1], q.dtype.type(1), gt)
            dqt[:] = 0
            for i in range(m):
                shift[i] = lse[n, i0 + i] if lse[n, i0 + i] != -np.inf else 0
                rest[i] = 0
                for c in range(e):
                    rest[i] += g[n, i0 + i, c] * out[n, i0 + i, c]
                for c in range(d):
                    scaled[i, c] = scale * q[n, i0 + i, c]
            for j0 in range(0, min(S, last + i1), keys):
                j1 = min(j0 + keys, S)
                many = j1 - j0
                score_tile(s, qt, kn, i0, m, j0, j1, last, mask[mask_of[n]], bias[bias_of[n]])
                ds[:many] = 0
                add_product(ds, vn[j0:j1], gt, many, e)
                for j in range(many):
                    exp_lanes(s[j], shift, row)
                    for i in range(lanes):
                        s[j, i] = row[i]
                        ds[j, i] = row[i] * (ds[j, i] - rest[i])
                add_product(d_v[n, j0:j1], s, g[n, i0:i1], many, m)
                add_product(d_k[n, j0:j1], ds, scaled, many, m)
                add_transposed(dqt, kn[j0:j1], ds, d, many)
            for i in range(m):
                for c in range(d):
                    d_q[n, i0 + i, c] = scale * dqt[c, i]
    return d_q, d_k, d_v
