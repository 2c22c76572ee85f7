import numpy as np


def choose(X, y):
    # the Hessian of the average loss; it does not depend on y, and on the sample only a little
    bends = np.linalg.eigvalsh(X.T @ X / len(X))
    # other rows bend a little otherwise, and a step that is too long for the largest bend never arrives
    low, high = np.sqrt(bends[0] / 1.2), np.sqrt(bends[-1] * 1.2)
    momentum = ((high - low) / (high + low)) ** 2
    return 4 / (low + high) ** 2, momentum
