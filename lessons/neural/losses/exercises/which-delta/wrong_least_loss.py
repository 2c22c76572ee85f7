# named: cannot be compared
import numpy as np


def choose_delta(targets):
    size = np.abs(targets - np.median(targets))
    borders = np.median(size) * np.geomspace(0.1, 20, 14)

    def loss(delta):
        inner = np.minimum(size, delta)
        return np.mean(inner * (size - inner / 2))

    return float(min(borders, key=loss))
