"""Choose the exponent of the length penalty by corpus BLEU on some sentences; judged on others."""

import numpy as np

FUNCTION = "choose_alpha"
FORBIDDEN = ["torch", "sacrebleu", "groundup.text", "groundup.transformers"]
ALPHAS = [0.0, 0.3, 0.6, 1.0, 1.5, 2.2]
MARGIN = 2.0


def _sentences(rng, n, cost, power, loyalty):
    """Texts of several lengths, best where the length is the reference's; a length costs cost · length^power."""
    references = rng.integers(8, 25, n)
    offsets = np.array([-8, -5, -3, -1, 0, 1, 3, 5, 8])
    lengths = np.maximum(4, references[:, None] + offsets)
    away = np.abs(lengths - references[:, None])
    log_p = -cost * lengths**power - loyalty * away + 0.4 * rng.normal(size=lengths.shape)
    share = np.clip(0.75 - 0.01 * away + 0.03 * rng.normal(size=lengths.shape), 0.2, 0.95)
    likely = np.minimum(lengths, references[:, None])[..., None] - np.arange(4)
    matches = rng.binomial(np.maximum(likely, 0), share[..., None] ** np.arange(1, 5))
    return {"log_p": log_p, "lengths": lengths, "matches": matches, "references": references}


def _bleu(data, alpha, penalty=True, largest=True):
    rows = np.arange(len(data["log_p"]))
    scores = data["log_p"] / ((5 + data["lengths"]) / 6) ** alpha
    taken = scores.argmax(axis=1) if largest else scores.argmin(axis=1)
    size, hits = data["lengths"][rows, taken], data["matches"][rows, taken].sum(axis=0)
    totals = np.array([(size - n).sum() for n in range(4)])
    brevity = min(0.0, 1 - data["references"].sum() / size.sum()) if penalty else 0.0
    return 100 * np.exp(brevity + np.log(np.maximum(hits, 1e-9) / totals).mean())


def cases():
    rng = np.random.default_rng(47)
    for name, cost, power, loyalty in [
        ("first tokens cost most", 2.0, 0.4, 0.15),
        ("every token costs the same", 0.5, 1.0, 0.2),
        ("later tokens cost more", 0.1, 1.6, 0.2),
        ("a beginning that is hard to find", 3.0, 0.3, 0.1),
        ("a model that is unsure to the end", 0.3, 1.5, 0.3),
    ]:
        given = _sentences(rng, 400, cost, power, loyalty)
        yield name, {**given, "alphas": list(ALPHAS)}, _sentences(rng, 3000, cost, power, loyalty)


def judge(decision, case):
    if isinstance(decision, (np.generic, np.ndarray)) and decision.size == 1:
        decision = decision.item()  # a NumPy number, or an array of one, is as good
    if not isinstance(decision, (int, float)) or decision not in ALPHAS:
        return f"return one of {ALPHAS}; {decision!r} came"
    scores = {alpha: _bleu(case.held, alpha) for alpha in ALPHAS}
    best = max(scores.values())
    if scores[decision] < best - MARGIN:
        return f"with {decision} new sentences get BLEU {scores[decision]:.1f}, the best choice gives {best:.1f}"
    return None


def reference(log_p, lengths, matches, references, alphas, *, penalty=True, largest=True, likelihood=False):
    data = {"log_p": log_p, "lengths": lengths, "matches": matches, "references": references}
    if likelihood:
        return alphas[0]  # no penalty takes the likeliest texts
    return max(alphas, key=lambda alpha: _bleu(data, alpha, penalty, largest))


MISTAKES = {
    "precision alone likes short texts: the brevity penalty belongs to the score": {"penalty": False},
    "log-probabilities are negative: the best text has the largest score, not the smallest": {"largest": False},
    "the likeliest texts are not the best ones": {"likelihood": True},
}
