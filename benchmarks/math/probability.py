"""Distributions beside scipy.stats on a million points (a hundred thousand where the work is iterative).

The peer is what a textbook's formula gives in plain Python: Simpson's rule over the density for the normal cdf,
and the sum of the probabilities for the binomial, on few points, scaled.
"""

import math

import numpy as np

from groundup.bench import Benchmark
from groundup.math import probability as ours

RNG = np.random.default_rng(0)
MANY, SOME = 1_000_000, 100_000
Z, U = RNG.normal(size=MANY), RNG.random(MANY)


def peer_normal_cdf(points=1000, steps=200):
    """Simpson's rule from 0 to z."""
    out = []
    for z in Z[:points].tolist():
        h = z / steps
        inner = sum((4 if i % 2 else 2) * math.exp(-0.5 * (i * h) ** 2) for i in range(1, steps))
        out.append(0.5 + h / 3 * (1 + inner + math.exp(-0.5 * z * z)) / math.sqrt(2 * math.pi))
    return np.array(out)


def peer_binomial_cdf(points=1000):
    def pmf(j):
        return math.comb(40, j) * 0.3**j * 0.7 ** (40 - j)

    return np.array([sum(map(pmf, range(int(k) + 1))) for k in (U[:points] * 40).tolist()])


def pair(make, method, points, peer=None):
    def setup():
        from scipy import stats

        mine, theirs = make(ours, stats)
        out = {"ours": lambda: getattr(mine, method)(points), "scipy.stats": lambda: getattr(theirs, method)(points)}
        return out | ({"plain Python": peer} if peer else {})

    return setup


def bench(name, make, method, points, words, peer=None):
    return Benchmark(
        name=f"math.probability/{name}-{method}",
        work=f"{words}: {method} of {points.size} points, float64" + (" (peer: 1000 points, scaled)" if peer else ""),
        setup=pair(make, method, points, peer),
        reference="scipy.stats",
        reach=1.0,
        score=lambda values: float(np.mean(values)),
        score_name="mean of the answers (equal: they agree; the peer's is of its own points)",
        per={"plain Python": points.size / 1000} if peer else None,
    )


def normal(o, s):
    return o.Normal(), s.norm()


def gamma(o, s):
    return o.Gamma(3.0), s.gamma(3.0)


def beta(o, s):
    return o.Beta(2, 5), s.beta(2, 5)


def student(o, s):
    return o.StudentT(5), s.t(5)


def binomial(o, s):
    return o.Binomial(40, 0.3), s.binom(40, 0.3)


BENCHMARKS = [
    bench("normal", normal, "pdf", Z, "standard normal"),
    bench("normal", normal, "cdf", Z, "standard normal", peer_normal_cdf),
    bench("normal", normal, "sf", 4 * np.abs(Z), "standard normal, far tail"),
    bench("normal", normal, "ppf", U, "standard normal"),
    bench("gamma", gamma, "pdf", 3 * np.abs(Z[:SOME]), "gamma, shape 3"),
    bench("gamma", gamma, "cdf", 3 * np.abs(Z[:SOME]), "gamma, shape 3"),
    bench("gamma", gamma, "ppf", U[:SOME], "gamma, shape 3"),
    bench("beta", beta, "pdf", U[:SOME], "beta 2, 5"),
    bench("beta", beta, "cdf", U[:SOME], "beta 2, 5"),
    bench("beta", beta, "ppf", U[:SOME], "beta 2, 5"),
    bench("student", student, "cdf", Z[:SOME], "Student's t, 5 degrees of freedom"),
    bench("student", student, "ppf", U[:SOME], "Student's t, 5 degrees of freedom"),
    bench("binomial", binomial, "pmf", np.floor(U[:SOME] * 40), "binomial 40, 0.3"),
    bench("binomial", binomial, "cdf", np.floor(U[:SOME] * 40), "binomial 40, 0.3", peer_binomial_cdf),
    bench("binomial", binomial, "ppf", U[:SOME], "binomial 40, 0.3"),
]
