"""Plane rotations: made, collected, and applied to many rows at once."""

import math

from groundup.jit import njit

CHUNK = 64  # columns of the target that stay in cache while all collected rotations pass over them


@njit
def rotation(f, g):
    """c, s, r with [c s; -s c] (f, g)^T = (r, 0)^T and c^2 + s^2 = 1."""
    if g == 0:
        return 1.0, 0.0, f * 1.0
    r = math.hypot(f, g)
    return f / r, g / r, r


@njit
def rotate_rows(z, at, cosines, sines, count):
    """Apply `count` rotations in order to rows at[t], at[t] + 1 of z: (x, y) <- (c x + s y, c y - s x).

    A sweep alone would read all of z for six operations an entry. Applied chunk by chunk of columns, many sweeps are
    paid with one passage through memory.
    """
    width = z.shape[1]
    for start in range(0, width, CHUNK):
        stop = min(start + CHUNK, width)
        for t in range(count):
            c = cosines[t]
            s = sines[t]
            upper = z[at[t], start:stop]
            lower = z[at[t] + 1, start:stop]
            for j in range(stop - start):
                x = upper[j]
                y = lower[j]
                upper[j] = c * x + s * y
                lower[j] = c * y - s * x
