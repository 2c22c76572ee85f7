# named: each epoch draws a new order from the one generator
import numpy as np


def batches_after(n, size, seed, done, count):
    order = np.random.default_rng(seed).permutation(n)
    epoch = [order[i : i + size].tolist() for i in range(0, n, size)]
    return [epoch[(done + i) % len(epoch)] for i in range(count)]
