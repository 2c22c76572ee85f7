import numpy as np


def choose_rate(lrs, losses):
    """The learning rate to train with."""
    raise NotImplementedError("write me")
