# named: whatever the distance
import numpy as np


def lopsided_huber(prediction, target, delta, tau):
    d = prediction - target
    size = np.abs(d)
    inner = np.minimum(size, delta)
    side = np.where(d < 0, tau, 1 - tau)  # too low, too high
    loss = side * inner * (size - inner / 2)  # d²/2 inside, delta (|d| - delta/2) outside
    slope = side * d
    return float(loss.mean()), slope / len(d)
