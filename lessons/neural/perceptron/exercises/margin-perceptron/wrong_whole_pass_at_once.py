# named: as they are by then
import numpy as np


def margin_perceptron(X, y, beta, passes):
    w, b, corrections = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(passes):
        short = y * (X @ w + b) <= beta
        if not short.any():
            break
        w = w + y[short] @ X[short]
        b += y[short].sum()
        corrections += int(short.sum())
    return w, b, corrections
