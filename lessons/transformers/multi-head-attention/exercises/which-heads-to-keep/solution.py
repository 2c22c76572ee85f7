from itertools import combinations


def choose_heads(losses, k):
    """Heads stand in for each other, so a set is judged as a set."""

    def loss(kept):
        return losses[tuple(int(head in kept) for head in range(6))]

    return list(min(combinations(range(6), k), key=loss))
