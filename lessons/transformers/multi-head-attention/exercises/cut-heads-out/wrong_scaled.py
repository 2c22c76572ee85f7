# named: nothing is scaled up
import numpy as np


def cut_heads(w_q, w_k, w_v, w_o, heads, keep):
    d = w_q.shape[1] // heads
    places = [i * d + j for i in keep for j in range(d)]
    return w_q[:, places], w_k[:, places], w_v[:, places], w_o[places] * heads / len(keep)
