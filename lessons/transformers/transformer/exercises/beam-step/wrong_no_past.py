# named: own log-probability
import numpy as np


def beam_step(scores, log_p, eos):
    k, V = log_p.shape
    total = log_p.ravel()
    order = np.argsort(-total, kind="stable")
    parent, token = order // V, order % V
    first = (token[:k] == eos) & np.isfinite(total[order[:k]])
    ended = np.column_stack([parent[:k][first], total[order[:k]][first]])
    open_ = order[token != eos][:k]
    return {"parent": open_ // V, "token": open_ % V, "scores": total[open_], "ended": ended}
