# named: a mean over tokens depends on how long the tokens are
import numpy as np


def best_model(surprises, characters):
    perplexity = [np.exp(s.mean()) if s.sum() / np.log(2) / characters > 0.3 else np.inf for s in surprises]
    return int(np.argmin(perplexity))
