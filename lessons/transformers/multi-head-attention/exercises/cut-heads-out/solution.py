import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    """Heads are columns of the three maps, and rows of the fourth: what a head read meets only its rows of w_o."""
    d = w_q.shape[1] // heads
    places = (np.array(keep)[:, None] * d + np.arange(d)).ravel()
    return w_q[:, places], w_k[:, places], w_v[:, places], w_o[places]
