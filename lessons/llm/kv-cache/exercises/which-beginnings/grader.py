"""Logs of a few applications and many single questions; the beginnings to keep are judged by the next day's log."""

from collections import defaultdict

import numpy as np

FUNCTION = "choose_beginnings"
FORBIDDEN = ["torch", "groundup.llm"]


def _log(rng, instructions, counts, alone):
    texts = [
        [*start, *map(int, rng.integers(0, 5000, rng.integers(10, 60)))]
        for start, count in zip(instructions, counts, strict=True)
        for _ in range(count)
    ]
    texts += [list(map(int, rng.integers(0, 5000, rng.integers(40, 300)))) for _ in range(alone)]
    return [texts[i] for i in rng.permutation(len(texts))]


def cases():
    rng = np.random.default_rng(41)
    for name, lengths, counts, alone, limit in [
        ("one application", (50,), (20,), 10, 60),
        ("two, memory for one", (100, 90), (12, 40), 20, 110),
        ("a long one that is rare", (400, 150, 120, 100), (14, 30, 28, 25), 30, 420),
        ("a short one that is frequent", (60, 200, 180, 220), (60, 12, 30, 5), 50, 250),
        ("memory for all but one", (150, 100, 130, 120), (9, 25, 18, 14), 60, 360),
    ]:
        starts = [list(map(int, rng.integers(0, 5000, n))) for n in lengths]
        kept = _log(rng, starts, counts, alone)
        held = _log(rng, starts, [5 * n for n in counts], 5 * alone)
        yield name, {"requests": kept, "limit": limit}, {"requests": held, "instructions": starts}


def _common(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n


def _saved(beginnings, requests):
    return sum(max((_common(text, start) for start in beginnings), default=0) for text in requests)


def _best(instructions, requests, limit):
    """The best choice among whole instructions: few enough to try all."""
    best = 0
    for bits in range(2 ** len(instructions)):
        chosen = [text for i, text in enumerate(instructions) if bits >> i & 1]
        if sum(map(len, chosen)) <= limit:
            best = max(best, _saved(chosen, requests))
    return best


def judge(decision, case):
    expected = "return a list of lists of token ids"
    if not isinstance(decision, (list, tuple)):
        return f"{expected}; {type(decision).__name__} came"
    beginnings = []
    for one in decision:
        one = one.tolist() if isinstance(one, np.ndarray) else one
        if not isinstance(one, (list, tuple)) or not all(isinstance(t, (int, np.integer)) for t in one):
            return f"{expected}; an entry is {type(one).__name__}"
        beginnings.append([int(t) for t in one])
    size, limit = sum(map(len, beginnings)), case.kwargs["limit"]
    if size > limit:
        return f"the beginnings have {size} tokens altogether, the memory {limit}"
    saved, best = _saved(beginnings, case.held["requests"]), _best(**case.held, limit=limit)
    if saved < 0.9 * best:
        return f"they spare {saved} tokens of the next day; {best} can be spared"
    return None


def reference(requests, limit, *, order="count", whole=False, several=True):
    groups = defaultdict(list)
    for request in requests:
        groups[tuple(request[:8])].append(request)
    starts = []
    for group in groups.values():
        shared = group[0]
        for other in group:
            shared = shared[: _common(shared, other)]
        if len(group) > 1 or not several:
            starts.append((len(group), group[-1] if whole else shared))
    worth = {"count": lambda s: s[0], "length": lambda s: len(s[1]), "rare": lambda s: -s[0]}[order]
    kept = []
    for _, start in sorted(starts, key=worth, reverse=True):
        if len(start) <= limit:
            kept.append(start)
            limit -= len(start)
    return kept


MISTAKES = {
    "the longest instruction is not what spares most for its memory: how often it comes counts": {"order": "length"},
    "a request that came once takes memory and is not asked again": {"order": "length", "several": False},
    "keep what requests have in common, not a whole request": {"whole": True},
}
