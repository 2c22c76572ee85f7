import numpy as np


def choose_scheme(losses, trained, needed):
    """The lowest loss over all positions that users will see; runs and positions average the noise away."""
    return min(losses, key=lambda name: np.mean(losses[name][:, :needed]))
