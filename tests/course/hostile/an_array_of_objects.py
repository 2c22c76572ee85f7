# says: an array of dtype object
import numpy as np


class Bomb:
    def __reduce__(self):
        import os

        return os._exit, (0,)


def double(x):
    return np.array([Bomb(), Bomb(), Bomb()])
