"""What the learner's `studentised_interval` is held against."""

import numpy as np

FUNCTION = "studentised_interval"
FORBIDDEN = ["groundup.math.statistics", "scipy", "statsmodels"]
RTOL, ATOL = 1e-9, 1e-12  # a few roundings


def reference(
    x, rows, level, *, mirrored=True, own=True, centred=True, studentised=True, tails=2, scaled=True, flat=False,
    ordered=True, ddof=1, outside=True,
):  # fmt: skip
    """The right answer; keyword-only arguments make it err in one known way each."""
    n, resamples = len(x), x[rows]
    if not flat:
        resamples = resamples[np.ptp(resamples, axis=1) > 0]
    mean, error = x.mean(), x.std(ddof=ddof) / np.sqrt(n)
    tail = (1 - level) / tails if outside else level / 2
    probabilities = [tail, 1 - tail]
    if not studentised:
        return np.quantile(resamples.mean(axis=1), probabilities)
    its_error = resamples.std(axis=1, ddof=1) / (np.sqrt(n) if scaled else 1.0) if own else error
    with np.errstate(all="ignore"):
        t = (resamples.mean(axis=1) - (mean if centred else 0.0)) / its_error
    if flat:
        t = np.nan_to_num(t, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = np.quantile(t, probabilities)
    ends = [mean - high * error, mean - low * error] if mirrored else [mean + low * error, mean + high * error]
    return np.array(ends if ordered else ends[::-1])


def cases():
    """(name, arguments): lopsided samples, for which the ends are not symmetric; the smallest has flat resamples."""
    rng = np.random.default_rng(3)
    for name, n, many, level in [
        ("four waiting times", 4, 400, 0.9),
        ("twenty waiting times", 20, 999, 0.95),
        ("fifty, another level", 50, 500, 0.8),
    ]:
        x = rng.exponential(3.0, n) + 2
        yield name, {"x": x, "rows": rng.integers(0, n, (many, n)), "level": level}
    x = np.round(rng.normal(1e3, 5.0, 30), 1)
    yield "a large mean", {"x": x, "rows": rng.integers(0, 30, (600, 30)), "level": 0.95}


MISTAKES = {
    "solving for the mean puts the upper quantile of t into the lower end": {"mirrored": False},
    "each resample is divided by its own standard error, not by the sample's": {"own": False},
    "t* is the distance from the sample's mean: subtract it": {"centred": False},
    "these are quantiles of the resampled means, the percentile interval: studentise first": {"studentised": False},
    "the level leaves half of the rest on either side": {"tails": 1},
    "`level` is what lies between the quantiles, 1 - level what is left outside": {"outside": False},
    "the lower end comes first": {"ordered": False},
    "the sample's standard deviation has n - 1 below, like those of the resamples": {"ddof": 0},
    "the standard error of a resample is its standard deviation over the root of n": {"scaled": False},
    "a resample without spread has to be left out, it does not count as t* = 0": {"flat": True},
}
