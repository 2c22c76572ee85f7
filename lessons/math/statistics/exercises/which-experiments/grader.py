"""Announce what works: Welch's test for each experiment and a limit on the share of false announcements."""

import numpy as np

FUNCTION = "announce"
FORBIDDEN = ["groundup.math.statistics", "scipy", "statsmodels"]
LARGEST_SHARE, FOUND = 0.25, 0.8  # the right method stays near 0.1 and finds what the reference finds
BY_LUCK = 6  # announcements that may be made where nothing works


def cases():
    """(name, what the function gets, what stays here)."""
    rng = np.random.default_rng(4)
    for name, m, real, spread, effect in [
        ("one idea in eight works", 480, 60, 3.0, 7.0),
        ("half of the ideas work", 240, 120, 3.0, 5.5),
        ("no idea works", 300, 0, 3.0, 0.0),
        ("one in eight, and groups spread alike", 480, 60, 1.0, 2.4),
    ]:
        scale = float(rng.uniform(0.5, 5.0))
        works = rng.permutation(np.arange(m) < real)
        shift = np.where(works, effect * rng.choice([-1, 1], m), 0.0)
        control = [scale * rng.normal(10, 1, rng.integers(30, 60)) for _ in range(m)]
        treated = [scale * rng.normal(10 + d, spread, rng.integers(6, 11)) for d in shift]
        yield name, {"control": control, "treated": treated}, {"works": works}


def judge(decision, case):
    works = case.held["works"]
    try:
        chosen = np.asarray(decision)
    except ValueError:  # lists of different lengths
        return f"a Boolean array of shape {works.shape} is expected, lists of different lengths came"
    if chosen.dtype != bool or chosen.shape != works.shape:
        return f"a Boolean array of shape {works.shape} is expected, shape {chosen.shape} of {chosen.dtype} came"
    false, right = int(chosen[~works].sum()), int(chosen[works].sum())
    if not works.any():
        if false > BY_LUCK:
            return f"{false} ideas announced, and none of {len(works)} works"
        return None
    if false > LARGEST_SHARE * max(false + right, 1):
        return f"of {false + right} ideas announced {false} do nothing, a share of {false / (false + right):.2f}"
    possible = int(reference(**case.kwargs)[works].sum())
    if right < FOUND * possible:
        return f"{right} of {int(works.sum())} ideas that work are announced; careful work finds {possible}"
    return None


def reference(control, treated, *, pooled=False, normal=False, rule="bh", level=0.1):
    from groundup.math.probability import Normal, StudentT

    n, a, x = np.array([(len(group), group.var(ddof=1), group.mean()) for group in control]).T
    m, b, y = np.array([(len(group), group.var(ddof=1), group.mean()) for group in treated]).T
    both = ((n - 1) * a + (m - 1) * b) / (n + m - 2)
    if pooled:
        error, df = np.sqrt(both * (1 / n + 1 / m)), n + m - 2
    else:
        error = np.sqrt(a / n + b / m)
        df = (a / n + b / m) ** 2 / ((a / n) ** 2 / (n - 1) + (b / m) ** 2 / (m - 1))
    p = 2 * (Normal() if normal else StudentT(df)).sf(np.abs(y - x) / error)
    sizes = np.abs(y - x) / np.sqrt(both)
    if rule == "size":
        return sizes > 0.8
    if rule == "each":
        return p < 0.05
    if rule == "any":
        return p < level / len(p)
    order = np.argsort(p)
    under = p[order] * len(p) / np.arange(1, len(p) + 1) <= level
    chosen = np.zeros(len(p), dtype=bool)
    chosen[order[: np.flatnonzero(under)[-1] + 1 if under.any() else 0]] = True
    return chosen


MISTAKES = {
    "p < 0.05 in each experiment lets one worthless idea of twenty through: correct for their number": {"rule": "each"},
    "Bonferroni allows hardly any false announcement and misses too much: limit their share instead": {"rule": "any"},
    "the spreads differ, and the smaller group has the larger: do not pool the variances": {"pooled": True},
    "with six to ten people in a group t is not normal: use Student's distribution with Welch's degrees": {"normal": True},
    "a large effect in a small group may be luck: choose by p-values": {"rule": "size"},
}
