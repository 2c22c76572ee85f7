# named: the mean of all steps counts the beginning as much as the end
import numpy as np


def choose_decay(path, X, y, X_train, y_train, decays):
    def distance(decay):
        a = path[0].copy()
        for w in path[1:]:
            a = decay * a + (1 - decay) * w
        return np.sum((a - path.mean(axis=0)) ** 2)

    return min(decays, key=distance)
