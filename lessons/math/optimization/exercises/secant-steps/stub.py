import numpy as np


def secant_descent(H, b, x0, first, steps):
    """H (n, n), b (n,), x0 (n,), first float, steps int -> (steps + 1, n)"""
    raise NotImplementedError("write me")
