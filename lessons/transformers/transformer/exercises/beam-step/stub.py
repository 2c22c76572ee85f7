import numpy as np


def beam_step(scores, log_p, eos):
    """scores (k,), log_p (k, V), eos -> dict of "parent", "token", "scores", (k,) each, and "ended", (m, 2)"""
    raise NotImplementedError("write me")
