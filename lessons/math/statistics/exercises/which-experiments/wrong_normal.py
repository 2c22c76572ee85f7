# named: use Student's distribution
import numpy as np

from groundup.math.probability import Normal


def announce(control, treated):
    # Welch's test: the groups differ in size and in spread
    a = np.array([c.var(ddof=1) / len(c) for c in control])
    b = np.array([t.var(ddof=1) / len(t) for t in treated])
    n, m = np.array([len(c) for c in control]), np.array([len(t) for t in treated])
    off = np.array([t.mean() - c.mean() for c, t in zip(control, treated)])
    df = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    p = 2 * Normal().sf(np.abs(off) / np.sqrt(a + b))
    # Benjamini-Hochberg: the longest list with an expected false share of at most a tenth
    order = np.argsort(p)
    good = np.flatnonzero(p[order] * len(p) / np.arange(1, len(p) + 1) <= 0.1)
    chosen = np.zeros(len(p), dtype=bool)
    chosen[order[: good[-1] + 1 if len(good) else 0]] = True
    return chosen
