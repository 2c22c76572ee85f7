"""Mutual information of a million pairs of labels, entropies, neighbours and Huffman's code.

Peers are the textbook's loops over dictionaries in plain Python, on fewer pairs, scaled.
"""

import math
from collections import Counter

import numpy as np

from groundup.bench import Benchmark
from groundup.math import information_theory as ours

RNG = np.random.default_rng(0)
PAIRS, SOME = 1_000_000, 50_000
X = RNG.integers(20, size=PAIRS)
Y = np.where(RNG.random(PAIRS) < 0.3, X, RNG.integers(20, size=PAIRS))
P, Q = RNG.dirichlet(np.ones(1000), (2, 1000))
U = RNG.normal(size=20_000)
V = 0.6 * U + 0.8 * RNG.normal(size=20_000)
U, V = U / U.std(), V / V.std()


def peer_labels():
    n, pairs = SOME, Counter(zip(X[:SOME].tolist(), Y[:SOME].tolist(), strict=True))
    x, y = Counter(X[:SOME].tolist()), Counter(Y[:SOME].tolist())
    return sum(c / n * math.log(n * c / (x[a] * y[b])) for (a, b), c in pairs.items())


def labels():
    from sklearn.metrics import mutual_info_score

    return {
        "ours": lambda: ours.mutual_information_of_samples(X, Y),
        "sklearn": lambda: mutual_info_score(X, Y),
        "plain Python": peer_labels,
    }


def divergence():
    from scipy import stats

    return {"ours": lambda: ours.kl_divergence(P, Q), "scipy.stats": lambda: stats.entropy(P, Q, axis=-1)}


def neighbours():
    from sklearn.feature_selection import mutual_info_regression

    return {
        "ours": lambda: ours.mutual_information_neighbors(U, V, 3),
        "sklearn": lambda: float(mutual_info_regression(U[:, None], V, n_neighbors=3, random_state=0)[0]),
    }


def crowding():
    from scipy.spatial import KDTree
    from scipy.special import digamma

    points = np.stack([U, V], axis=1)

    def reference():
        r = KDTree(points).query(points, 4)[0][:, -1]
        return float(digamma(len(r)) - digamma(3) + np.log(np.pi) + 2 * np.log(r).mean())

    return {"ours": lambda: ours.entropy_neighbors(points, 3), "scipy.spatial": reference}


BENCHMARKS = [
    Benchmark(
        name="math.information_theory/mutual-information-1m",
        work="mutual information of 1,000,000 pairs of 20 labels, int64 (peer: 50,000, scaled)",
        setup=labels,
        reference="sklearn",
        reach=1.0,
        score=float,
        score_name="nats",
        per={"plain Python": PAIRS / SOME},
    ),
    Benchmark(
        name="math.information_theory/kl-1000x1000",
        work="KL of 1,000 pairs of distributions over 1,000 outcomes, float64",
        setup=divergence,
        reference="scipy.stats",
        reach=2.0,
        score=lambda out: float(np.mean(out)),
        score_name="mean KL",
    ),
    Benchmark(
        name="math.information_theory/ksg-20k",
        work="mutual information of 20,000 continuous pairs, 3 neighbours, float64",
        setup=neighbours,
        reference="sklearn",
        reach=1.0,
        score=float,
        score_name="nats (true 0.2231)",
        rounds=5,
    ),
    Benchmark(
        name="math.information_theory/knn-entropy-20k",
        work="k-nearest-neighbour entropy of 20,000 points of the plane, k = 3, float64",
        setup=crowding,
        reference="scipy.spatial",
        reach=1.0,
        score=float,
        score_name="nats (true 2.6147)",
        rounds=5,
    ),
]
