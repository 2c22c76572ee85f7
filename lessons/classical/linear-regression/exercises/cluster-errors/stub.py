import numpy as np


def cluster_errors(X, y, group):
    """X (n, m), y (n,), group (n,) of whole numbers -> standard errors (m + 1,), constant first"""
    raise NotImplementedError("write me")
