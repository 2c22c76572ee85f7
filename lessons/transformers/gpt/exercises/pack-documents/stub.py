import numpy as np


def pack(documents, context, end):
    """list of integer arrays, T, token -> inputs, targets, positions, each of shape (windows, T)"""
    raise NotImplementedError("write me")
