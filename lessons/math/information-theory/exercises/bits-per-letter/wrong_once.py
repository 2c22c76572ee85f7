# named: counts ten times
import numpy as np


def bits_per_letter(train, test, size, alpha):
    seen = np.zeros((size, size))
    seen[train[:-1], train[1:]] += 1
    share = (np.bincount(train, minlength=size) + 1) / (len(train) + size)
    guess = (seen + alpha * share) / (seen.sum(axis=1, keepdims=True) + alpha)
    return float(-np.log2(guess[test[:-1], test[1:]]).mean())
