import numpy as np


def bag_backward(ids, d_out, rows):
    """ids (n, t) of 0 ... rows - 1 or -1, d_out (n, e) -> gradient of the table, (rows, e)"""
    raise NotImplementedError("write me")
