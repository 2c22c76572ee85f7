"""What the learner's `distance_bias` is held against."""

import numpy as np

FUNCTION = "distance_bias"
FORBIDDEN = ["groundup.transformers", "torch", "transformers"]
RTOL, ATOL = 1e-6, 1e-9  # entries are looked up, nothing is computed; float32 rounds them by 6e-8


def reference(table, T, S, *, sign=1, late=True, far="clipped", middle=True, spread=False):
    reach = table.shape[1] // 2
    after = np.arange(S) - np.arange(S - T if late else 0, S if late else T)[:, None]
    after = np.abs(after) if sign == 0 else sign * after
    columns = (reach if middle else 0) + (after if far == "wrapped" else np.clip(after, -reach, reach))
    bias = table[:, columns % table.shape[1]]
    if far == "zero":
        bias = np.where(np.abs(after) <= reach, bias, 0.0)
    return bias.swapaxes(0, 1) if spread else bias


def cases():
    rng = np.random.default_rng(5)
    for name, heads, reach, T, S in [
        ("two positions, one head", 1, 1, 2, 2),
        ("all distances within reach", 2, 6, 4, 4),
        ("distances beyond reach", 3, 2, 7, 7),
        ("three new queries after a cache of five", 2, 3, 3, 8),
        ("one query far from the beginning", 4, 2, 1, 9),
        ("a single number: reach 0", 2, 0, 3, 5),
    ]:
        yield name, {"table": rng.normal(size=(heads, 2 * reach + 1)), "T": T, "S": S}


MISTAKES = {
    "a key after the query has a positive distance: key minus query": {"sign": -1},
    "a distance has a sign: what comes before has numbers of its own": {"sign": 0},
    "the queries are the last T of the S positions, not the first": {"late": False},
    "beyond the reach the number of the largest distance is used, not 0": {"far": "zero"},
    "clip the distances: a negative column counts from the table's end": {"far": "wrapped"},
    "the number for distance 0 stands in the middle of the table, at reach": {"middle": False},
    "the heads come first: (heads, T, S)": {"spread": True},
}
