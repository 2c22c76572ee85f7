"""Reuse of a beginning: requests that start with the same tokens start from the same keys and values.

A system prompt, a conversation so far, a document that is asked about twice: their positions were computed before, and
the causal mask says that what follows cannot have changed them. The tokens are compared, never a hash of them. Left
out: sharing the memory of common beginnings (a tree of blocks, as servers keep it).
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from groundup.checks import check_count
from groundup.llm.kv_cache.cache import KVCache

__all__ = ["PrefixCache"]


class PrefixCache:
    """Beginnings of texts with their keys and values; the least recently used go when memory is short.

    It belongs to one model: other weights make other keys.

    Parameters
    ----------
    limit_bytes : int
        Of keys and values that are kept.

    Attributes
    ----------
    asked, reused : int
        Tokens of all prompts so far, and how many of them need not be computed.
    """

    def __init__(self, limit_bytes: int) -> None:
        check_count("limit_bytes", limit_bytes, 0)
        self.limit_bytes, self.asked, self.reused = limit_bytes, 0, 0
        self._kept: OrderedDict[bytes, tuple[np.ndarray, KVCache]] = OrderedDict()  # oldest use first

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values that are kept."""
        return sum(cache.nbytes for _, cache in self._kept.values())

    def start(self, model: Any, ids: Sequence[int] | Tensor, room: int | None = None) -> KVCache:
        """A cache for a prompt, filled as far as a text that was stored begins with the same tokens.

        Run the model on ``ids[cache.length:]``: at least the last token is left, since its logits are wanted.

        Parameters
        ----------
        model
            Whatever `KVCache.of` takes.
        ids : tokens of one prompt
        room : int, optional
            Positions of the new cache; the model's context by default.
        """
        wanted, cache = _tokens(ids), KVCache.of(model, 1, room)
        best, key = 0, None
        for name, (stored, _) in self._kept.items():
            same = _common(stored, wanted)
            if same > best:
                best, key = same, name
        best = min(best, len(wanted) - 1, cache.room)
        self.asked += len(wanted)
        if key is not None and best > 0:
            source = self._kept[key][1]
            cache.keys[:, :, :, :best] = source.keys[:, :, :, :best]
            cache.values[:, :, :, :best] = source.values[:, :, :, :best]
            cache.length = best
            self._kept.move_to_end(key)
            self.reused += best
        return cache

    def store(self, ids: Sequence[int] | Tensor, cache: KVCache) -> None:
        """Keep a copy of the keys and values of `ids`, the first tokens that `cache` holds.

        Raises
        ------
        ValueError
            If the cache holds several sequences, or fewer positions than there are tokens.
        """
        tokens = _tokens(ids)
        if type(cache) is not KVCache or cache.batch != 1:
            raise ValueError(f"a KVCache of one sequence is stored; got {type(cache).__name__} of {cache.batch}")
        if cache.length < len(tokens):
            raise ValueError(f"the cache holds {cache.length} positions; got {len(tokens)} tokens")
        for name, (stored, _) in list(self._kept.items()):
            same = _common(stored, tokens)
            if same == len(tokens):  # a stored text begins with this one, which adds nothing
                self._kept.move_to_end(name)
                return
            if same == len(stored):  # this text begins with a stored one, which it replaces
                del self._kept[name]
        layers, _, heads, _, width = cache.keys.shape
        kept = KVCache(layers, 1, heads, len(tokens), width, cache.dtype, cache.keys.device)
        kept.keys[:], kept.values[:] = cache.keys[:, :, :, : len(tokens)], cache.values[:, :, :, : len(tokens)]
        kept.length = len(tokens)
        self._kept[tokens.tobytes()] = tokens, kept
        while self.nbytes > self.limit_bytes:
            self._kept.popitem(last=False)


def _common(a: np.ndarray, b: np.ndarray) -> int:
    """Tokens that two texts have in common from the start."""
    n = min(len(a), len(b))
    different = a[:n] != b[:n]
    return int(different.argmax()) if different.any() else n


def _tokens(ids: Sequence[int] | Tensor) -> np.ndarray:
    tokens = np.asarray(ids)
    if tokens.size and tokens.dtype.kind not in "iu":
        raise TypeError(f"ids must be whole numbers; got {tokens.dtype}")
    tokens = tokens.astype(np.int64)
    tokens = tokens[0] if tokens.ndim == 2 and len(tokens) == 1 else tokens
    if tokens.ndim != 1 or not tokens.size:
        raise ValueError(f"ids must be the tokens of one prompt; got shape {tokens.shape}")
    return tokens
