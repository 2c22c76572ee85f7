# named: the rows of w_o belong to heads too
import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    d = w_q.shape[1] // heads

    def columns(w):
        return np.concatenate([w[:, i * d : (i + 1) * d] for i in keep], axis=1)

    return columns(w_q), columns(w_k), columns(w_v), w_o[: len(keep) * d]
