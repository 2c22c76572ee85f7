"""Average precision over distinct scores."""

import numpy as np

FUNCTION = "average_precision"
FORBIDDEN = ["sklearn", "groundup.data.metrics"]
RTOL, ATOL = 1e-9, 1e-12  # sums of at most some hundred terms


def reference(hits, scores, *, ties="together", upwards=False, area="steps", before=False, of="hits", run="last"):
    hits = np.asarray(hits, dtype=float)
    key = scores if upwards else -scores
    order = np.argsort(key, kind="stable")
    if ties == "lucky":
        order = np.lexsort((-hits, key))
    elif ties == "unlucky":
        order = np.lexsort((hits, key))
    hits, scores = hits[order], scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    if ties != "together":
        last = np.arange(len(scores))
    if run == "first":
        last = np.append(0, last[:-1] + 1)
    elif run == "not the lowest":
        last = last[:-1]
    found, called = np.cumsum(hits)[last], last + 1
    recall, precision = found / (hits.sum() if of == "hits" else len(hits)), found / called
    if area == "mean":
        return float(precision.mean())
    if area == "trapezoid":
        middle = (precision + np.append(1.0, precision[:-1])) / 2
        return float(np.sum(np.diff(recall, prepend=0) * middle))
    if area == "envelope":
        precision = np.maximum.accumulate(precision[::-1])[::-1]
    if before:
        precision = np.append(1.0, precision[:-1])
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def cases():
    rng = np.random.default_rng(11)
    yield "four rows", {"hits": np.array([1, 0, 1, 0]), "scores": np.append(np.sort(rng.random(3))[::-1], 0.0)}
    hits = np.append(rng.integers(2, size=28), [0, 1])
    yield "thirty different scores", {"hits": hits, "scores": rng.normal(size=30) + hits}
    hits = np.append(rng.integers(2, size=58), [0, 1])
    yield "five values for sixty rows", {"hits": hits, "scores": np.append(rng.integers(5, size=58), [2, 2]) / 4.0}
    hits = (rng.random(200) < 0.1).astype(int)
    hits[:2] = [1, 0]
    yield "rare hits, scores of one decimal", {"hits": hits, "scores": (rng.normal(size=200) + hits).round(1)}
    hits = rng.permutation(np.repeat([0, 1], [17, int(rng.integers(4, 9))]))
    yield "all scores equal", {"hits": hits, "scores": np.full(len(hits), 0.5)}
    hits = rng.permutation(np.repeat([0, 1], [12, 5]))
    yield "perfect scores", {"hits": hits, "scores": hits * rng.uniform(0.5, 1.0)}


MISTAKES = {
    "rows with equal scores are called together: the hits among them came first": {"ties": "lucky"},
    "rows with equal scores are called together: the hits among them came last": {"ties": "unlucky"},
    "rows with equal scores are called together: they were taken one by one, as they came": {"ties": "as they came"},
    "begin with the highest score": {"upwards": True},
    "precision at the threshold itself: joining the points by straight lines flatters": {"area": "trapezoid"},
    "the lowest score is a threshold as well: everything that scores at least as much is called": {"run": "not the lowest"},
    "count up to the last row of each run of equal scores, not up to the first": {"run": "first"},
    "precision at the threshold itself, not the best at any higher recall": {"area": "envelope"},
    "weigh each precision by how much recall grew": {"area": "mean"},
    "take the precision at the threshold where recall grew, not at the one before": {"before": True},
    "recall is hits found / all hits, not / all rows": {"of": "rows"},
}
