"""What the learner's `encode` is held against: merging neighbours by the rank of what they make."""

import itertools
from collections import Counter

import numpy as np

FUNCTION = "encode"
FORBIDDEN = ["tiktoken", "tokenizers", "groundup.text"]
RTOL, ATOL = 0, 0  # ids


def reference(word, ranks, *, order="rank", greedy=False, steps=10**9, texts=False, last=False, once=False):
    if greedy:
        pieces, at = [], 0
        while at < len(word):
            end = next(e for e in range(len(word), at, -1) if word[at:e] in ranks)
            pieces.append(word[at:end])
            at = end
        return [ranks[p] for p in pieces]
    pieces = list(word)
    for token in sorted(ranks, key=ranks.__getitem__) if once else ():
        k = 0
        while k < len(pieces) - 1:
            if pieces[k] + pieces[k + 1] == token:
                pieces[k : k + 2] = [token]
            k += 1
    while steps and not once:
        steps -= 1
        known = [(ranks[a + b], k) for k, (a, b) in enumerate(itertools.pairwise(pieces)) if a + b in ranks]
        if not known:
            break
        if order == "rank":
            rank, place = min(known)
            if last:
                place = max(k for r, k in known if r == rank)
        elif order == "highest":
            place = max(known, key=lambda one: (one[0], -one[1]))[1]
        else:
            place = known[0][1]
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
    return pieces if texts else [ranks[p] for p in pieces]


def _learned(rng, letters, merges):
    """Ranks that byte-pair encoding learns from random words over the letters."""
    words = Counter()
    for _ in range(60):
        words["".join(rng.choice(list(letters), int(rng.integers(2, 9))))] += int(rng.integers(1, 9))
    cut, tokens = {word: list(word) for word in words}, list(letters)
    while len(tokens) < len(letters) + merges:
        pairs = Counter()
        for word, pieces in cut.items():
            for a, b in itertools.pairwise(pieces):
                pairs[a + b] += words[word]
        fresh = {made: count for made, count in pairs.items() if made not in tokens}
        if not fresh:
            break
        new = max(fresh, key=lambda made: (fresh[made], made))
        tokens.append(new)
        for pieces in cut.values():
            k = 0
            while k < len(pieces) - 1:
                if pieces[k] + pieces[k + 1] == new:
                    pieces[k : k + 2] = [new]
                k += 1
    return {token: k for k, token in enumerate(tokens)}


def cases():
    rng = np.random.default_rng(8)
    move = int(rng.integers(10, 90))
    yield "one letter", {"word": "a", "ranks": {"a": move, "b": move + 1}}
    yield "nothing", {"word": "", "ranks": {"a": move}}
    yield "two merges", {"word": "abc", "ranks": {"a": 0, "b": 1, "c": 2, "bc": move, "ab": move + 1, "abc": move + 2}}
    letters = {"a": 0, "b": 1, "c": 2, "d": 3}
    order = {"bc": move, "ab": move + 1, "cd": move + 2, "abcde": move + 3}
    yield "the order decides", {"word": "abcde", "ranks": {**letters, "e": 4, **order}}
    yield "a run of equal letters", {"word": "aaaaa", "ranks": {"a": 0, "aa": move, "aaa": move + 5, "aaaa": move + 9}}
    yield "a long token that no merges reach", {"word": "abcd", "ranks": {**letters, "bc": move, "abcd": move + 1}}
    whole = {"ab": move + 1, "abc": move, "cd": move + 2}
    yield "a whole that ranks before its parts", {"word": "abcd", "ranks": {**letters, **whole}}
    for name, letters, merges, length in [
        ("ten letters", "abc", 12, 10),
        ("forty letters", "abcd", 40, 40),
        ("two hundred letters", "abcdef", 120, 200),
    ]:
        ranks = _learned(rng, letters, merges)
        yield name, {"word": "".join(rng.choice(list(letters), length)), "ranks": ranks}


MISTAKES = {
    "BPE takes the pair of the lowest rank, not the longest token that fits": {"greedy": True},
    "after each merge look at all neighbours again: going through the ranks once misses what ranks lower": {
        "once": True
    },
    "take the pair of the lowest rank, not the first pair that is a token": {"order": "first"},
    "early merges have low ranks: take the lowest, not the highest": {"order": "highest"},
    "go on merging until no two neighbours form a token": {"steps": 1},
    "return ids, not the pieces": {"texts": True},
    "of equal pairs merge the leftmost": {"last": True},
}
