import numpy as np


def cheapest(law: dict, target: float, used: float, sizes: np.ndarray) -> tuple[float, float, float]:
    """(size, training tokens, operations in all) of the cheapest model that reaches the target loss"""
    raise NotImplementedError("write me")
