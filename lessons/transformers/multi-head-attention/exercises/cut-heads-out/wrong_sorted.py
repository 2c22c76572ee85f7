# named: keep the order
import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    d = w_q.shape[1] // heads
    stays = np.repeat(np.isin(np.arange(heads), keep), d)
    return w_q[:, stays], w_k[:, stays], w_v[:, stays], w_o[stays]
