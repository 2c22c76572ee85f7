"""What the learner's `token_batches` is held against."""

import numpy as np

FUNCTION = "token_batches"
FORBIDDEN = ["groundup.neural.batching", "torch"]
RTOL, ATOL = 1e-9, 1e-12  # shares of whole numbers


def reference(lengths, budget, *, unpadded=False, equal=False, first=False, stale=False, strict=False, sequences=False, forget=False):
    """Batches and weights; keyword-only arguments make it err in one known way each."""
    batches, longest, held = [], 0, 0
    for i, length in enumerate(int(n) for n in lengths):
        longest = max(longest, length)
        held += length
        size = len(batches[-1]) + 1 if batches else 1
        taken = held if unpadded else size * longest
        if batches and (taken < budget if strict else taken <= budget):
            batches[-1].append(i)
        else:
            batches.append([i])
            longest, held = (longest if stale else length), length
    batches = batches[:-1] if forget else batches
    counts = np.array([sum(int(lengths[i]) - (0 if first else 1) for i in b) for b in batches], dtype=float)
    if equal:
        counts = np.ones(len(batches))
    if sequences:
        counts = np.array([len(b) for b in batches], dtype=float)
    return batches, counts / counts.sum()


def cases():
    rng = np.random.default_rng(0)
    yield "four sequences", {"lengths": np.array([3, 3, 4, 2]) + rng.integers(0, 2), "budget": 9}
    yield "ten sequences", {"lengths": rng.integers(1, 12, size=10), "budget": 30}
    yield "a batch that is full to the last position", {"lengths": np.array([5, 5, 5, 2, 2, 2]), "budget": 10}
    yield "a long one first", {"lengths": np.concatenate([[40], rng.integers(1, 6, size=30)]), "budget": 40}
    yield "many", {"lengths": rng.integers(1, 60, size=200), "budget": 256}


MISTAKES = {
    "the budget counts padded positions: members times the longest, not the sum of lengths": {"unpadded": True},
    "batches differ in predicted tokens, so their weights differ": {"equal": True},
    "a sequence's first token is not predicted": {"first": True},
    "the longest member belongs to its batch: begin anew with the sequence that opens a batch": {"stale": True},
    "a batch may fill the budget exactly": {"strict": True},
    "the batch under way when the sequences end is a batch as well": {"forget": True},
    "the weights are shares of tokens, not of sequences": {"sequences": True},
}
