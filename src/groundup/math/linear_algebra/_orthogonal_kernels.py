"""Householder reflections of a narrow panel, on the transposed matrix: row c of `at` is column c of A."""

import math

import numpy as np

from groundup.jit import njit


@njit
def reflect_to_axis(x, start):
    """Turn x[start:] in place into v with (I - tau v v^T) x = beta e1 and v[0] = 1; returns tau, beta.

    beta = -sign(x0) ||x||, v = (x - beta e1) / (x0 - beta), tau = (beta - x0) / beta. The sign makes x0 - beta a sum of
    two numbers of the same sign, so nothing cancels. All of it is computed for x divided by its largest entry: squares
    of tiny numbers would vanish, and below 1e-308 so would digits, and with them the orthogonality of the reflection.
    A vector that is already on the axis is left alone (tau = 0).
    """
    head = x[start]
    tail = head * 0
    for i in range(start + 1, len(x)):
        tail = max(tail, abs(x[i]))
    if tail == 0:
        x[start] = 1
        return tail, head
    top = max(tail, abs(head))
    head /= top
    total = head * head
    for i in range(start + 1, len(x)):
        x[i] /= top
        total += x[i] * x[i]
    beta = math.sqrt(total)
    if head >= 0:
        beta = -beta
    for i in range(start + 1, len(x)):
        x[i] /= head - beta
    x[start] = 1
    return (beta - head) / beta, beta * top


@njit
def reflect_panel(at, start, stop, taus, betas):
    """Householder triangularisation of columns start..stop-1 of A, rows from `start` down.

    On return column k holds v_k from row k down (v_k[k] = 1, written out); betas[k] is the diagonal of R, and the
    entries of R above the diagonal stand in the panel above row k. taus[k] = 2 / (v_k . v_k).
    """
    m = at.shape[1]
    for k in range(start, stop):
        tau, beta = reflect_to_axis(at[k], k)
        taus[k] = tau
        betas[k] = beta
        if tau == 0:
            continue
        for c in range(k + 1, stop):
            dot = tau * 0
            for i in range(k, m):
                dot += at[k, i] * at[c, i]
            dot *= tau
            for i in range(k, m):
                at[c, i] -= dot * at[k, i]


@njit
def reflect_with_pivoting(at, taus, betas, order):
    """Householder QR of all columns, each step on the remaining column of largest norm.

    Norms are brought up to date by subtracting the square of the entry that became part of R, and computed anew when
    that subtraction has lost half of the digits (Drmac and Bujanovic 2008).
    """
    n, m = at.shape
    norms = np.zeros(n, at.dtype)
    trusted = np.zeros(n, at.dtype)
    for c in range(n):
        norms[c] = math.sqrt((at[c] * at[c]).sum())
        trusted[c] = norms[c]
        order[c] = c
    eps = np.finfo(at.dtype).eps
    for k in range(min(m, n)):
        best = k + np.argmax(norms[k:])
        if best != k:
            for i in range(m):
                at[k, i], at[best, i] = at[best, i], at[k, i]
            order[k], order[best] = order[best], order[k]
            norms[best], trusted[best] = norms[k], trusted[k]
        tau, beta = reflect_to_axis(at[k], k)
        taus[k] = tau
        betas[k] = beta
        for c in range(k + 1, n):
            if tau != 0:
                dot = tau * 0
                for i in range(k, m):
                    dot += at[k, i] * at[c, i]
                dot *= tau
                for i in range(k, m):
                    at[c, i] -= dot * at[k, i]
            if norms[c] == 0:
                continue
            left = max(0.0, 1 - (at[c, k] / norms[c]) ** 2)
            if left * (norms[c] / trusted[c]) ** 2 <= math.sqrt(eps):
                norms[c] = math.sqrt((at[c, k + 1 :] * at[c, k + 1 :]).sum())
                trusted[c] = norms[c]
            else:
                norms[c] *= math.sqrt(left)


@njit
def triangular_factor(gram, taus):
    """T with H_1 ... H_k = I - Y T Y^T, from gram = Y^T Y: t_kk = tau_k, T[:k, k] = -tau_k T[:k, :k] (Y^T v_k)[:k]."""
    k = len(taus)
    t = np.zeros((k, k), gram.dtype)
    for j in range(k):
        t[j, j] = taus[j]
        for i in range(j):
            total = taus[j] * 0
            for p in range(i, j):
                total += t[i, p] * gram[p, j]
            t[i, j] = -taus[j] * total
    return t
