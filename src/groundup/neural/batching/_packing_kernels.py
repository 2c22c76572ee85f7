"""First fit in O(n log n): a tree over the rows holds the largest room left below each node."""

import numpy as np

from groundup.jit import njit


@njit
def first_fit(sizes: np.ndarray, capacity: int) -> np.ndarray:
    """Row of each item, when each goes into the first row that has room.

    sizes (n,) int64, each at most capacity; returns (n,) int64. Node i has children 2i and 2i + 1, the leaves are the
    rows, all empty at first: so the descent that prefers the left child finds the first row with room.
    """
    n = sizes.shape[0]
    leaves = 1
    while leaves < n:
        leaves *= 2
    room = np.full(2 * leaves, capacity, dtype=np.int64)
    rows = np.empty(n, dtype=np.int64)
    for item in range(n):
        node = 1
        while node < leaves:
            node = 2 * node if room[2 * node] >= sizes[item] else 2 * node + 1
        rows[item] = node - leaves
        room[node] -= sizes[item]
        node //= 2
        while node:
            room[node] = max(room[2 * node], room[2 * node + 1])
            node //= 2
    return rows
