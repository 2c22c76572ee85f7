# named: correct for their number
import numpy as np

from groundup.math.probability import StudentT


def announce(control, treated):
    # Welch's test: the groups differ in size and in spread
    a = np.array([c.var(ddof=1) / len(c) for c in control])
    b = np.array([t.var(ddof=1) / len(t) for t in treated])
    n, m = np.array([len(c) for c in control]), np.array([len(t) for t in treated])
    off = np.array([t.mean() - c.mean() for c, t in zip(control, treated)])
    df = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    p = 2 * StudentT(df).sf(np.abs(off) / np.sqrt(a + b))
    return p < 0.05
