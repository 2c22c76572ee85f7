"""What the learner's `margin_perceptron` is held against. Examples are small whole numbers, so that a score can
equal the margin exactly and every order of summation gives the same answer."""

import numpy as np

FUNCTION = "margin_perceptron"
FORBIDDEN = ["sklearn", "groundup.neural"]
RTOL, ATOL = 1e-9, 1e-9  # corrections are sums of small whole numbers: exact in float64 and float32


def reference(
    X,
    y,
    beta,
    passes,
    *,
    equal=True,
    use=1.0,
    intercept=True,
    one=False,
    distance=False,
    label=True,
    stale=False,
    count="all",
):
    w, b, corrections, used = np.zeros(X.shape[1]), 0.0, 0, 0
    for _ in range(1 if one else passes):
        before, used = corrections, used + 1
        judge_w, judge_b = w, b
        for x, sign in zip(X, y):
            if not stale:
                judge_w, judge_b = w, b
            score = sign * (judge_w @ x + judge_b)
            if distance:
                score /= max(np.sqrt(w @ w), 1e-300)
            if score < beta * use or (equal and score == beta * use):
                step = sign if label else 1
                w, corrections = w + step * x, corrections + 1
                b += step if intercept else 0
        if corrections == before:
            break
    return w, b, {"all": corrections, "last pass": corrections - before, "passes": used}[count]


def _two_sides(rng, n, d, gap):
    """Whole-numbered examples on both sides of a plane with whole-numbered weights."""
    plane = rng.integers(1, 4, d) * rng.choice([-1, 1], d)
    X = rng.integers(-5, 6, (50 * n, d))
    X = X[np.abs(X @ plane) >= gap][:n].astype(float)
    return X, np.where(X @ plane > 0, 1, -1)


def cases():
    rng = np.random.default_rng(11)
    for name, n, d, gap, beta, passes in [
        ("one example", 1, 2, 1, 2.0, 5),
        ("margin 0: the perceptron of the lesson", 12, 2, 2, 0.0, 50),
        ("margin 5", 15, 3, 3, 5.0, 200),
        ("margin 40, many features", 30, 6, 4, 40.0, 300),
        ("three passes are not enough", 25, 4, 1, 60.0, 3),
    ]:
        X, y = _two_sides(rng, n, d, gap)
        yield name, {"X": X, "y": y, "beta": beta, "passes": passes}
    X = rng.permutation(np.repeat(np.arange(-4, 5), 2)).astype(float)[:, None]
    yield "two classes that overlap", {"X": X, "y": np.where(X[:, 0] > 1, 1, -1) * _flip(rng), "beta": 1.0, "passes": 6}


def _flip(rng):
    signs = np.ones(18, int)
    signs[rng.choice(18, 4, replace=False)] = -1
    return signs


MISTAKES = {
    "a score that equals the margin counts as too small": {"equal": False},
    "correct wherever y (w·x + b) is at most beta, not only on mistakes": {"use": 0.0},
    "the intercept moves with every correction, by the label": {"intercept": False},
    "go over the examples again until a pass corrects nothing": {"one": True},
    "compare the score itself with beta, not the distance from the plane": {"distance": True},
    "a correction adds the example times its label": {"label": False},
    "each example is judged by the weights as they are by then, not as they were when the pass began": {"stale": True},
    "count the corrections of all passes, not of the last one alone": {"count": "last pass"},
    "return the number of corrections, not of passes": {"count": "passes"},
}
