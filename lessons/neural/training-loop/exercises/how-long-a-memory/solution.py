import numpy as np


def averaged(path, decay):
    """The moving average at the last step."""
    average = path[0].copy()
    for weights in path[1:]:
        average = decay * average + (1 - decay) * weights
    return average


def choose_decay(path, X, y, X_train, y_train, decays):
    """The decay whose averaged weights you would deploy: the best on data that were not trained on."""
    return min(decays, key=lambda decay: np.mean((X @ averaged(path, decay) - y) ** 2))
