# named: leverage alone is not influence
import numpy as np


def diagnose(x, y):
    z = (x - x.mean()) / x.std()
    q, _ = np.linalg.qr(np.column_stack([np.ones_like(z), z]))
    e, h = y - q @ (q.T @ y), (q**2).sum(axis=1)
    if h.max() > 6 / len(x):
        return "point"
    bend = z**2 - q @ (q.T @ z**2)
    if len(x) * (bend @ e) ** 2 / (bend @ bend) / (e @ e) > 16:
        return "curve"
    return "spread" if len(x) * np.corrcoef(z, e**2)[0, 1] ** 2 > 14 else "nothing"
