# named: judge on data that were not trained on
import numpy as np


def choose_decay(path, X, y, X_train, y_train, decays):
    def averaged(decay):
        a = path[0].copy()
        for w in path[1:]:
            a = decay * a + (1 - decay) * w
        return a

    return min(decays, key=lambda decay: np.mean((X_train @ averaged(decay) - y_train) ** 2))
