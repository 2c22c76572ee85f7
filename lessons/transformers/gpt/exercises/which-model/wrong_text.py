# named: return a model's number
import numpy as np


def best_model(surprises, characters):
    return f"model {np.argmin([s.sum() for s in surprises])}"
