import numpy as np


def announce(control, treated):
    """list of m arrays, list of m arrays -> Boolean array (m,)"""
    raise NotImplementedError("write me")
