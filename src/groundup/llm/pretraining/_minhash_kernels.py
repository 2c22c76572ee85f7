"""Hashes of words and of runs of words, and the smallest of many hashings of a set."""

import numpy as np

from groundup.jit import njit

__all__ = ["gram_hashes", "signature"]


@njit
def _mixed(x):
    """A bijection of 64 bits after which all bits depend on all (the finalizer of SplitMix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit
def gram_hashes(text, size):
    """Hashes of all runs of `size` words of UTF-8 bytes; of all words together where there are fewer."""
    words, count, inside = np.empty(len(text) // 2 + 1, np.uint64), 0, False
    value = np.uint64(0)
    for i in range(len(text) + 1):
        byte = text[i] if i < len(text) else np.uint8(32)
        letter = 97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte >= 128 or byte == 95
        if letter:
            lower = byte + 32 if 65 <= byte <= 90 else byte
            value = (value if inside else np.uint64(0xCBF29CE484222325)) ^ np.uint64(lower)
            value *= np.uint64(0x100000001B3)  # FNV-1a
        elif inside:
            words[count] = value
            count += 1
        inside = letter
    size = min(size, count)
    out = np.empty(count - size + 1 if count else 0, np.uint64)
    for i in range(len(out)):
        value = np.uint64(0)
        for j in range(i, i + size):
            value = _mixed(value + words[j] + np.uint64(0x9E3779B97F4A7C15))
        out[i] = value
    return out


@njit
def signature(elements, keys):
    """For each key the smallest mixed hash of the elements."""
    out = np.full(len(keys), np.uint64(0xFFFFFFFFFFFFFFFF))
    for i in range(len(elements)):
        for j in range(len(keys)):
            value = _mixed(elements[i] ^ keys[j])
            if value < out[j]:
                out[j] = value
    return out
