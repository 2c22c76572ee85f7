# named: m - 1 letters
import numpy as np


def bits_per_letter(train, test, size, alpha):
    seen = np.full((size, size), float(alpha))
    np.add.at(seen, (train[:-1], train[1:]), 1)  # adds up repeated pairs, which seen[a, b] += 1 would not
    guess = seen / seen.sum(axis=1, keepdims=True)
    return float(-np.log2(guess[test[:-1], test[1:]]).sum() / len(test))
