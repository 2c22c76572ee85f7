import numpy as np


def what_would_help(sizes, train, validation, noise):
    """sizes (t,), train (t,), validation (t,), noise a float -> "rows", "columns" or "stop" as a string"""
    raise NotImplementedError("write me")
