import numpy as np


def lion(p, gradients, lr, betas, weight_decay):
    """The weights and the running mean after a step for each gradient."""
    raise NotImplementedError("write me")
