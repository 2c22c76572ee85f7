import numpy as np


def eta_probabilities(logits, epsilon):
    """logits (B, V), epsilon in (0, 1) -> probabilities (B, V)"""
    raise NotImplementedError("write me")
