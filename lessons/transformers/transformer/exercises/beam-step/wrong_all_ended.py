# named: among the k best of all
import numpy as np


def beam_step(scores, log_p, eos):
    k, V = log_p.shape
    total = (scores[:, None] + log_p).ravel()
    order = np.argsort(-total, kind="stable")
    parent, token = order // V, order % V
    first = (token == eos) & np.isfinite(total[order])
    ended = np.column_stack([parent[first], total[order][first]])
    open_ = order[token != eos][:k]
    return {"parent": open_ // V, "token": open_ % V, "scores": total[open_], "ended": ended}
