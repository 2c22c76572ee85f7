"""What the learner's `add_observation` is held against: Givens rotations that append a row to a triangle.

The result is unique: R^T R gains row row^T, and the diagonal is not negative. So R and z are compared directly. Below
the diagonal rounding may be left, which is small beside the largest entry and not beside the 0 that is expected."""

import numpy as np

from groundup.course.grading.compare import fault

FUNCTION = "add_observation"
FORBIDDEN = ["groundup.math.linear_algebra", "scipy", "numpy.linalg"]
RTOL, ATOL = 1e-8, 1e-12  # 1e-16 is possible, and through R^T R no more than 1e-4 in the hard case


def check(got, expected, kwargs):
    largest = max(np.abs(value).max() for value in kwargs.values())
    if isinstance(got, (list, tuple)):
        got = type(got)(_without_rounding(part, ATOL * largest) for part in got)
    return fault(got, expected, rtol=RTOL, atol=ATOL)


def _without_rounding(part, size):
    """The part of an answer, its entries of at most this size set to 0."""
    if not isinstance(part, np.ndarray) or part.dtype.kind != "f":
        return part
    return np.where(np.abs(part) <= size, 0.0, part)


def reference(
    r, z, row, target, *, turn_target=True, whole_row=True, clockwise=True, overflow=False, skip=True, squared=False,
    overwritten=False, row_stays=False,
):  # fmt: skip
    if squared:
        return _through_the_gram_matrix(r, z, row, target)
    r, z, row = r.copy(), z.copy(), row.copy()
    for k in range(len(z)):
        with np.errstate(all="ignore"):
            length = np.sqrt(r[k, k] ** 2 + row[k] ** 2) if overflow else np.hypot(r[k, k], row[k])
            if length == 0 and skip:
                continue
            c, s = r[k, k] / length, row[k] / length
        s = s if clockwise else -s
        old_row = row
        turned, row_turned = c * r[k] + s * row, c * row - s * r[k]
        if whole_row:
            r[k], row = turned, row_turned
        else:
            r[k, k] = turned[k]
        if overwritten:
            row = c * old_row - s * turned
        elif clockwise:
            row[k] = 0.0
        if row_stays:
            row = old_row
            z[k] = c * z[k] + s * target
        elif overwritten:
            z[k] = c * z[k] + s * target
            target = c * target - s * z[k]
        elif turn_target:
            z[k], target = c * z[k] + s * target, c * target - s * z[k]
    return r, z


def _through_the_gram_matrix(r, z, row, target):
    n = len(z)
    with np.errstate(all="ignore"):
        gram, side = r.T @ r + np.outer(row, row), r.T @ z + row * target
        low, new_z = np.zeros_like(gram), np.zeros(n)
        for j in range(n):
            rest = gram[j:, j] - low[j:, :j] @ low[j, :j]
            if not rest[0] > 0:
                continue
            low[j:, j] = rest / np.sqrt(rest[0])
            new_z[j] = (side[j] - low[j, :j] @ new_z[:j]) / low[j, j]
    return low.T.copy(), new_z


def _reduced(a, b):
    """R with a diagonal that is not negative, and z, of a full problem."""
    q, r = np.linalg.qr(a)
    sign = np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return np.triu(r * sign[:, None]), (q * sign).T @ b


def cases():
    rng = np.random.default_rng(4)
    r, z = _reduced(rng.normal(size=(5, 1)), rng.normal(size=5))
    yield "one coefficient", {"r": r, "z": z, "row": rng.normal(size=1), "target": float(rng.normal())}
    for n in (2, 4):
        r, z = _reduced(rng.normal(size=(3 * n, n)), rng.normal(size=3 * n))
        yield f"{n} coefficients", {"r": r, "z": z, "row": rng.normal(size=n), "target": float(rng.normal())}
    a = rng.normal(size=(20, 3))
    a[:, 2] = a[:, 0] + 1e-6 * rng.normal(size=20)
    r, z = _reduced(a, rng.normal(size=20))
    row = rng.normal(size=3)
    row[2] = row[0] + 1e-6 * rng.normal()
    yield "two columns alike to one part in a million", {"r": r, "z": z, "row": row, "target": float(rng.normal())}
    row = rng.normal(size=3)
    row[0] = 0.0
    yield (
        "the first observation of all, with a zero in it",
        {
            "r": np.zeros((3, 3)),
            "z": np.zeros(3),
            "row": row,
            "target": float(rng.normal()),
        },
    )
    r, z = _reduced(1e200 * rng.normal(size=(9, 3)), 1e200 * rng.normal(size=9))
    yield (
        "numbers of about 1e200",
        {
            "r": r,
            "z": z,
            "row": 1e200 * rng.normal(size=3),
            "target": 1e200 * float(rng.normal()),
        },
    )


MISTAKES = {
    "turn z[k] and target together with their rows": {"turn_target": False},
    "turn the whole rows, not only column k: the entries to the right change as well": {"whole_row": False},
    "turn the other way: the new row's entry k must become 0, s = row[k] / length": {"clockwise": False},
    "both rows are turned, from the pair as it was: keep the old r[k] until the new row is made": {"overwritten": True},
    "both rows are turned: the new row changes too, and so does target": {"row_stays": True},
    "squares of 1e200 overflow: scale before squaring (np.hypot does)": {"overflow": True},
    "where r[k, k] and row[k] are both 0 there is nothing to turn, and 0 / 0 is no number": {"skip": False},
    "do not go through the square of r: it has the square of the condition number": {"squared": True},
}

BOTH = "r[k], row = c * r[k] + s * row, c * row - s * r[k]"
HINTS = {sentence: BOTH for sentence, errs in MISTAKES.items() if {"whole_row", "overwritten"} & set(errs)}
