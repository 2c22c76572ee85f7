"""Tiled attention, compiled. Queries lie in the lanes: a tile of scores is stored key by key, so that the maximum, the
sum and the exponential of every query are vector operations without a reduction inside a vector.

Shapes: q (N, T, d), k (Nk, S, d), v (Nv, S, e), all C-contiguous; N heads over all batches. `k_of[n]` says which keys
head n reads (heads that share their keys store them once), likewise `v_of`, `mask_of`, `bias_of`. mask and bias are
(M, T, S), with a 1 for an axis along which they are constant; (1, 0, 0) when there is none. Equations: `online`.

Compiled for one thread and without the interpreter's lock: `fused` calls `forward` and `backward` from as many threads
as there shall be. (With `parallel=True` Numba optimises all of it five times over: a minute instead of ten seconds.)
"""

import math

import numpy as np
from numba.extending import overload

from groundup.jit import njit

CONTRACT = {"contract"}  # a * b + c in one rounding; NaN, infinity and the order of sums stay as written


@njit(fastmath=CONTRACT)
def add_product(c, a, b):
    """c += a b; a may lie in memory in any way. Four rows and four inner places at once, along the lanes of b."""
    rows, inner = a.shape
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


@njit
def may_look(mask, i0, i1, j0, j1):
    """Whether any of the queries i0 to i1 may look at any of the keys j0 to j1."""
    if mask.shape[0] == 0:
        return True
    down, right = mask.shape[0] > 1, mask.shape[1] > 1
    for i in range(i0, i1):
        for j in range(j0, j1):
            if mask[down * i, right * j]:
                return True
    return False


@njit(fastmath=CONTRACT)
def score_tile(s, qt, k, i0, n, j0, j1, last, mask, bias):
    """Scores of keys j0 to j1 and queries i0 to i0 + n as s[j, i]; -inf where forbidden; j ≤ last + i."""
    nothing = s.dtype.type(-np.inf)
    s[: j1 - j0] = 0
    add_product(s, k[j0:j1, :], qt)
    if bias.shape[0]:
        down, right = bias.shape[0] > 1, bias.shape[1] > 1
        for i in range(n):
            for j in range(j1 - j0):
                s[j, i] += bias[down * (i0 + i), right * (j0 + j)]
    if mask.shape[0]:
        down, right = mask.shape[0] > 1, mask.shape[1] > 1
        for i in range(n):
            for j in range(j1 - j0):
                score = s[j, i]  # read first: then this is a choice between two numbers and not a branch
                s[j, i] = score if mask[down * (i0 + i), right * (j0 + j)] else nothing
    if j1 - 1 > last + i0:  # the tile touches the diagonal
        for j in range(j1 - j0):
            for i in range(min(n, max(0, j0 + j - last - i0))):
                s[j, i] = nothing


@njit(fastmath=CONTRACT)
def online_update(s, top, total, ot, v, row, shift):
    """Equations (1) to (3) of `online` for all queries of a tile: scores s (keys, lanes) become their exponentials."""
    keys, lanes = s.shape
    for i in range(lanes):
        row[i] = top[i]
    for j in range(keys):
        for i in range(lanes):
            top[i] = s[j, i] if s[j, i] > top[i] else top[i]
    for i in range(lanes):
        shift[i] = top[i] if top[i] > -np.inf else 0
    exp_lanes(row, shift, row)  # e^(m - m')
    for i in range(lanes):
        total[i] *= row[i]
    for c in range(v.shape[1]):
        for i in range(lanes):
            ot[c, i] *= row[i]
    for j in range(keys):
        exp_lanes(s[j], shift, row)
        for i in range(lanes):
            s[j, i] = row[i]
            total[i] += row[i]
    add_product(ot, v[:, :].T, s)


@njit(nogil=True, fastmath=CONTRACT)
def forward(first, step, q, k, v, k_of, v_of, mask, mask_of, bias, bias_of, last, scale, lanes, keys, out, lse):
    """Fill out (N, T, e), and lse (N, T) with λ of (4): -inf for a row that sees nothing.

    Of all blocks of queries of all heads those numbered first, first + step, ... are computed.
    """
    (N, T, d), S, e, kind = q.shape, v.shape[1], v.shape[2], q.dtype
    qt, s, ot = np.empty((d, lanes), kind), np.empty((keys, lanes), kind), np.empty((e, lanes), kind)
    top, total, row, shift = np.empty(lanes, kind), np.empty(lanes, kind), np.empty(lanes, kind), np.empty(lanes, kind)
    parts = (T + lanes - 1) // lanes
    for task in range(first, N * parts, step):
        n, i0 = task // parts, task % parts * lanes
        i1 = min(i0 + lanes, T)
        kn, vn, mask_n, bias_n = k[k_of[n]], v[v_of[n]], mask[mask_of[n]], bias[bias_of[n]]
        into_lanes(q[n, i0:i1], scale, qt)
        top[:], total[:], ot[:] = -np.inf, 0, 0
        for j0 in range(0, min(S, last + i1), keys):
            j1 = min(j0 + keys, S)
            if may_look(mask_n, i0, i1, j0, j1):
                score_tile(s, qt, kn, i0, i1 - i0, j0, j1, last, mask_n, bias_n)
                online_update(s[: j1 - j0], top, total, ot, vn[j0:j1], row, shift)
        for i in range(i1 - i0):
            lse[n, i0 + i] = top[i] + math.log(total[i]) if total[i] != 0 else -np.inf
            by = 1 / total[i] if total[i] != 0 else 0
            for c in range(e):
                out[n, i0 + i, c] = ot[c, i] * by


@njit(fastmath=CONTRACT)
def rows_of_backward(g, out, lse, shift, rest):
    """λ of every row, 0 where it saw nothing, and D of (5)."""
    for i in range(g.shape[0]):
        shift[i] = lse[i] if lse[i] != -np.inf else 0
        rest[i] = 0
        for c in range(g.shape[1]):
            rest[i] += g[i, c] * out[i, c]


@njit(fastmath=CONTRACT)
def add_to_bias(d_bias, ds, i0, j0):
    """Gradients ds (queries, keys) of a tile's scores, added to the entries of the bias that were added to them."""
    down, right = d_bias.shape[0] > 1, d_bias.shape[1] > 1
    for i in range(ds.shape[0]):
        for j in range(ds.shape[1]):
            d_bias[down * (i0 + i), right * (j0 + j)] += ds[i, j]


@njit(nogil=True, fastmath=CONTRACT)
def backward(
    first, step, turn, g, q, k, v, out, lse, k_of, v_of, mask, mask_of, bias, bias_of, last, scale, lanes, keys,
    d_q, d_k, d_v, d_bias, d_bias_of,
):  # fmt: skip
    """Fill d_q (N, T, d), and add to d_k (N, S, d), d_v (N, S, e), of each head by itself, and to d_bias[d_bias_of[n]].

    Of all heads those whose turn is first, first + step, ...: heads that add to one d_bias have one turn.
    """
    (N, T, d), S, e, kind = q.shape, v.shape[1], v.shape[2], q.dtype
    qt, dqt, gt = np.empty((d, lanes), kind), np.empty((d, lanes), kind), np.empty((e, lanes), kind)
    s, ds, scaled = np.empty((keys, lanes), kind), np.empty((keys, lanes), kind), np.empty((lanes, d), kind)
    row, shift, rest = np.zeros(lanes, kind), np.zeros(lanes, kind), np.zeros(lanes, kind)
    for n in range(N):
        if turn[n] % step != first:
            continue
        kn, vn, mask_n, bias_n = k[k_of[n]], v[v_of[n]], mask[mask_of[n]], bias[bias_of[n]]
        for i0 in range(0, T, lanes):
            i1 = min(i0 + lanes, T)
            m, gn = i1 - i0, g[n, i0:i1]
            into_lanes(q[n, i0:i1], scale, qt)
            into_lanes(gn, kind.type(1), gt)
            for i in range(m):
                for c in range(d):
                    scaled[i, c] = scale * q[n, i0 + i, c]
            rows_of_backward(gn, out[n, i0:i1], lse[n, i0:i1], shift, rest)
            dqt[:] = 0
            for j0 in range(0, min(S, last + i1), keys):
                j1 = min(j0 + keys, S)
                if not may_look(mask_n, i0, i1, j0, j1):
                    continue
                many = j1 - j0
                score_tile(s, qt, kn, i0, m, j0, j1, last, mask_n, bias_n)
                ds[:many] = 0
                add_product(ds, vn[j0:j1, :], gt)
                for j in range(many):
                    exp_lanes(s[j], shift, row)
                    for i in range(lanes):
                        s[j, i] = row[i]
                        ds[j, i] = row[i] * (ds[j, i] - rest[i])
                add_product(d_v[n, j0:j1], s[:many, :m], gn)
                add_product(d_k[n, j0:j1], ds[:many, :m], scaled)
                add_product(dqt, kn[j0:j1, :].T, ds)
                if d_bias.shape[1]:
                    add_to_bias(d_bias[d_bias_of[n]], ds[:many, :m].T, i0, j0)
            for i in range(m):
                for c in range(d):
                    d_q[n, i0 + i, c] = scale * dqt[c, i]
