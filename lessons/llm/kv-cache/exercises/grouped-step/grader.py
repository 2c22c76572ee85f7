"""What the learner's `grouped_step` is held against: one token, H query heads, G heads in the cache."""

import numpy as np

FUNCTION = "grouped_step"
FORBIDDEN = ["torch", "groundup.llm", "groundup.transformers"]
RTOL, ATOL = 1e-5, 1e-6  # a float32 solution passes; a wrong head or place differs by far more


def reference(
    q, k, v, keys, values, length, *, dealt=False, scaled=True, itself=True, filled=True, place=0, swapped=False,
    per_width=True, normal=True,
):  # fmt: skip
    keys, values = keys.copy(), values.copy()
    at = max(length - place, 0)
    keys[:, at], values[:, at] = (v, k) if swapped else (k, v)
    (H, D), G = q.shape, len(k)
    owner = np.arange(H) % G if dealt else np.arange(H) // (H // G)
    stop = keys.shape[1] if not filled else length + 1 if itself else max(length, 1)
    K, V = keys[owner, :stop], values[owner, :stop]
    scores = np.einsum("hd,hsd->hs", q, K) / (np.sqrt(D if per_width else H * D) if scaled else 1)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    if normal:
        weights /= weights.sum(axis=1, keepdims=True)
    return {"out": np.einsum("hs,hsd->hd", weights, V), "keys": keys, "values": values}


def cases():
    rng = np.random.default_rng(31)
    for name, H, G, D, room, length in [
        ("two heads share one, empty cache", 2, 1, 3, 4, 0),
        ("each head its own", 3, 3, 4, 6, 2),
        ("four heads share two", 4, 2, 5, 9, 6),
        ("eight heads share four, the last place", 8, 4, 6, 12, 11),
        ("six heads share one", 6, 1, 2, 20, 13),
    ]:
        q, k, v = (1.5 * rng.normal(size=(n, D)) for n in (H, G, G))
        yield name, {"q": q, "k": k, "v": v, "keys": rng.normal(size=(G, room, D)),
                     "values": rng.normal(size=(G, room, D)), "length": length}  # fmt: skip


MISTAKES = {
    "neighbouring query heads share a key head: head h reads from h // (H / G)": {"dealt": True},
    "scores are divided by the root of the head's width": {"scaled": False},
    "the width of one head counts, not of all heads together": {"per_width": False},
    "the new token looks at itself, too": {"itself": False},
    "look at the filled places only: the rest of the room holds leftovers": {"filled": False},
    "the new key goes to place `length`, behind those that are there": {"place": 1},
    "keys and values are swapped": {"swapped": True},
    "the weights of a head sum to 1": {"normal": False},
}
