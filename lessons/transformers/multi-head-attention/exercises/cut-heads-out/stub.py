import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    """(m, heads * d) three times, (heads * d, n), int, list of heads -> four smaller matrices"""
    raise NotImplementedError("write me")
