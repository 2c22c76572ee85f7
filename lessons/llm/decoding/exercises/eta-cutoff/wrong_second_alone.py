# named: smaller of the two
import numpy as np


def eta_probabilities(logits, epsilon):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    surprise = -np.log(np.where(p > 0, p, 1))
    entropy = (p * surprise).sum(axis=1, keepdims=True)
    eta = np.sqrt(epsilon) * np.exp(-entropy)
    p = np.where(p >= eta, p, 0)
    return p / p.sum(axis=1, keepdims=True)
