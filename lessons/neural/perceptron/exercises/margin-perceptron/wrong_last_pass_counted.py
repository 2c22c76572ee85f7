# named: corrections of all passes
import numpy as np


def margin_perceptron(X, y, beta, passes):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(passes):
        corrections = 0
        for x, label in zip(X, y):
            if label * (w @ x + b) <= beta:
                w = w + label * x
                b += label
                corrections += 1
        if corrections == 0:
            break
    return w, b, corrections
