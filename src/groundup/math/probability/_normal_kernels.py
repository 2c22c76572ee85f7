"""The Gaussian integral to full relative accuracy, by Mills' ratio R(x) = sf(x) / pdf(x).

R solves R' = x R - 1. Around a centre c that gives its Taylor coefficients one after another,

    r_1 = c r_0 - 1,   (k + 1) r_(k+1) = c r_k + r_(k-1),

so a table of short polynomials on [0, 16] follows from one value, at the right end, where the continued
fraction R = 1/(x + 1/(x + 2/(x + 3/...))) converges fast. Errors shrink on the way from right to left. Beyond 16 the
asymptotic series does it. The tails then are R(x) times the density, and nothing is ever subtracted from 1.

The quantile is a table as well: it is a smooth function of sqrt(-2 log p) in the tails, and divided by p - 1/2 of
(p - 1/2)^2 in the middle. Both tables are made at import, in a few milliseconds.
"""

import math

import numpy as np

from groundup.jit import njit

WIDTH, END, DEGREE = 0.125, 16.0, 12
ROOT_2PI, ROOT_2, LOG_ROOT_2PI = math.sqrt(2 * math.pi), math.sqrt(2.0), 0.5 * math.log(2 * math.pi)


def _mills_table() -> np.ndarray:
    """Coefficients of shape (intervals, DEGREE + 1), in powers of the distance to the interval's centre."""
    centres = (np.arange(round(END / WIDTH)) + 0.5) * WIDTH
    table = np.empty((len(centres), DEGREE + 1))
    value = centres[-1]
    for k in range(80, 0, -1):
        value = centres[-1] + k / value
    value = 1 / value
    for i in range(len(centres) - 1, -1, -1):
        r = [value, centres[i] * value - 1]
        for k in range(1, 30):
            r.append((centres[i] * r[k] + r[k - 1]) / (k + 1))
        table[i] = r[: DEGREE + 1]
        value = math.fsum(c * (-WIDTH) ** k for k, c in enumerate(r))
    return table


MILLS = _mills_table()
BELL = np.array([math.exp(-0.5 * (k / 16) ** 2) for k in range(16 * 60 + 2)])  # the squares are exact


@njit(error_model="numpy")
def mills(x):
    """R(x) = sf(x) / pdf(x) for x >= 0."""
    if x >= END:
        s, total = 1 / (x * x), 1.0
        for n in range(12, 0, -1):  # 1 - s (1 - 3 s (1 - 5 s (...)))
            total = 1 - (2 * n - 1) * s * total
        return total / x
    if x >= 0:
        i = int(x / WIDTH)
        t = x - (i + 0.5) * WIDTH
        total = MILLS[i, DEGREE]
        for k in range(DEGREE - 1, -1, -1):
            total = total * t + MILLS[i, k]
        return total
    return math.nan


@njit(error_model="numpy")
def exp_minus_square(x):
    """exp(-x^2), with x cut in two: x^2 alone, rounded, would be wrong by x^2 times the unit roundoff."""
    if not abs(x) < 40:
        return 0.0 if abs(x) >= 40 else x
    head = round(x * 16) / 16
    return math.exp(-head * head) * math.exp(-(x - head) * (x + head))


@njit(error_model="numpy")
def bell(x):
    """exp(-x^2 / 2), cut in two likewise; the first factor comes from a table."""
    if not abs(x) < 60:
        return 0.0 if abs(x) >= 60 else x
    k = int(abs(x) * 16 + 0.5)
    head = k / 16
    return BELL[k] * math.exp(-0.5 * (abs(x) - head) * (abs(x) + head))


@njit(error_model="numpy")
def upper(x):
    """P(Z > x) of the standard normal distribution."""
    if x >= 0:
        return mills(x) * (bell(x) / ROOT_2PI) if x < 60 else 0.0
    return 1 - mills(-x) * (bell(x) / ROOT_2PI) if x > -60 else (1.0 if x <= -60 else x)


@njit(error_model="numpy")
def log_upper(x):
    """log P(Z > x), finite far beyond the x at which the probability itself underflows."""
    if x >= 0:
        return math.log(mills(x)) - 0.5 * x * x - LOG_ROOT_2PI if x < 1e150 else -math.inf
    return math.log1p(-upper(-x)) if x < 0 else x


@njit(error_model="numpy")
def erfc(x):
    """1 - erf(x) = 2 P(Z > sqrt(2) x), to full relative accuracy for large x."""
    if x >= 0:
        return mills(ROOT_2 * x) * exp_minus_square(x) / (ROOT_2PI / 2) if x < 40 else 0.0
    return 2 - mills(-ROOT_2 * x) * exp_minus_square(x) / (ROOT_2PI / 2) if x > -40 else (2.0 if x <= -40 else x)


@njit(error_model="numpy")
def erf(x):
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    if abs(x) < 0.5:
        s, total = x * x, 0.0
        for n in range(13, 0, -1):  # the Taylor series, term n being (-1)^n s^n / (n! (2 n + 1))
            total = -s / n * (1 / (2 * n + 1.0) + total)
        return 2 / math.sqrt(math.pi) * x * (1 + total)
    return 1 - erfc(x) if x > 0 else erfc(-x) - 1


def _fitted(function, edges: np.ndarray, degree: int) -> np.ndarray:
    """Polynomials through `function` at the Chebyshev nodes of each interval, in powers of s in [-1, 1]."""
    angles = (np.arange(degree + 1) + 0.5) * np.arccos(np.longdouble(-1)) / (degree + 1)
    low, high = edges[:-1, None], edges[1:, None]
    values = function((low + high) / 2 + (high - low) / 2 * np.cos(angles))
    chebyshev = values @ np.cos(np.outer(angles, np.arange(degree + 1))) * 2 / (degree + 1)
    chebyshev[:, 0] /= 2
    powers = np.zeros((degree + 1, degree + 1))  # row k: T_k in powers of s, by T_(k+1) = 2 s T_k - T_(k-1)
    powers[0, 0] = powers[1, 1] = 1
    for k in range(1, degree):
        powers[k + 1, 1:] = 2 * powers[k, :-1]
        powers[k + 1] -= powers[k - 1]
    return (chebyshev @ powers).astype(np.float64)


def _solve_upper(log_p: np.ndarray, x: np.ndarray) -> np.ndarray:
    """x with log P(Z > x) = log_p, by Newton's method on that equation; x >= 0."""
    for _ in range(12):
        i = np.minimum((x / WIDTH).astype(int), len(MILLS) - 1)
        t = x - (i + 0.5) * WIDTH
        ratio = sum(MILLS[i, k] * t**k for k in range(DEGREE + 1))
        s, far = 1 / np.maximum(x, END) ** 2, 1.0
        for n in range(12, 0, -1):
            far = 1 - (2 * n - 1) * s * far
        ratio = np.where(x < END, ratio, far * np.sqrt(s))
        x = np.maximum(x + (np.log(ratio) - 0.5 * x * x - LOG_ROOT_2PI - log_p) * ratio, 0)
    return x


def _tail(t: np.ndarray) -> np.ndarray:
    return _solve_upper(-0.5 * t * t, np.maximum(t - 0.8, 0.1))


def _middle(r: np.ndarray) -> np.ndarray:
    """quantile / (p - 1/2) as a function of (p - 1/2)^2."""
    q = np.sqrt(r.astype(np.longdouble))  # a few more digits where the machine has them
    root_2pi = np.sqrt(2 * np.arccos(np.longdouble(-1)))
    x = root_2pi * q
    for _ in range(8):  # Newton on P(0 < Z < x) = q, whose power series keeps its accuracy down to q = 0
        term, total = x.copy(), x.copy()
        for n in range(1, 60):
            term = term * x * x / (2 * n + 1)
            total += term
        density = np.exp(-x * x / 2) / root_2pi
        x = x - (total * density - q) / density
    return x / q


TAIL_START, TAIL_WIDTH, TAIL_END = 2.0, 0.25, 39.0
MIDDLE_WIDTH, MIDDLE_END = 1 / 256, 0.140625  # (1/2 - 1/8)^2
TAIL = _fitted(_tail, np.arange(TAIL_START, TAIL_END + TAIL_WIDTH / 2, TAIL_WIDTH), 9)
MIDDLE = _fitted(_middle, np.arange(0, MIDDLE_END + MIDDLE_WIDTH * 1.5, MIDDLE_WIDTH), 9)


@njit(error_model="numpy")
def quantile(p):
    """x with P(Z <= x) = p."""
    q = p - 0.5
    if abs(q) <= 0.375:
        r = q * q / MIDDLE_WIDTH
        i = int(r)
        s, total = 2 * (r - i) - 1, MIDDLE[i, 9]
        for k in range(8, -1, -1):
            total = total * s + MIDDLE[i, k]
        return q * total
    tail = p if q < 0 else 1 - p
    if not tail > 0:
        return math.copysign(math.inf, q) if tail == 0 else math.nan
    t = math.sqrt(-2 * math.log(tail))
    at = (t - TAIL_START) / TAIL_WIDTH
    i = int(at)
    s, total = 2 * (at - i) - 1, TAIL[i, 9]
    for k in range(8, -1, -1):
        total = total * s + TAIL[i, k]
    return -total if q < 0 else total


@njit(error_model="numpy")
def upper_loop(x, out):
    for i in range(x.size):
        out[i] = upper(x[i])


@njit(error_model="numpy")
def log_upper_loop(x, out):
    for i in range(x.size):
        out[i] = log_upper(x[i])


@njit(error_model="numpy")
def erf_loop(x, out):
    for i in range(x.size):
        out[i] = erf(x[i])


@njit(error_model="numpy")
def erfc_loop(x, out):
    for i in range(x.size):
        out[i] = erfc(x[i])


@njit(error_model="numpy")
def quantile_loop(p, out):
    for i in range(p.size):
        out[i] = quantile(p[i])


@njit(error_model="numpy")
def density_loop(x, out):
    for i in range(x.size):
        out[i] = bell(x[i]) / ROOT_2PI
