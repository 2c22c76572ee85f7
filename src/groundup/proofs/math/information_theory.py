"""groundup.math.information_theory beside scipy.stats, scipy.spatial, scikit-learn and torch.distributions."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.math import information_theory as ours
from groundup.math import probability as pr
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.math.information_theory", reference="scipy.stats", needs=("sklearn", "torch"))

RNG = np.random.default_rng(0)


def simplices() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name and two distributions over the same outcomes."""
    yield "a fair and a loaded coin", np.array([0.5, 0.5]), np.array([0.9, 0.1])
    yield "with a zero in p", np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.3, 0.5])
    yield "with a zero in q", np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.5, 0.0])
    yield "small probabilities", np.array([1 - 1e-12, 1e-12]), np.array([0.9, 0.1])
    for size in (3, 50, 5000):
        yield f"{size} outcomes", *RNG.dirichlet(np.full(size, 0.3), 2)
    yield "rows", RNG.dirichlet(np.ones(6), 4), RNG.dirichlet(np.ones(6), 4)


@proof.check("entropy, cross-entropy and KL", tolerance=1e-13, reason="roundings of up to 5000 terms")
def _discrete() -> Iterator[Case]:
    from scipy import special, stats

    for name, p, q in simplices():
        for base in (None, 2, 10):
            unit = 1.0 if base is None else np.log(base)
            yield Case(
                f"{name}, base {base}",
                lambda p=p, q=q, base=base: [
                    ours.entropy(p, base),
                    ours.kl_divergence(p, q, base),
                    ours.cross_entropy(p, q, base),
                ],
                lambda p=p, q=q, base=base, unit=unit: [
                    stats.entropy(p, base=base, axis=-1),
                    stats.entropy(p, q, base=base, axis=-1),
                    (special.rel_entr(p, q) + special.entr(p)).sum(-1) / unit,
                ],
            )


@proof.check(
    "Jensen-Shannon distance",
    tolerance=1e-13,
    reason="a root of a sum of roundings",
    reference="scipy.spatial.distance.jensenshannon",
)
def _symmetric() -> Iterator[Case]:
    from scipy.spatial.distance import jensenshannon

    for name, p, q in simplices():
        yield Case(
            name,
            lambda p=p, q=q: ours.js_distance(p, q, 2),
            lambda p=p, q=q: jensenshannon(p, q, 2, axis=-1),  # pyright: ignore[reportCallIssue]
        )


@proof.check(
    "mutual information of labels",
    tolerance=1e-12,
    reason="ours adds terms that are never negative; the reference's cancel to some 1e-16 of the entropies",
    reference="sklearn.metrics.mutual_info_score",
)
def _labels() -> Iterator[Case]:
    from sklearn.metrics import mutual_info_score

    for n, k, share in ((20, 3, 0.5), (1000, 5, 0.7), (20_000, 40, 0.3), (500, 500, 0.0)):
        x = RNG.integers(k, size=n)
        y = np.where(RNG.random(n) < share, x, RNG.integers(k, size=n))
        for kind, convert in (("numbers", lambda v: v), ("text", lambda v: np.char.mod("name %d", v))):
            a, b = convert(x), convert(y)
            yield Case(
                f"{n} pairs of {k} values, {kind}",
                lambda a=a, b=b: ours.mutual_information_of_samples(a, b),
                lambda a=a, b=b: mutual_info_score(a, b),
            )


def families() -> Iterator[tuple[str, Any, Any]]:
    from scipy import stats as s

    yield "normal", pr.Normal(2, 3), s.norm(2, 3)
    yield "uniform", pr.Uniform(-1, 0.25), s.uniform(-1, 0.25)
    yield "exponential", pr.Exponential(0, 2), s.expon(0, 2)
    yield "Laplace", pr.Laplace(1, 2), s.laplace(1, 2)
    yield "logistic", pr.Logistic(1, 0.5), s.logistic(1, 0.5)
    yield "Cauchy", pr.Cauchy(1, 2), s.cauchy(1, 2)
    yield "log-normal", pr.LogNormal(0.5, scale=2), s.lognorm(0.5, scale=2)
    yield "Weibull", pr.Weibull(3.0, scale=2), s.weibull_min(3.0, scale=2)
    for a in (0.01, 0.5, 3, 100):
        yield f"gamma {a}", pr.Gamma(a, scale=2), s.gamma(a, scale=2)
        yield f"beta {a}, 2", pr.Beta(a, 2), s.beta(a, 2)
        yield f"t {a + 1}", pr.StudentT(a + 1), s.t(a + 1)
        yield f"F {a + 1}, 7", pr.F(a + 1, 7), s.f(a + 1, 7)
    yield "chi-squared", pr.ChiSquared(4), s.chi2(4)
    a = RNG.normal(size=(5, 5))
    mean, cov = RNG.normal(size=5), a @ a.T + np.eye(5)
    yield "multivariate normal", pr.MultivariateNormal(mean, cov), s.multivariate_normal(mean, cov)  # pyright: ignore[reportArgumentType]


@proof.check("differential entropy in closed form", tolerance=1e-12, reason="terms of up to 500 cancel to about 1")
def _closed() -> Iterator[Case]:
    for name, mine, theirs in families():
        yield Case(name, lambda m=mine: ours.differential_entropy(m), lambda t=theirs: t.entropy())


def pairs() -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """Name, our p and q, torch's p and q."""
    import torch
    from torch import distributions as t

    def of(*values: Any) -> list[Any]:
        return [torch.tensor(v, dtype=torch.float64) for v in values]

    yield "normal", pr.Normal(1, 2), pr.Normal(0, 3), t.Normal(*of(1, 2)), t.Normal(*of(0, 3))
    yield "Laplace", pr.Laplace(1, 2), pr.Laplace(0, 3), t.Laplace(*of(1, 2)), t.Laplace(*of(0, 3))
    yield "exponential", pr.Exponential(0, 2), pr.Exponential(0, 5), t.Exponential(*of(0.5)), t.Exponential(*of(0.2))
    yield "uniform", pr.Uniform(0, 1), pr.Uniform(-1, 4), t.Uniform(*of(0, 1)), t.Uniform(*of(-1, 3))
    yield "uniform, not covered", pr.Uniform(0, 1), pr.Uniform(0.5, 4), t.Uniform(*of(0, 1)), t.Uniform(*of(0.5, 4.5))
    yield "gamma", pr.Gamma(2.5, scale=2), pr.Gamma(0.7, scale=0.5), t.Gamma(*of(2.5, 0.5)), t.Gamma(*of(0.7, 2))
    yield "beta", pr.Beta(2, 5), pr.Beta(0.5, 3), t.Beta(*of(2, 5)), t.Beta(*of(0.5, 3))
    yield "Bernoulli", pr.Bernoulli(0.2), pr.Bernoulli(0.7), t.Bernoulli(*of(0.2)), t.Bernoulli(*of(0.7))
    yield "Poisson", pr.Poisson(3), pr.Poisson(5), t.Poisson(*of(3)), t.Poisson(*of(5))
    p, q = RNG.dirichlet(np.ones(5), 2)
    yield "categorical", pr.Categorical(p), pr.Categorical(q), t.Categorical(*of(p)), t.Categorical(*of(q))
    for d in (1, 2, 20):
        draws = RNG.normal(size=(2, d, d))
        (m1, m2), covs = RNG.normal(size=(2, d)), draws @ draws.transpose(0, 2, 1) + np.eye(d)
        yield (
            f"multivariate normal, {d}",
            pr.MultivariateNormal(m1, covs[0]),
            pr.MultivariateNormal(m2, covs[1]),
            t.MultivariateNormal(*of(m1, covs[0])),
            t.MultivariateNormal(*of(m2, covs[1])),
        )


@proof.check(
    "KL between members of a family",
    tolerance=1e-12,
    reason="a solution of triangular systems, tens of roundings",
    reference="torch.distributions.kl_divergence",
)
def _divergences() -> Iterator[Case]:
    from torch.distributions import kl_divergence

    for name, p, q, their_p, their_q in pairs():
        yield Case(
            name, lambda p=p, q=q: ours.kl_between(p, q), lambda p=their_p, q=their_q: kl_divergence(p, q).numpy()
        )


@proof.check(
    "entropy from spacings", tolerance=1e-13, reason="the same sums", reference="scipy.stats.differential_entropy"
)
def _spacings() -> Iterator[Case]:
    from scipy.stats import differential_entropy

    for n, window in ((5, 2), (50, None), (1000, 30), (5000, None)):
        x = RNG.normal(size=n) * 3
        yield Case(
            f"{n} samples, window {window}",
            lambda x=x, w=window: ours.entropy_spacings(x, w),
            lambda x=x, w=window: differential_entropy(x, window_length=w, method="vasicek"),
        )


@proof.check(
    "entropy from nearest neighbours",
    tolerance=1e-13,
    reason="distances agree to the last digits",
    reference="scipy.spatial.KDTree and the formula",
)
def _neighbors() -> Iterator[Case]:
    from scipy.spatial import KDTree
    from scipy.special import digamma, gammaln

    def reference(x: np.ndarray, k: int, norm: str) -> float:
        n, d = x.shape
        r = KDTree(x).query(x, k + 1, p=np.inf if norm == "max" else 2)[0][:, -1]
        ball = d * np.log(2) if norm == "max" else d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)
        return float(digamma(n) - digamma(k) + ball + d * np.log(r).mean())

    for n, d, k, norm in ((10, 1, 1, "euclidean"), (1000, 1, 3, "max"), (800, 2, 3, "euclidean"), (500, 4, 5, "max")):
        x = RNG.normal(size=(n, d))
        yield Case(
            f"{n} points of {d}, {k} neighbours, {norm}",
            lambda x=x, k=k, norm=norm: ours.entropy_neighbors(x, k, norm=norm),
            lambda x=x, k=k, norm=norm: reference(x, k, norm),
        )


@proof.check(
    "mutual information from nearest neighbours",
    tolerance=1e-12,
    reason="the same counts of neighbours; the reference adds noise of 1e-10, too little to change one here",
    reference="sklearn.feature_selection.mutual_info_regression",
)
def _ksg() -> Iterator[Case]:
    from sklearn.feature_selection import mutual_info_regression

    def reference(x: np.ndarray, y: np.ndarray, k: int) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mutual_info_regression(x[:, None], y, n_neighbors=k, random_state=0)[0]

    for n, k, rho in ((60, 3, 0.9), (1000, 3, 0.6), (1000, 10, 0.6), (3000, 5, 0.99)):
        x = RNG.normal(size=n)
        y = rho * x + np.sqrt(1 - rho**2) * RNG.normal(size=n)
        yield Case(
            f"{n} pairs, {k} neighbours, correlation {rho}",
            lambda x=x, y=y, k=k: ours.mutual_information_neighbors(x / x.std(), y / y.std(), k),
            lambda x=x, y=y, k=k: reference(x, y, k),
        )
