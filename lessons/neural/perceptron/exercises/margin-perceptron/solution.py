import numpy as np


def margin_perceptron(X, y, beta, passes):
    w, b, corrections = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(passes):
        before = corrections
        for x, label in zip(X, y):
            if label * (w @ x + b) <= beta:
                w = w + label * x
                b += label
                corrections += 1
        if corrections == before:
            break
    return w, b, corrections
