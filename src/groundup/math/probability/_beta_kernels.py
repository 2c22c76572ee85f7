"""The incomplete beta function, on which beta, binomial, negative binomial, Student's and F distributions rest.

    I_x(a, b) = x^a y^b / B(a, b) times a continued fraction,     y = 1 - x   (DLMF 8.17.22)

left of about the mean, and 1 - I_y(b, a) right of it. x and y are both passed: where one of them is near 1, the
other holds the digits. The factor x^a y^b / B(a, b) is put together from deviances as Loader (2000) does for the
binomial probability, so that it keeps its digits for large a and b. About sqrt(max(a, b)) steps.
"""

import math

from groundup.jit import njit
from groundup.math.probability._gamma_kernels import EPS, TINY, deviance, log_gamma, stirling_error


@njit(error_model="numpy")
def beta_constant(a, b):
    """What of `log_beta_term` depends on the shapes alone."""
    if not (a > 0 and b > 0):
        return math.nan
    n = a + b
    return 0.5 * math.log(a / (2 * math.pi) * (b / n)) - stirling_error(a) - stirling_error(b) + stirling_error(n)


@njit(error_model="numpy")
def log_beta_term(a, b, x, y, constant):
    """log of x^a y^b / B(a, b), for positive a, b, x, y; `constant` is `beta_constant(a, b)`."""
    return constant - deviance(a, (a + b) * x) - deviance(b, (a + b) * y)


@njit(error_model="numpy")
def log_beta(a, b):
    """log B(a, b) = log Gamma(a) + log Gamma(b) - log Gamma(a + b)."""
    if a < 10 and b < 10:
        return log_gamma(a) + log_gamma(b) - log_gamma(a + b)
    n = a + b
    low, high = min(a, b), max(a, b)
    return high * math.log1p(-low / n) + low * math.log(low / n) - beta_constant(low, high)


@njit(error_model="numpy")
def beta_fraction(a, b, x, y):
    """B(a, b) I_x(a, b) / (x^a y^b), by Lentz's method on the even part of the fraction of DLMF 8.17.22.

    Its partial denominators hold a y - b x, which does not cancel as the 1 - (a + b) x / (a + 1) of the full
    fraction does near the mean for large a or b.
    """
    total = c = ((a * (a * y - b * x + 1)) / (a + 1)) or TINY
    d = 0.0
    for m in range(1, 10_000_000):
        width = a + 2 * m - 1
        numerator = (a + m - 1) / width * ((a + b + m - 1) / width) * m * (b - m) * x * x
        denominator = m + m * (b - m) * x / width + (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (width + 2)
        d = denominator + numerator * d
        c = denominator + numerator / c
        d = 1 / (d if d != 0 else TINY)
        c = c if c != 0 else TINY
        total *= c * d
        if abs(c * d - 1) < EPS:
            break
    return 1 / total


@njit(error_model="numpy")
def beta_tails(a, b, x, y, constant):
    """I_x(a, b), its complement I_y(b, a), and x^a y^b / B(a, b), for a, b > 0 and y = 1 - x."""
    if not (a > 0 and b > 0 and x >= 0 and y >= 0):
        return math.nan, math.nan, math.nan
    if x == 0:
        return 0.0, 1.0, 0.0
    if y == 0:
        return 1.0, 0.0, 0.0
    term = math.exp(log_beta_term(a, b, x, y, constant))
    if x <= (a + 1) / (a + b + 2):
        lower = min(term * beta_fraction(a, b, x, y), 1.0)
        # very small shapes put nearly everything on one side: the fraction of the other side keeps its digits
        return lower, (term * beta_fraction(b, a, y, x) if lower > 0.9 and x > 1e-4 else 1 - lower), term
    above = min(term * beta_fraction(b, a, y, x), 1.0)
    return (term * beta_fraction(a, b, x, y) if above > 0.9 and y > 1e-4 else 1 - above), above, term


@njit(error_model="numpy")
def beta_quantile(a, b, p, q, constant, start):
    """v = log(x / (1 - x)) with I_x(a, b) = p, where q = 1 - p.

    In v both ends of (0, 1) have all their digits. Halley's method for the logarithm g of the smaller tail, with
    g' = +-x^a y^b / B / tail and g'' = g' (a y - b x - g'), inside a bracket; see `gamma_quantile`.
    """
    if not (p >= 0 and q >= 0 and a > 0 and b > 0):
        return math.nan
    if p == 0 or q == 0:
        return -math.inf if p == 0 else math.inf
    left = p <= q
    target = math.log(p) if left else math.log(q)
    low, high, v = -745.0, 745.0, start
    if not (low < v < high):
        v = min(max(math.log(a) - math.log(b), low), high)
        if left and p < 0.01:
            v = min(v, (target + math.log(a) + log_beta(a, b)) / a)  # exact as x goes to 0, even if it underflows
        elif not left and q < 0.01:
            v = max(v, -(target + math.log(b) + log_beta(a, b)) / b)
        if abs(v) > 700:
            return v
    for _ in range(300):
        e = math.exp(-abs(v))
        x, y = (1 / (1 + e), e / (1 + e)) if v > 0 else (e / (1 + e), 1 / (1 + e))
        lower, above, term = beta_tails(a, b, x, y, constant)
        tail = lower if left else above
        if tail <= 0:
            low, high = (v, high) if left else (low, v)
            v = 0.5 * (low + high)
            continue
        off = math.log(tail) - target
        if (off < 0) == left:
            low = v
        else:
            high = v
        slope = term / tail * (1 if left else -1)
        newton, bend = off / slope, a * y - b * x - slope
        half = 0.5 * newton * bend
        step = newton / (1 - half) if abs(half) < 0.5 else newton
        new = v - step
        if not (low <= new <= high):
            new = 0.5 * (low + high)
        elif abs(step) * max(1.0, abs(bend), math.sqrt(min(a, b))) < 1e-5:
            return new
        if new == v:
            return v
        v = new
    return v


# As in the gamma kernels: a parameter that is the same everywhere comes as an array of one.


@njit(error_model="numpy")
def beta_tails_loop(a, b, x, y, lower, out):
    da, db, dx, dy = int(a.size > 1), int(b.size > 1), int(x.size > 1), int(y.size > 1)
    last_a = last_b = constant = math.nan
    for i in range(out.size):
        one, two = a[i * da], b[i * db]
        if one != last_a or two != last_b:
            last_a, last_b, constant = one, two, beta_constant(one, two)
        p, q, _ = beta_tails(one, two, x[i * dx], y[i * dy], constant)
        out[i] = p if lower else q


@njit(error_model="numpy")
def log_beta_term_loop(a, b, x, y, out):
    da, db, dx, dy = int(a.size > 1), int(b.size > 1), int(x.size > 1), int(y.size > 1)
    last_a = last_b = constant = math.nan
    for i in range(out.size):
        one, two = a[i * da], b[i * db]
        if one != last_a or two != last_b:
            last_a, last_b, constant = one, two, beta_constant(one, two)
        out[i] = log_beta_term(one, two, x[i * dx], y[i * dy], constant)


@njit(error_model="numpy")
def log_beta_loop(a, b, out):
    da, db = int(a.size > 1), int(b.size > 1)
    for i in range(out.size):
        out[i] = log_beta(a[i * da], b[i * db])


@njit(error_model="numpy")
def beta_quantile_loop(a, b, p, order, lower, out):
    """`order` is the order in which to solve: with p sorted, each solution starts the next."""
    da, db, dp = int(a.size > 1), int(b.size > 1), int(p.size > 1)
    last_a = last_b = constant = v = math.nan
    for j in range(out.size):
        i = order[j]
        one, two, tail = a[i * da], b[i * db], p[i * dp]
        if one != last_a or two != last_b:
            last_a, last_b, constant, v = one, two, beta_constant(one, two), math.nan
        v = beta_quantile(one, two, tail if lower else 1 - tail, 1 - tail if lower else tail, constant, v)
        out[i] = v
