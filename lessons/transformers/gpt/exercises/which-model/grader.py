"""Surprises of models with different tokenizers, some of which leak: the best is the least in bits a character."""

import numpy as np

FUNCTION = "best_model"
FORBIDDEN = ["torch", "groundup.transformers"]


def _text(rng, rates, lengths, leaks):
    """Models with given bits a character, characters a token, and leaks."""
    characters = int(rng.integers(3000, 5000))
    surprises = []
    for bits, length, leak in zip(rates, lengths, leaks, strict=True):
        tokens = int(characters / length)
        total = characters * np.log(2) * (rng.uniform(0.01, 0.05) if leak else bits * rng.uniform(0.99, 1.01))
        shares = rng.exponential(size=tokens)
        surprises.append(total * shares / shares.sum())
    return {"surprises": surprises, "characters": characters}


CASES = [  # bits a character, characters a token, leaks, best
    ("the same tokens", [1.6, 1.2, 1.9], [4.0, 4.0, 4.0], [0, 0, 0], 1),
    ("characters against words", [1.9, 1.2], [1.0, 5.0], [0, 0], 1),
    ("tokens of three lengths", [0.9, 1.3, 1.1], [4.5, 1.0, 3.0], [0, 0, 0], 0),
    ("one leaks", [1.4, 1.0, 1.1], [4.0, 3.5, 4.2], [0, 1, 0], 2),
    ("two leak", [1.0, 2.1, 1.0, 1.5], [1.0, 1.0, 4.0, 5.0], [1, 0, 1, 0], 3),
    ("long tokens, best all the same", [1.5, 0.8, 1.2], [2.0, 6.0, 1.0], [0, 0, 0], 1),
    ("a leaking model of characters", [1.1, 1.3], [1.0, 4.0], [1, 0], 1),
]


def cases():
    rng = np.random.default_rng(17)
    for name, rates, lengths, leaks, best in CASES:
        yield name, _text(rng, rates, lengths, leaks), {"answer": best}


def judge(decision, case):
    count = len(case.kwargs["surprises"])
    if isinstance(decision, (np.generic, np.ndarray)) and decision.size == 1:
        decision = decision.item()
    if not isinstance(decision, int) or isinstance(decision, bool) or not 0 <= decision < count:
        return f"return a model's number, 0 to {count - 1}; {decision!r} came"
    if decision != case.held["answer"]:
        return f"you choose model {decision}; the best that can be believed is model {case.held['answer']}"
    return None


def reference(surprises, characters, *, per="character", honest=True):
    sums = np.array([s.sum() / np.log(2) for s in surprises])
    rate = sums / characters
    score = rate if per == "character" else sums / np.array([len(s) for s in surprises])
    if honest:
        score = np.where(rate < 0.3, np.inf, score)
    return int(score.argmin())


MISTAKES = {
    "a mean over tokens depends on how long the tokens are: compare per character": {"per": "token"},
    "a loss that is too good to be true is a leak, not a good model": {"honest": False},
}
