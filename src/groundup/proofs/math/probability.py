"""groundup.math.probability beside scipy.stats, entry by entry, far into the tails.

Errors are relative to each entry and not to the largest, so that sf(x) = 1e-250 counts as much as sf(x) = 0.5. For
logarithms the error is absolute (it is the relative error of the probability) beyond the rounding of the number.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.math import probability as ours
from groundup.proofs.core import Case, Proof

proof = Proof("groundup.math.probability", reference="scipy.stats")

X = np.array([-40.0, -37, -10, -3, -1, -0.5, -1e-5, 1e-100, 1e-10, 0.01, 0.3, 0.5, 0.7, 0.99, 1, 1.5, 2, 5, 10, 30, 37])
EDGES = np.array([-np.inf, -1.0, 0.0, np.nan, np.inf])
Q = np.array([1e-300, 1e-200, 1e-100, 1e-30, 1e-10, 0.001, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.999, 1 - 1e-10])
K = np.array([-1.0, 0, 0.5, 1, 2, 3, 5, 10, 20, 29, 30, 31, 50, 100, 200, np.nan])


def entrywise(mine: Any, theirs: Any) -> float:
    """The largest relative error of an entry; infinite where NaN, zeros or infinities do not agree."""
    a, b = np.asarray(mine, dtype=float), np.asarray(theirs, dtype=float)
    if a.shape != b.shape:
        return np.inf
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        error = np.where(same, 0.0, np.abs(a - b) / np.abs(b))
    return float(np.where(np.isnan(error), np.inf, error).max(initial=0.0))


def of_logarithms(mine: Any, theirs: Any) -> float:
    """As `entrywise`, with logarithms smaller than 1 compared absolutely."""
    a, b = np.asarray(mine, dtype=float), np.asarray(theirs, dtype=float)
    small = np.isfinite(a) & (np.abs(b) < 1)
    absolute = float(np.abs(a[small] - b[small]).max(initial=0.0))
    return max(absolute, entrywise(np.where(small, b, a), b))


def continuous() -> Iterator[tuple[str, Any, Any]]:
    """Name, our distribution, the reference's."""
    from scipy import stats as s

    yield "normal", ours.Normal(), s.norm()
    yield "normal, moved and scaled", ours.Normal(2, 3), s.norm(2, 3)
    yield "uniform", ours.Uniform(-1, 3), s.uniform(-1, 3)
    yield "exponential", ours.Exponential(-1, 2), s.expon(-1, 2)
    yield "Laplace", ours.Laplace(1, 2), s.laplace(1, 2)
    yield "logistic", ours.Logistic(1, 0.5), s.logistic(1, 0.5)
    yield "Cauchy", ours.Cauchy(1, 2), s.cauchy(1, 2)
    for shape in (0.5, 3.0):
        yield f"log-normal {shape}", ours.LogNormal(shape, scale=2), s.lognorm(shape, scale=2)
        yield f"Weibull {shape}", ours.Weibull(shape), s.weibull_min(shape)
    for a in (0.01, 0.5, 1, 3, 100):
        yield f"gamma {a}", ours.Gamma(a, scale=2), s.gamma(a, scale=2)
    for df in (1, 2, 30):
        yield f"chi-squared {df}", ours.ChiSquared(df), s.chi2(df)
    for a, b in ((0.5, 0.5), (1, 1), (2, 5), (0.01, 3), (100, 200)):
        yield f"beta {a}, {b}", ours.Beta(a, b), s.beta(a, b)
    for df in (0.5, 1, 3.5, 30, 1e6):
        yield f"Student's t {df:g}", ours.StudentT(df), s.t(df)
    for n, d in ((1, 1), (2, 5), (5, 2), (50, 100)):
        yield f"F {n}, {d}", ours.F(n, d), s.f(n, d)


def discrete() -> Iterator[tuple[str, Any, Any]]:
    """Name, our distribution, the reference's."""
    from scipy import stats as s

    for p in (0.3, 0, 1):
        yield f"Bernoulli {p}", ours.Bernoulli(p), s.bernoulli(p)
    for n, p in ((30, 0.2), (30, 0), (30, 1), (0, 0.5), (1000, 1e-3), (1_000_000, 0.5)):
        yield f"binomial {n}, {p}", ours.Binomial(n, p), s.binom(n, p)
    for p in (0.3, 1):
        yield f"geometric {p}", ours.Geometric(p), s.geom(p)
    for n, p in ((3, 0.2), (0.5, 0.01), (100, 0.4)):
        yield f"negative binomial {n}, {p}", ours.NegativeBinomial(n, p), s.nbinom(n, p)
    for mu in (0, 0.1, 3, 100):
        yield f"Poisson {mu}", ours.Poisson(mu), s.poisson(mu)


def _quiet(call: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reference warns at edges of its own
            return call()

    return run


def _compare(pairs: Iterator, methods: tuple[str, ...], points: np.ndarray, error: Callable) -> Iterator[Case]:
    for name, mine, theirs in pairs:
        for method in methods:
            getattr(mine, method)(points[:1])  # kernels are compiled once, outside of the time
            yield Case(
                f"{name}: {method}",
                ours=lambda m=mine, f=method: getattr(m, f)(points),
                reference=_quiet(lambda t=theirs, f=method: getattr(t, f)(points)),
                error=error,
            )


TAILS = "the reference itself is off by up to 5e-13 in far tails, seen against 40 digits of mpmath"


@proof.check("densities and tails", tolerance=2e-12, reason=TAILS)
def _tails() -> Iterator[Case]:
    away = (pair for pair in continuous() if pair[0] != "Student's t 1")  # the reference's cdf(1e-10) is 0.5
    yield from _compare(away, ("pdf", "cdf", "sf"), X, entrywise)


@proof.check("logarithms of densities and tails", tolerance=2e-12, reason=TAILS)
def _logarithms() -> Iterator[Case]:
    # the reference gives log cdf = -inf for the one, and loses 1e-10 beside the centre of the other
    bounded = (pair for pair in continuous() if pair[0] not in ("Student's t 1e+06", "Student's t 1"))
    yield from _compare(bounded, ("logpdf", "logcdf", "logsf"), X, of_logarithms)


@proof.check("ends of the line", tolerance=0.0, reason="0, 1, NaN and nothing between")
def _ends() -> Iterator[Case]:
    yield from _compare(continuous(), ("cdf", "sf"), EDGES[[0, 3, 4]], entrywise)


@proof.check(
    "quantiles from 1e-300 on",
    tolerance=5e-12,
    reason="tails as above, divided by the slope of log cdf in log x, which a small shape makes small",
)
def _quantiles() -> Iterator[Case]:
    # beyond 1e-30 the reference's beta, t and F quantiles are wrong, infinite or NaN: tests go there and back
    weak = ("beta", "Student", "F")
    yield from _compare((c for c in continuous() if not c[0].startswith(weak)), ("ppf", "isf"), Q, entrywise)
    for pair in continuous():
        if pair[0].startswith(weak):
            lowest = 0.1 if pair[0] == "beta 0.01, 3" else 1e-30  # p^100 underflows
            yield from _compare(iter([pair]), ("ppf",), Q[lowest <= Q], entrywise)


@proof.check("discrete probabilities and tails", tolerance=2e-12, reason=TAILS)
def _discrete() -> Iterator[Case]:
    yield from _compare(discrete(), ("pmf", "cdf", "sf"), K, entrywise)
    yield from _compare(discrete(), ("logpmf",), K, of_logarithms)


@proof.check("discrete quantiles", tolerance=0.0, reason="whole numbers agree exactly")
def _discrete_quantiles() -> Iterator[Case]:
    uncertain = (c for c in discrete() if c[0] != "geometric 1")  # there the reference says 0 for tiny q
    yield from _compare(uncertain, ("ppf",), np.concatenate([Q, [0, 1, -0.1, 1.1, np.nan]]), entrywise)


@proof.check("mean and variance", tolerance=1e-13, reason="a few roundings")
def _moments() -> Iterator[Case]:
    for name, mine, theirs in [*continuous(), *discrete()]:
        for method in ("mean", "var"):
            if np.isnan(getattr(mine, method)()):
                continue  # where a moment does not exist the reference says inf for some families; tests cover ours
            yield Case(
                f"{name}: {method}",
                ours=lambda m=mine, f=method: getattr(m, f)(),
                reference=_quiet(lambda t=theirs, f=method: getattr(t, f)()),
                error=entrywise,
            )


@proof.check("vectors", tolerance=1e-13, reason="tens of roundings")
def _vectors() -> Iterator[Case]:
    from scipy import stats as s

    rng = np.random.default_rng(5)
    a = rng.normal(size=(4, 4))
    mean, cov, points = rng.normal(size=4), a @ a.T + np.eye(4), rng.normal(size=(6, 4)) * 3
    yield Case(
        "multivariate normal: logpdf",
        ours=lambda: ours.MultivariateNormal(mean, cov).logpdf(points),
        # SciPy has no annotations, and its default, cov=1, is not the type meant
        reference=lambda: s.multivariate_normal(mean, cov).logpdf(points),  # pyright: ignore[reportArgumentType]
    )
    counts = np.array([[1, 2, 2], [5, 0, 0], [1, 1, 1], [0, 3, 2]])
    yield Case(
        "multinomial: pmf",
        ours=lambda: ours.Multinomial(5, [0.2, 0.3, 0.5]).pmf(counts),
        reference=lambda: s.multinomial(5, [0.2, 0.3, 0.5]).pmf(counts),
    )


@proof.check("softmax and log-sum-exp", tolerance=1e-14, reason="a few roundings", reference="scipy.special")
def _softmax() -> Iterator[Case]:
    from scipy import special

    x = np.random.default_rng(6).normal(size=(5, 8)) * 50
    x[1, 2], x[2] = -np.inf, 1e4
    for name in ("logsumexp", "softmax", "log_softmax"):
        yield Case(
            name,
            ours=lambda f=name: getattr(ours, f)(x, axis=1),
            reference=lambda f=name: getattr(special, f)(x, axis=1),
        )
