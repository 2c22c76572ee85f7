# named: the cheapest token is not the cheapest message
import numpy as np


def choose_model(tokens, traffic, price, window):
    best, least = None, np.inf
    for model, by_language in tokens.items():
        failing = sum(traffic[k] * np.mean(counts > window[model]) for k, counts in by_language.items())
        mean = sum(traffic[k] * np.mean(counts) for k, counts in by_language.items())
        if failing <= 0.01 and price[model] < least:
            best, least = model, price[model]
    return best
