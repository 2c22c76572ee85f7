import numpy as np


def beam_step(scores, log_p, eos):
    k, V = log_p.shape
    total = (scores[:, None] + log_p).ravel()
    order = np.argsort(-total, kind="stable")
    token = order % V
    ends = order[:k][token[:k] == eos]
    ended = np.column_stack([ends // V, total[ends]])
    open_ = order[token != eos][:k]
    return {"parent": open_ // V, "token": open_ % V, "scores": total[open_], "ended": ended}
