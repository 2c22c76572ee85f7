import numpy as np


def choose_step(steps, slopes):
    """steps (S,), slopes (S, R) -> one of the steps"""
    raise NotImplementedError("write me")
