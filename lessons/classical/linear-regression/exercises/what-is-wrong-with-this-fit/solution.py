import numpy as np


def diagnose(x, y):
    z = (x - x.mean()) / x.std()
    X = np.column_stack([np.ones_like(z), z])
    q, _ = np.linalg.qr(X)
    e, h = y - q @ (q.T @ y), (q**2).sum(axis=1)
    s2 = e @ e / (len(x) - 2)
    # one row that decides comes first: it would look like a curve, or like a growing spread
    if np.max(e**2 * h / (2 * s2 * (1 - h) ** 2)) > 1:
        return "point"
    # what is left of z² when the line is taken out: does it explain the residuals?
    bend = z**2 - q @ (q.T @ z**2)
    if len(x) * (bend @ e) ** 2 / (bend @ bend) / (e @ e) > 16:
        return "curve"
    square = e**2 - np.mean(e**2)
    if len(x) * np.corrcoef(z, square)[0, 1] ** 2 > 14:
        return "spread"
    return "nothing"
