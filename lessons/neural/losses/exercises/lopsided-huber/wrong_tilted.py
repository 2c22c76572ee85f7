# named: does not go into d
import numpy as np


def lopsided_huber(prediction, target, delta, tau):
    d = prediction - target
    d = np.where(d < 0, tau, 1 - tau) * d
    size = np.abs(d)
    inner = np.minimum(size, delta)
    loss = inner * (size - inner / 2)
    return float(loss.mean()), np.clip(d, -delta, delta) / len(d)
