# named: squares of X's singular values
import numpy as np


def choose(X, y):
    # the Hessian of the average loss; it does not depend on y, nor much on how many rows were drawn
    bends = np.linalg.eigvalsh(X.T @ X / len(X))
    low, high = bends[0] ** 0.25, bends[-1] ** 0.25
    momentum = ((high - low) / (high + low)) ** 2
    return 4 / (low + high) ** 2, momentum
