import numpy as np


def best_model(surprises, characters):
    bits = np.array([nats.sum() / np.log(2) / characters for nats in surprises])  # a character: the same for all
    bits[bits < 0.3] = np.inf  # nobody predicts so well: the answer was seen
    return int(bits.argmin())
