"""What the learner's `cut_heads` is held against."""

import numpy as np

FUNCTION = "cut_heads"
FORBIDDEN = ["groundup.transformers", "torch"]
RTOL, ATOL = 1e-6, 1e-9  # numbers are copied, in float32 if one likes; a wrong one differs by far more


def reference(w_q, w_k, w_v, w_o, heads, keep, *, spread=False, ordered=False, rows=True, rescale=False, gone=False, first=0):
    d = w_q.shape[1] // heads
    kept = np.array(sorted(keep) if ordered else keep) - first
    if gone:
        kept = np.setdiff1d(np.arange(heads), keep)
    if spread:  # as if neighbouring columns belonged to different heads
        places = (kept[:, None] + heads * np.arange(d)).ravel()
    else:
        places = (kept[:, None] * d + np.arange(d)).ravel()
    out = w_o[places] if rows else w_o[: len(places)]
    out = out * (heads / len(keep)) if rescale else out
    return w_q[:, places], w_k[:, places], w_v[:, places], out


def cases():
    rng = np.random.default_rng(6)
    for name, m, heads, d, n, keep in [
        ("the second of two heads of width 1", 2, 2, 1, 2, [1]),
        ("two of four heads", 8, 4, 2, 8, [1, 2]),
        ("in another order", 6, 3, 2, 5, [2, 0]),
        ("all heads stay", 4, 2, 3, 4, [0, 1]),
        ("five heads of width 3, three stay", 10, 5, 3, 7, [4, 1, 3]),
    ]:
        w_q, w_k, w_v = rng.normal(size=(3, m, heads * d))
        w_o = rng.normal(size=(heads * d, n))
        yield name, {"w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": w_o, "heads": heads, "keep": keep}


MISTAKES = {
    "a head's columns stand next to each other, head by head": {"spread": True},
    "keep the order that `keep` asks for": {"ordered": True},
    "the rows of w_o belong to heads too: take those of the heads that stay": {"rows": False},
    "what the remaining heads add stays as it is; nothing is scaled up": {"rescale": True},
    "`keep` names the heads that stay, not those that go": {"gone": True},
    "heads are counted from 0": {"first": 1},
}
