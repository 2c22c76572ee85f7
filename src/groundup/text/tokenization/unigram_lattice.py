"""All ways to cut a word into pieces, and what they weigh: the plain form of what `_unigram_kernels` does fast.

A segmentation x = (x_1, ..., x_m) has the probability p(x_1) ... p(x_m): pieces are drawn one by one and independently
(Kudo 2018, eq. 1). Between the characters of a word of n lie n + 1 places; every piece that fits is an edge from one
to another, and a segmentation is a path from 0 to n. Sums and maxima over all 2^(n-1) paths take one pass over the
edges, from left to right:

    best(j)    = max  over edges (i, j):  best(i)    + log p         Viterbi
    forward(j) = log sum exp over edges:  forward(i) + log p         all segmentations together
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["Edge", "best_path", "edges_of", "expected_counts", "n_best", "sample_path"]


@dataclass(frozen=True)
class Edge:
    """A piece ``text[start:end]``."""

    start: int
    end: int
    piece: str
    score: float


def edges_of(text: str, scores: Mapping[str, float], unknown_score: float | None = None) -> list[list[Edge]]:
    """Edges that begin at each place, shorter ones first.

    Parameters
    ----------
    text : str
    scores : mapping of str to float
        Pieces and log-probabilities.
    unknown_score : float, optional
        Of an edge over a character that is no piece; without it there is none.
    """
    longest = max(map(len, scores), default=0)
    found: list[list[Edge]] = []
    for start in range(len(text)):
        here = []
        for end in range(start + 1, min(len(text), start + longest) + 1):
            piece = text[start:end]
            if piece in scores:
                here.append(Edge(start, end, piece, scores[piece]))
        if unknown_score is not None and (not here or here[0].end > start + 1):
            here.append(Edge(start, start + 1, text[start], unknown_score))
        found.append(here)
    return found


def best_path(text: str, scores: Mapping[str, float], unknown_score: float | None = None) -> tuple[list[str], float]:
    """Viterbi: the most probable segmentation and its log-probability.

    Raises
    ------
    ValueError
        If the text cannot be cut into pieces.

    Examples
    --------
    >>> best_path("abc", {"a": -1.0, "b": -2.0, "c": -2.0, "ab": -2.5, "bc": -4.5})
    (['ab', 'c'], -4.5)
    """
    total = [0.0] + [-math.inf] * len(text)
    last: list[Edge | None] = [None] * (len(text) + 1)
    for edges in edges_of(text, scores, unknown_score):
        for edge in edges:
            if total[edge.start] + edge.score > total[edge.end]:
                total[edge.end], last[edge.end] = total[edge.start] + edge.score, edge
    pieces: list[str] = []
    at = len(text)
    while at:
        edge = last[at]
        if edge is None:
            raise ValueError(f"text {text!r} cannot be cut into the pieces there are")
        pieces.append(edge.piece)
        at = edge.start
    return pieces[::-1], total[-1]


def expected_counts(text: str, scores: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """How often each piece is expected in a segmentation drawn by probability, and log p(text) over all of them.

    The probability that a drawn segmentation has the edge (i, j) is forward(i) p backward(j) / p(text).
    """
    lattice = edges_of(text, scores)
    forward, backward = [0.0] + [-math.inf] * len(text), [-math.inf] * len(text) + [0.0]
    for edges in lattice:
        for edge in edges:
            forward[edge.end] = float(np.logaddexp(forward[edge.end], forward[edge.start] + edge.score))
    for edges in reversed(lattice):
        for edge in edges:
            backward[edge.start] = float(np.logaddexp(backward[edge.start], backward[edge.end] + edge.score))
    if forward[-1] == -math.inf:
        raise ValueError(f"text {text!r} cannot be cut into the pieces there are")
    counts: dict[str, float] = {}
    for edges in lattice:
        for edge in edges:
            share = math.exp(forward[edge.start] + edge.score + backward[edge.end] - forward[-1])
            counts[edge.piece] = counts.get(edge.piece, 0.0) + share
    return counts, forward[-1]


def n_best(
    text: str, scores: Mapping[str, float], n: int, unknown_score: float | None = None
) -> list[tuple[list[Edge], float]]:
    """The n most probable segmentations, the best first; each place keeps its n best beginnings."""
    kept: list[list[tuple[float, tuple[Edge, ...]]]] = [[] for _ in range(len(text) + 1)]
    kept[0].append((0.0, ()))
    for start, edges in enumerate(edges_of(text, scores, unknown_score)):
        kept[start] = sorted(kept[start], key=lambda path: -path[0])[:n]
        for edge in edges:
            kept[edge.end] += [(total + edge.score, (*path, edge)) for total, path in kept[start]]
    return [(list(path), total) for total, path in sorted(kept[-1], key=lambda path: -path[0])[:n]]


def sample_path(
    text: str,
    scores: Mapping[str, float],
    rng: np.random.Generator,
    alpha: float = 1.0,
    unknown_score: float | None = None,
) -> list[Edge]:
    """A segmentation x drawn with probability proportional to p(x)^alpha: forward sums, then backwards edge by edge."""
    lattice = edges_of(text, scores, unknown_score)
    forward = [0.0] + [-math.inf] * len(text)
    into: list[list[Edge]] = [[] for _ in range(len(text) + 1)]
    for edges in lattice:
        for edge in edges:
            forward[edge.end] = float(np.logaddexp(forward[edge.end], forward[edge.start] + alpha * edge.score))
            into[edge.end].append(edge)
    path: list[Edge] = []
    at = len(text)
    while at:
        weights = np.array([forward[edge.start] + alpha * edge.score for edge in into[at]])
        if not len(weights) or weights.max() == -math.inf:
            raise ValueError(f"text {text!r} cannot be cut into the pieces there are")
        share = np.exp(weights - weights.max())
        path.append(into[at][int(rng.choice(len(share), p=share / share.sum()))])
        at = path[-1].start
    return path[::-1]
