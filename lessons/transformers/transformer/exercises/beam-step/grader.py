"""What the learner's `beam_step` is held against: the best continuations of k open texts."""

import numpy as np

FUNCTION = "beam_step"
FORBIDDEN = ["torch", "groundup.transformers", "groundup.llm"]
RTOL, ATOL = 1e-6, 1e-9  # sums of two numbers


def reference(
    scores,
    log_p,
    eos,
    *,
    past=True,
    per_text=False,
    refill=True,
    among="k",
    probabilities=False,
    last=False,
    best=True,
):
    k, V = log_p.shape
    total = (scores[:, None] + log_p if past else log_p + 0 * np.where(np.isfinite(scores), scores, 0)[:, None]).ravel()
    if probabilities:
        with np.errstate(over="ignore"):
            total = (np.exp(scores)[:, None] + np.exp(log_p)).ravel()
    order = np.argsort(-total if best else total, kind="stable")
    if per_text:
        best = total.reshape(k, V).copy()
        best[:, eos] = -np.inf
        open_ = np.arange(k) * V + best.argmax(1)
        open_ = open_[np.argsort(-total[open_], kind="stable")]
    else:
        open_ = order[order % V != eos][:k] if refill else order[:k]
    head = order[:k] if among == "k" else order
    ends = head[(head % V == eos) & np.isfinite(total[head])]
    ended = np.column_stack([ends // V, total[ends]])
    parent, token = open_ // V, open_ % V
    return {
        "parent": token if last else parent,
        "token": parent if last else token,
        "scores": total[open_],
        "ended": ended,
    }


def cases():
    rng = np.random.default_rng(43)
    for name, k, V, empty, lift in [
        ("one open text", 1, 4, 0, 0.0),
        ("the first step: one text and empty places", 4, 7, 3, 2.0),
        ("three open texts", 3, 6, 0, 1.0),
        ("eos is likely everywhere", 4, 9, 0, 6.0),
        ("eos is likely nowhere", 5, 12, 0, -30.0),
        ("one text far ahead", 5, 20, 0, 3.0),
    ]:
        eos = int(rng.integers(0, V))
        raw = 2 * rng.normal(size=(k, V))
        raw[:, eos] += lift
        scores = -np.sort(rng.uniform(1, 6, k))
        scores[k - empty :] = -np.inf
        if name == "one text far ahead":
            scores[1:] -= 9
        log_p = raw - np.log(np.exp(raw).sum(1, keepdims=True))
        yield name, {"scores": scores, "log_p": log_p, "eos": eos}


MISTAKES = {
    "add the text's own log-probability to the token's": {"past": False},
    "the k best of all k V candidates go on: one text may have several of them, another none": {"per_text": True},
    "where a candidate ends, the next best that goes on takes its place": {"refill": False},
    "only candidates among the k best of all count as ended": {"among": "all"},
    "logarithms are added; probabilities would be multiplied": {"probabilities": True},
    "parent is the open text, token what is put behind it": {"last": True},
    "the largest log-probability is the best, and comes first": {"best": False},
}
