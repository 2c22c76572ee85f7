"""A table of words: found by their bytes, one record of 32 bytes a word, so that a look-up touches one cache line.

A record is four uint64: the bytes 0 to 7 of the word, the bytes 8 to 14 with the length above them, a value, a count. A
word of up to SHORT bytes is its own key. A longer one has a hash in the first field and LONG in the second, and its
bytes are compared with those in `store`, where the fourth field says they begin: two words never share a record.

Open addressing; a table is at most half full. The second field is 0 in an empty record only.
"""

import numpy as np

from groundup.jit import njit
from groundup.text.tokenization._pretokenize_kernels import eight, inlined

U = np.uint64
FIELDS = 4
SHORT = U(15)
LONG = U(1) << U(63)


@inlined
def word_key(text, i, e):
    """Both fields of the key of text[i:e]."""
    size = e - i
    if size > SHORT:
        low = eight(text, e - U(8))
        for z in range(i, e - U(8), U(8)):
            low = (low ^ eight(text, U(z))) * U(0x9E3779B97F4A7C15)
            low ^= low >> U(32)
        return low, LONG | size
    high = size << U(56)
    if size > U(8):
        return eight(text, i), high | (eight(text, e - U(8)) >> (U(8) * (U(16) - size)))
    if e >= U(8):
        return eight(text, e - U(8)) >> (U(8) * (U(8) - size)), high
    low = U(0)
    for z in range(e, i, -1):
        low = (low << U(8)) | U(text[U(z) - U(1)])
    return low, high


@inlined
def first_record(low, high, mask):
    """Where the search for a key begins."""
    h = (low ^ (high * U(0x9E3779B97F4A7C15))) * U(0xD6E8FEB86659FD93)
    return (h ^ (h >> U(32))) & mask


@inlined
def find_word(table, store, text, i, e, low, high):
    """Index of the word's first field, or of the empty record where it belongs."""
    mask = U(len(table) // FIELDS - 1)
    p = first_record(low, high, mask)
    while True:
        at = p * U(FIELDS)
        found = table[at + U(1)]
        if found == U(0):
            return at
        if found == high and table[at] == low:
            if found < LONG:
                return at
            start, same = table[at + U(3)], True
            for z in range(e - i):
                if store[start + U(z)] != text[i + U(z)]:
                    same = False
                    break
            if same:
                return at
        p = (p + U(1)) & mask


@njit
def enlarge(table, capacity):
    """The same records in a table of `capacity` records, a power of two."""
    out = np.zeros(capacity * FIELDS, np.uint64)
    mask = U(capacity - 1)
    for r in range(U(len(table) // FIELDS)):
        at = r * U(FIELDS)
        if table[at + U(1)] != U(0):
            p = first_record(table[at], table[at + U(1)], mask)
            while out[p * U(FIELDS) + U(1)] != U(0):
                p = (p + U(1)) & mask
            for z in range(U(FIELDS)):
                out[p * U(FIELDS) + z] = table[at + z]
    return out
