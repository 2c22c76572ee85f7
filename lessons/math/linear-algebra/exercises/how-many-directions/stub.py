import numpy as np


def choose_rank(scanned, noise):
    """scanned (m, n), noise float: standard deviation in each pixel -> int, directions to keep"""
    raise NotImplementedError("write me")
