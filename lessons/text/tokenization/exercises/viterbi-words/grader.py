"""What the learner's `put_spaces` is held against: Viterbi and the forward sum over words."""

import math

import numpy as np

from groundup.course.grading.compare import fault

FUNCTION = "put_spaces"
FORBIDDEN = ["groundup.text"]
RTOL, ATOL = 1e-6, 1e-12


def check(got, expected, kwargs):
    """Words that are as probable as the expected ones are as good: "a aa" and "aa a" weigh the same."""
    words = got.get("words") if isinstance(got, dict) else None
    plain = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if plain and words != expected["words"] and "".join(words) == kwargs["text"]:
        weights = [_weight(found, kwargs) for found in (words, expected["words"])]
        if None not in weights and abs(weights[0] - weights[1]) < 1e-9:
            got = {**got, "words": expected["words"]}
    return fault(got, expected, rtol=RTOL, atol=ATOL)


def _weight(words, kwargs):
    """Log-probability of a segmentation; None when a word is none."""
    if not all(word in kwargs["scores"] or len(word) == 1 for word in words):
        return None
    return math.fsum(kwargs["scores"].get(word, kwargs["unknown"]) for word in words)


def _edges(text, scores, unknown, begin):
    longest = max(map(len, scores), default=1)
    for end in range(begin + 1, min(len(text), begin + max(longest, 1)) + 1):
        word = text[begin:end]
        if word in scores:
            yield end, scores[word]
        elif len(word) == 1 and unknown is not None:
            yield end, unknown


def reference(text, scores, unknown, *, greedy=False, fewest=False, sums=True, shorter=False, log=False, swap=False):
    n = len(text)
    best, back, total = [-math.inf] * (n + 1), [0] * (n + 1), [-math.inf] * (n + 1)
    value = [-math.inf] * (n + 1)
    best[0] = total[0] = value[0] = 0.0
    for begin in range(n):
        for end, score in _edges(text, scores, unknown, begin):
            gain = -1.0 + 1e-9 * score if fewest else score
            if swap:
                gain = score / (end - begin)
            if best[begin] + gain > best[end]:
                best[end], back[end], value[end] = best[begin] + gain, begin, value[begin] + score
            total[end] = float(np.logaddexp(total[end], total[begin] + score))
    words, end = [], n
    while end:
        words.append(text[back[end] : end])
        end = back[end]
    words, score = words[::-1], value[n]
    if greedy or shorter:
        words, score, begin = [], 0.0, 0
        while begin < n:
            ways = list(_edges(text, scores, unknown, begin))
            end, one = max(ways) if greedy else max(ways, key=lambda way: way[1])
            words.append(text[begin:end])
            score, begin = score + one, end
    share = score - total[n] if sums else 0.0
    return {"words": words, "share": share if log else math.exp(share)}


def _case(rng, letters, words, length, unknown):
    """Random words, and a text made of them with strange letters in between."""
    scores = {}
    while len(scores) < words:
        word = "".join(rng.choice(list(letters), int(rng.integers(1, 5))))
        scores[word] = float(rng.uniform(-6, -1) - 0.3 * len(word))
    text = ""
    while len(text) < length:
        text += str(rng.choice(list(scores))) if rng.random() < 0.9 else str(rng.choice(list(letters)))
    return {"text": text[:length], "scores": scores, "unknown": unknown}


def cases():
    rng = np.random.default_rng(5)
    jitter = float(rng.uniform(0, 0.1))
    table = {"the": -2.0, "theta": -5.0 - jitter, "table": -4.0, "ble": -9.0}
    yield "the longest word leads astray", {"text": "thetable", "scores": table, "unknown": -9.0}
    pieces = {"ab": -1.0, "c": -1.0, "de": -1.0 - jitter, "cde": -5.0, "abcd": -9.0, "e": -1.5}
    yield "two words or three", {"text": "abcde", "scores": pieces, "unknown": -9.0}
    yield "a strange letter", {"text": "axb", "scores": {"a": -1.0, "b": -2.0 - jitter, "ab": -1.5}, "unknown": -7.0}
    for name, letters, words, length in [
        ("ten letters", "ab", 8, 10),
        ("thirty letters", "abc", 20, 30),
        ("sixty letters", "abcd", 40, 60),
        ("two thousand letters", "abcdefgh", 200, 2000),
    ]:
        yield name, _case(rng, letters, words, length, float(rng.uniform(-9, -7)))


MISTAKES = {
    "the longest word that fits need not belong to the most probable segmentation": {"greedy": True},
    "the most probable next word need not belong to the most probable segmentation": {"shorter": True},
    "the most probable segmentation need not be the one with the fewest words": {"fewest": True},
    "the share divides by the sum over all segmentations, not by the best alone": {"sums": False},
    "the share is a probability, not its logarithm": {"log": True},
    "a word's log-probability counts once, not divided by its length": {"swap": True},
}
