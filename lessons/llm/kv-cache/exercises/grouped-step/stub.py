import numpy as np


def grouped_step(q, k, v, keys, values, length):
    """q (H, D); k, v (G, D); keys, values (G, room, D)
    -> dict of "out" (H, D), "keys", "values" """
    raise NotImplementedError("write me")
