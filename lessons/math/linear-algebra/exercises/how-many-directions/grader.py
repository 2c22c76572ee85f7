"""A judgement: the rank that removes most noise and least ink. Judged against the clean images."""

import gzip
import importlib.util
from pathlib import Path

import numpy as np

FUNCTION = "choose_rank"
FORBIDDEN = ["sklearn", "groundup.math.linear_algebra", "scipy"]
MARGIN = 1.1  # the errors are flat around their minimum: the lesson's rule stays within 6 %, the best ones within 3 %


def _digits():
    """scikit-learn's digits, read from its file: importing scikit-learn would cost a second."""
    spec = importlib.util.find_spec("sklearn")
    with gzip.open(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        return np.loadtxt(file, delimiter=",")[:, :64] / 16


def cases():
    rng = np.random.default_rng(5)
    digits = _digits()
    for name, count, noise in [
        ("400 digits, a good scanner", 400, 0.01),
        ("72 digits, a poor scanner", 72, 0.25),  # the sizes at which most mistakes give different k
        ("600 digits, a fair scanner", 600, 0.1),
        ("100 digits, a poor scanner", 100, 0.25),
        ("64 digits, a wretched scanner", 64, 0.4),
    ]:
        clean = digits[rng.choice(len(digits), count, replace=False)]
        scanned = clean + noise * rng.normal(size=clean.shape)
        yield name, {"scanned": scanned, "noise": noise}, {"clean": clean}


def _errors(scanned, clean):
    """Root mean square error of the cut after 1, 2, ... directions."""
    u, s, vt = np.linalg.svd(scanned, full_matrices=False)
    amounts = u * s
    wanted = clean @ vt.T
    kept, lost = ((amounts - wanted) ** 2).sum(axis=0), (wanted**2).sum(axis=0)
    outside = (clean**2).sum() - lost.sum()
    totals = np.cumsum(kept) + (lost.sum() - np.cumsum(lost)) + max(outside, 0)
    return np.sqrt(totals / clean.size)


def judge(decision, case):
    limit = min(case.kwargs["scanned"].shape)
    if isinstance(decision, bool) or not isinstance(decision, (int, np.integer)):
        return f"k must be an int, {type(decision).__name__} came"
    if not 1 <= decision <= limit:
        return f"k must be between 1 and {limit}: {decision} came"
    errors = _errors(case.kwargs["scanned"], case.held["clean"])
    best = int(errors.argmin()) + 1
    if errors[decision - 1] > MARGIN * errors[best - 1]:
        side = "too large: noise is kept" if decision > best else "too small: ink is lost"
        return (
            f"k = {decision} is {side}. The error against the clean images is {errors[decision - 1]:.4f}; "
            f"with the best k it would be {errors[best - 1]:.4f}."
        )


def reference(scanned, noise, *, rule="largest of noise"):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    threshold = {
        "largest of noise": noise * (np.sqrt(m) + np.sqrt(n)),
        "rounding": max(m, n) * np.finfo(float).eps * s[0],
        "one entry": noise,
        "rows alone": noise * np.sqrt(n),
        "columns alone": noise * np.sqrt(m),
        "relative": 0.1 * s[0],
        "size of the noise": noise * np.sqrt(m * n),
    }
    if rule == "gap":
        return int(np.argmax(s[:-1] - s[1:])) + 1
    if rule == "energy":
        return int((np.cumsum(s**2) < 0.95 * (s**2).sum()).sum()) + 1
    return max(1, int((s > threshold[rule]).sum()))


MISTAKES = {
    "the tolerance for rounding finds no noise: every direction stays": {"rule": "rounding"},
    "noise of one entry is not noise of a singular value, which collects a whole row and column": {"rule": "one entry"},
    "the number of images counts as well: the noise's largest singular value grows with √m + √n": {
        "rule": "rows alone"
    },
    "the number of pixels counts as well: the noise's largest singular value grows with √m + √n": {
        "rule": "columns alone"
    },
    "the largest drop is the one behind the average image; signal goes on below it": {"rule": "gap"},
    "a fixed share of the squared sum knows nothing of the noise": {"rule": "energy"},
    "a fixed share of the largest singular value knows nothing of the noise": {"rule": "relative"},
    "that is the length of all the noise; spread over the directions, no single one has it": {
        "rule": "size of the noise"
    },
}
