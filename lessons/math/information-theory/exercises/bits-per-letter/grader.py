"""What the learner's `bits_per_letter` is held against: counts with a prior of single letters, looked up for new text."""

import numpy as np

FUNCTION = "bits_per_letter"
FORBIDDEN = ["groundup.math.information_theory", "groundup.math.probability", "scipy", "sklearn"]
RTOL, ATOL = 1e-9, 1e-12  # a mean of logarithms; wrong formulas differ by percents


def reference(
    train, test, size, alpha, *, repeats=True, rows="before", smooth=True, nats=False, on="test", divisor=-1, own=False, flat="",
    backwards=False, last=False,
):
    seen = np.zeros((size, size))
    text = np.concatenate([train, test]) if own else train
    before, after = (text[1:], text[:-1]) if backwards else (text[:-1], text[1:])
    if repeats:
        np.add.at(seen, (before, after), 1)
    else:
        seen[before, after] += 1
    share = (np.bincount(text, minlength=size) + 1) / (len(text) + size)
    pretended = alpha * {"": share, "size": np.full(size, 1 / size), "one": np.ones(size)}[flat]
    if rows == "after":
        pretended = pretended[:, None]
    total = {"before": seen.sum(1, keepdims=True), "after": seen.sum(0, keepdims=True), "all": seen.sum()}[rows]
    if last:
        total = np.bincount(text, minlength=size)[:, None]
    extra = alpha * size if flat == "one" else alpha
    guess = (seen + pretended) / (total + extra if smooth else np.maximum(total, 1))
    text = test if on == "test" else train
    surprise = -np.log(guess[text[:-1], text[1:]])
    return float(surprise.sum() / (len(text) + divisor) / (1 if nats else np.log(2)))


def cases():
    rng = np.random.default_rng(4)
    for name, n, m, size, alpha in [
        ("two letters", 30, 5, 2, 1.0),
        ("four letters", 200, 40, 4, 0.5),
        ("letters that repeat", 500, 300, 6, 3.0),
        ("an alphabet larger than the text", 40, 60, 50, 2.0),
    ]:
        chain = rng.dirichlet(np.full(size, 0.4), size)
        texts = []
        for length in (n, m):
            text = [int(rng.integers(size))]
            for _ in range(length - 1):
                text.append(int(rng.choice(size, p=chain[text[-1]])))
            texts.append(np.array(text))
        yield name, {"train": texts[0], "test": texts[1], "size": size, "alpha": alpha}


MISTAKES = {
    "a pair that comes ten times counts ten times: += with repeated indices adds 1 once": {"repeats": False},
    "guess the next letter from the one before: each row, not each column, sums to 1": {"rows": "after"},
    "divide by what followed that letter, not by all pairs of the text": {"rows": "all"},
    "the pretended letters belong into the row's sum too: alpha more": {"smooth": False},
    "the pretended letters come as often as they are in train, not all alike": {"flat": "size"},
    "alpha letters are pretended for a row, not alpha for each pair": {"flat": "one"},
    "the letter before is known and the next one guessed, not the other way round": {"backwards": True},
    "the last letter of train is followed by nothing: a row's sum counts the pairs that begin with the letter": {"last": True},
    "bits are asked for: the logarithm of base 2": {"nats": True},
    "the cost of the new text is asked for, not that of the text the counts are from": {"on": "train"},
    "m - 1 letters have one before: divide by that": {"divisor": 0},
    "the guesses must come from train alone: the new text was counted as well": {"own": True},
}
