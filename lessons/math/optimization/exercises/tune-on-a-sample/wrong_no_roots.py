# named: the roots of the eigenvalues
import numpy as np


def choose(X, y):
    # the Hessian of the average loss; it does not depend on y, nor much on how many rows were drawn
    bends = np.linalg.eigvalsh(X.T @ X / len(X))
    low, high = np.sqrt(bends[0]), np.sqrt(bends[-1])
    momentum = (bends[-1] - bends[0]) / (bends[-1] + bends[0])
    return 4 / (low + high) ** 2, momentum
