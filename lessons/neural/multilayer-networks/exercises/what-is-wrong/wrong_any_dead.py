# named: a few dead units are normal
import numpy as np


def diagnose(losses, hidden, W):
    never_active = (hidden <= 0).all(axis=0)
    if never_active.any():
        return "dead"
    if np.allclose(W, W[:, :1]):
        return "symmetric"
    return "too slow" if losses[-1] > 0.9 * losses[0] else "fine"
