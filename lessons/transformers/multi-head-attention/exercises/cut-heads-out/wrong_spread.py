# named: next to each other, head by head
import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    d = w_q.shape[1] // heads

    def columns(w):
        return w.reshape(len(w), d, heads)[:, :, keep].swapaxes(1, 2).reshape(len(w), -1)

    return columns(w_q), columns(w_k), columns(w_v), columns(w_o.T).T
