import numpy as np


def choose_batch(small_norms, large_norms, small, large):
    """The batch size to go on with."""
    raise NotImplementedError("write me")
