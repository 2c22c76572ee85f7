# named: not by all pairs
import numpy as np


def bits_per_letter(train, test, size, alpha):
    seen = np.zeros((size, size))
    np.add.at(seen, (train[:-1], train[1:]), 1)  # adds up repeated pairs, which seen[a, b] += 1 would not
    share = (np.bincount(train, minlength=size) + 1) / (len(train) + size)
    guess = (seen + alpha * share) / (seen.sum() + alpha)
    return float(-np.log2(guess[test[:-1], test[1:]]).mean())
