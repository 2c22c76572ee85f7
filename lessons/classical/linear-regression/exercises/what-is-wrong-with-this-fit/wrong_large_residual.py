# named: ask for its influence
import numpy as np


def diagnose(x, y):
    z = (x - x.mean()) / x.std()
    q, _ = np.linalg.qr(np.column_stack([np.ones_like(z), z]))
    e = y - q @ (q.T @ y)
    if np.max(np.abs(e)) > 5 * np.sqrt(e @ e / (len(x) - 2)):
        return "point"
    bend = z**2 - q @ (q.T @ z**2)
    if len(x) * (bend @ e) ** 2 / (bend @ bend) / (e @ e) > 16:
        return "curve"
    return "spread" if len(x) * np.corrcoef(z, e**2)[0, 1] ** 2 > 14 else "nothing"
