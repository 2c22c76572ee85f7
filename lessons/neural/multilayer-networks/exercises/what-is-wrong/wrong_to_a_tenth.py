# named: by* less than a tenth
import numpy as np


def diagnose(losses, hidden, W):
    dead = (hidden == 0).all(axis=0)
    if dead.mean() > 0.5:
        return "dead"
    if np.allclose(W, W[:, :1]):
        return "symmetric"
    return "too slow" if losses[-1] > 0.1 * losses[0] else "fine"
