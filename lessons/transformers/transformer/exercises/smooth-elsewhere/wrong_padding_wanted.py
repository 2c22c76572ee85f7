# named: padding is never wanted
import numpy as np


def smooth_elsewhere(scores, labels, smoothing, pad):
    n, V = scores.shape
    real = labels != pad
    wanted = np.full((n, V), smoothing / (V - 2))
    wanted[np.arange(n), labels] = 1 - smoothing
    wanted[~real] = 0
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = (np.exp(log_p) - wanted) * real[:, None] / real.sum()
    return {"loss": -(wanted * log_p).sum() / real.sum(), "gradient": gradient}
