# named: one text may have several
import numpy as np


def beam_step(scores, log_p, eos):
    k, V = log_p.shape
    total = scores[:, None] + log_p
    order = np.argsort(-total.ravel(), kind="stable")[:k]
    ends = order[(order % V == eos) & np.isfinite(total.ravel()[order])]
    open_ = total.copy()
    open_[:, eos] = -np.inf
    token = open_.argmax(axis=1)
    best = open_.max(axis=1)
    rank = np.argsort(-best, kind="stable")
    ended = np.column_stack([ends // V, total.ravel()[ends]])
    return {"parent": rank, "token": token[rank], "scores": best[rank], "ended": ended}
