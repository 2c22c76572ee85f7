"""Log-gamma and the incomplete gamma functions.

    log Gamma(a) = (a - 1/2) log a - a + 1/2 log 2 pi + delta(a),     delta(a) = 1/(12 a) - 1/(360 a^3) + ...

(Stirling). What densities need is not Gamma but the term x^a e^-x / Gamma(a + 1), which Loader (2000) writes as

    exp(-delta(a) - deviance(a, x)) / sqrt(2 pi a),    deviance(a, x) = a log(a / x) + x - a >= 0,

in which no large numbers cancel. The incomplete integrals are this term times a power series (left of the mean)
or a continued fraction (right of it), so both tails keep their relative accuracy. Both need about 10 sqrt(a) steps.
"""

import math

import numpy as np

from groundup.jit import njit

EPS, TINY = 2.0**-52, 1e-300
LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)
# B_2k / (2k (2k - 1)), the coefficients of Stirling's series
STIRLING = np.array([1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400])


def _zeta_minus_one(count: int) -> np.ndarray:
    """zeta(k) - 1 for k = 2, 3, ...: a sum up to 100 and Euler and Maclaurin's correction for the rest."""
    k, n = np.arange(2, count + 2, dtype=float), 100.0
    total = sum(float(m) ** -k for m in range(99, 1, -1))
    rest = n ** (1 - k) / (k - 1) + 0.5 * n**-k + k * n ** (-k - 1) / 12
    rest -= k * (k + 1) * (k + 2) * n ** (-k - 3) / 720
    rest += k * (k + 1) * (k + 2) * (k + 3) * (k + 4) * n ** (-k - 5) / 30240
    return total + rest


NEAR_TWO = _zeta_minus_one(30) / np.arange(2, 32)
ONE_MINUS_EULER = 0.42278433509846713939  # 1 - Euler's constant


@njit(error_model="numpy")
def stirling_error(a):
    """delta(a) for a > 0; below 10 by delta(a) = delta(a + 1) + (a + 1/2) log(1 + 1/a) - 1."""
    total = 0.0
    while a < 10:
        total += (a + 0.5) * math.log1p(1 / a) - 1
        a += 1
    s, series = 1 / (a * a), 0.0
    for k in range(7, -1, -1):
        series = series * s + STIRLING[k]
    return total + series / a


@njit(error_model="numpy")
def log_gamma_1p(z):
    """log Gamma(1 + z) for |z| <= 1/2, with relative accuracy around z = 0."""
    total = 0.0
    for k in range(29, -1, -1):
        total = NEAR_TWO[k] - z * total  # sum over k >= 2 of (-1)^k (zeta(k) - 1) z^(k - 2) / k
    return z * (ONE_MINUS_EULER + z * total) - math.log1p(z)


@njit(error_model="numpy")
def log_gamma(a):
    """log |Gamma(a)|; around its zeros at 1 and 2 by the power series, so that they keep relative accuracy."""
    if not a < math.inf:
        return a
    if a <= 0.5:
        if a == math.floor(a):
            return math.inf
        if a > -1e-300 and a < 1e-300:
            return -math.log(abs(a))
        reduced = abs(a - round(a))
        if a > 0:
            return log_gamma_1p(a) - math.log(a)
        return math.log(math.pi / math.sin(math.pi * reduced)) - log_gamma(1 - a)
    if a >= 10:
        return (a - 0.5) * (math.log(a) - 1) - 0.5 + LOG_ROOT_2PI + stirling_error(a)
    product = 1.0
    while a >= 2.5:
        a -= 1
        product *= a
    if a < 1.5:
        return math.log(product) + log_gamma_1p(a - 1)
    z, total = a - 2, 0.0
    for k in range(29, -1, -1):
        total = NEAR_TWO[k] - z * total
    return math.log(product) + z * (ONE_MINUS_EULER + z * total)


@njit(error_model="numpy")
def excess(u):
    """u - log(1 + u), by its series where the two nearly cancel."""
    if abs(u) > 0.4:
        return u - math.log1p(u)
    # with w = u / (2 + u), log(1 + u) = 2 (w + w^3/3 + w^5/5 + ...) and u - 2 w = u w
    w = u / (2 + u)
    s, total = w * w, 0.0
    for n in range(14, 0, -1):
        total = s * (1 / (2 * n + 1.0) + total)
    return w * (u - 2 * total)


@njit(error_model="numpy")
def deviance(a, x):
    """a log(a / x) + x - a for a >= 0, x > 0: zero at x = a."""
    if a == 0:
        return x
    ratio = x / a
    if ratio < 0.6:  # 1 + (x - a) / a would round the small ratio
        log = math.log(ratio) if ratio > 1e-290 else math.log(x) - math.log(a)
        return a * (ratio - 1 - log)
    return a * excess((x - a) / a)


@njit(error_model="numpy")
def log_gamma_term(a, x, delta):
    """log of x^a e^-x / Gamma(a + 1) for a, x >= 0: of the Poisson probability of a at mean x.

    `delta` is `stirling_error(a)`, handed in because many x share one a.
    """
    if x == 0:
        return 0.0 if a == 0 else -math.inf
    if a == 0 or x == math.inf:
        return -x
    return -delta - deviance(a, x) - 0.5 * math.log(2 * math.pi * a)


@njit(error_model="numpy")
def gamma_term(a, x, delta):
    """The exponential of `log_gamma_term`."""
    return math.exp(log_gamma_term(a, x, delta))


@njit(error_model="numpy")
def lower_series(a, x):
    """1 + x/(a+1) + x^2/((a+1)(a+2)) + ...: the lower tail over `gamma_term`."""
    total = term = 1.0
    for n in range(1, 10_000_000):
        term *= x / (a + n)
        total += term
        if term < total * EPS * 0.25:
            break
    return total


@njit(error_model="numpy")
def upper_fraction(a, x):
    """x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (...)) inverted, by Lentz's method (DLMF 8.9.2)."""
    b = x + 1 - a
    c, d = 1 / TINY, 1 / (b if b != 0 else TINY)
    total = d
    for n in range(1, 10_000_000):
        numerator = -n * (n - a)
        b += 2
        d = numerator * d + b
        c = b + numerator / c
        d = 1 / (d if d != 0 else TINY)
        c = c if c != 0 else TINY
        total *= d * c
        if abs(d * c - 1) < EPS:
            break
    return total


@njit(error_model="numpy")
def small_upper(a, x):
    """Upper tail for small a and x, where 1 - P cancels: 1 - x^a / Gamma(a + 1) apart from the rest."""
    power = a * math.log(x) - (log_gamma_1p(a) if a <= 0.5 else log_gamma(a + 1))
    term, total = 1.0, 0.0
    for n in range(1, 60):
        term *= -x / n
        total -= term * a / (a + n)
    return -math.expm1(power) + math.exp(power) * total


@njit(error_model="numpy")
def gamma_tails(a, x, delta):
    """P(a, x), Q(a, x) = 1 - P and x^a e^-x / Gamma(a + 1), for a > 0."""
    if not (a > 0 and x >= 0 and a < math.inf):
        return math.nan, math.nan, math.nan
    if x == 0:
        return 0.0, 1.0, 0.0
    if x == math.inf:
        return 1.0, 0.0, 0.0
    term = gamma_term(a, x, delta)
    if x < 1.1 and a < 1:
        return term * lower_series(a, x), small_upper(a, x), term
    if x < a + 1:
        p = min(term * lower_series(a, x), 1.0)
        return p, 1 - p, term
    q = min(term * a * upper_fraction(a, x), 1.0)
    return 1 - q, q, term


@njit(error_model="numpy")
def gamma_quantile(a, p, q, delta, start):
    """u = log x with P(a, x) = p, where q = 1 - p is given as well so that neither tail loses digits.

    Halley's method for g(u), the logarithm of the smaller tail, which is concave and in the far tails nearly
    straight: g' = +-x^a e^-x / Gamma(a) / tail and g'' = g' (a - x - g'). A step that leaves the bracket is
    replaced by the bracket's middle. `start` is where to begin, NaN for no idea.
    """
    if not (p >= 0 and q >= 0 and a > 0):
        return math.nan
    if p == 0 or q == 0:
        return -math.inf if p == 0 else math.inf
    left = p <= q
    target = math.log(p) if left else math.log(q)
    lead = (math.log(p) + (log_gamma_1p(a) if a <= 0.5 else log_gamma(a + 1))) / a
    if lead < -700:  # P is x^a / Gamma(a + 1) to all digits, and x itself may underflow
        return lead
    low, high = lead - 1e-9 * abs(lead) - 1e-9, math.log(a + 4 * math.sqrt(a * 745) + 3000)
    u = start
    if not (low <= u <= high):
        u = min(lead, math.log(a + (1 - target if not left else 1.0) + 2 * math.sqrt(a)))
        u = max(u, low)
    for _ in range(200):
        x = math.exp(u)
        lower, above, term = gamma_tails(a, x, delta)
        tail = lower if left else above
        if tail <= 0:  # beyond the smallest number: only the side is known
            low, high = (u, high) if left else (low, u)
            u = 0.5 * (low + high)
            continue
        off = math.log(tail) - target
        if (off < 0) == left:
            low = u
        else:
            high = u
        slope = a * term / tail * (1 if left else -1)
        newton, bend = off / slope, a - x - slope
        half = 0.5 * newton * bend
        step = newton / (1 - half) if abs(half) < 0.5 else newton
        new = u - step
        if not (low <= new <= high):
            new = 0.5 * (low + high)
        elif abs(step) * max(1.0, abs(bend), math.sqrt(a)) < 1e-5:
            return new  # the error of Halley's step is of its third power
        if new == u:
            return u
        u = new
    return u


@njit(error_model="numpy")
def log_gamma_loop(a, out):
    for i in range(a.size):
        out[i] = log_gamma(a[i])


# Below, a parameter that is the same everywhere comes as an array of one, and what depends on it alone is
# computed when it changes.


@njit(error_model="numpy")
def gamma_tails_loop(a, x, lower, out):
    da, dx, last, delta = int(a.size > 1), int(x.size > 1), math.nan, math.nan
    for i in range(out.size):
        shape = a[i * da]
        if shape != last:
            last, delta = shape, stirling_error(shape) if shape > 0 else math.nan
        p, q, _ = gamma_tails(shape, x[i * dx], delta)
        out[i] = p if lower else q


@njit(error_model="numpy")
def gamma_term_loop(a, x, logarithm, out):
    da, dx, last, delta = int(a.size > 1), int(x.size > 1), math.nan, math.nan
    for i in range(out.size):
        shape = a[i * da]
        if shape != last:
            last, delta = shape, stirling_error(shape) if shape > 0 else math.nan
        log = log_gamma_term(shape, x[i * dx], delta)
        out[i] = log if logarithm else math.exp(log)


@njit(error_model="numpy")
def gamma_quantile_loop(a, p, order, lower, out):
    """`order` is the order in which to solve: with p sorted, each solution starts the next."""
    da, dp, last, delta, u = int(a.size > 1), int(p.size > 1), math.nan, math.nan, math.nan
    for j in range(out.size):
        i = order[j]
        shape, tail = a[i * da], p[i * dp]
        if shape != last:
            last, delta, u = shape, stirling_error(shape) if shape > 0 else math.nan, math.nan
        u = gamma_quantile(shape, tail if lower else 1 - tail, 1 - tail if lower else tail, delta, u)
        out[i] = math.exp(u)
