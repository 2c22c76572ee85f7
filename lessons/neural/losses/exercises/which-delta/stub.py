import numpy as np


def choose_delta(targets):
    """targets (n,) -> float above 0"""
    raise NotImplementedError("write me")
