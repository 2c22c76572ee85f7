# named: dead units look alike as well
import numpy as np


def diagnose(losses, hidden, W):
    if len(np.unique(hidden.round(9), axis=1).T) < hidden.shape[1]:
        return "symmetric"
    never_active = (hidden <= 0).all(axis=0)
    if never_active.mean() > 0.5:
        return "dead"
    if np.allclose(W, W[:, :1]):
        return "symmetric"
    return "too slow" if losses[-1] > 0.9 * losses[0] else "fine"
