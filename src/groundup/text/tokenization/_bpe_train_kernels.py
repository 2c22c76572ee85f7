"""Training of byte pair encoding: words are counted once, and a merge looks only at the places where its pair stands.

The distinct words lie one behind the other as a chain of symbols: `after` and `before` give a symbol's neighbours, -1
at the borders of a word. Each pair keeps a list of its places and a count. The next pair comes from a heap whose counts
may be too large: merging lowers the counts of neighbours without touching the heap, so a pair that comes up with a
stale count goes back with the true one. Work: proportional to the symbols that are merged, each with four look-ups.
"""

import numpy as np

from groundup.jit import njit
from groundup.text.tokenization._bpe_words_kernels import FIELDS, LONG, enlarge, find_word, word_key
from groundup.text.tokenization._pretokenize_kernels import word_end

U = np.uint64


@njit
def count_words(text, classes, pattern, table, store, used, filled):
    """Add the words of a text to a table; a record's value is the count, a long word's bytes are put into `store`.

    Returns table and store, which may be larger ones, the number of records used and the bytes of the store filled.
    """
    n, i = U(len(text)), U(0)
    while i < n:
        e = word_end(text, i, n, classes, pattern)
        low, high = word_key(text, i, e)
        at = find_word(table, store, text, i, e, low, high)
        if table[at + U(1)] == U(0):
            if high >= LONG:
                size = np.int64(e - i)
                if filled + size > len(store):
                    larger = np.empty(2 * len(store) + size, np.uint8)
                    larger[:filled] = store[:filled]
                    store = larger
                for z in range(size):
                    store[U(filled + z)] = text[i + U(z)]
                table[at + U(3)] = U(filled)
                filled += size
            table[at], table[at + U(1)] = low, high
            used += 1
        table[at + U(2)] += U(1)
        if 2 * used * FIELDS > len(table):
            table = enlarge(table, len(table) // FIELDS * 4)
        i = e
    return table, store, used, filled


@njit
def word_size(high):
    """Bytes of the word whose key has this second field."""
    return np.int64(high & ~LONG) if high >= LONG else np.int64(high >> U(56))


@njit
def lay_out(table, store, id_of):
    """Chain of the symbols of all words in the table: symbols, neighbours before and after, and the words' counts."""
    total = 0
    for r in range(len(table) // FIELDS):
        total += word_size(table[FIELDS * r + 1])
    symbols = np.empty(total, np.int32)
    before, after = np.empty(total, np.int32), np.empty(total, np.int32)
    weights = np.empty(total, np.int64)
    place = 0
    for r in range(len(table) // FIELDS):
        low, high = table[FIELDS * r], table[FIELDS * r + 1]
        if high == U(0):
            continue
        size = word_size(high)
        for z in range(size):
            if high >= LONG:
                byte = np.int64(store[np.int64(table[FIELDS * r + 3]) + z])
            else:
                byte = np.int64(((low >> U(8 * z)) if z < 8 else (high >> U(8 * (z - 8)))) & U(255))
            symbols[place] = id_of[byte]
            weights[place] = np.int64(table[FIELDS * r + 2])
            before[place] = place - 1 if z > 0 else -1
            after[place] = place + 1 if z + 1 < size else -1
            place += 1
    return symbols, before, after, weights


@njit
def pair_slot(slots, keys, key):
    """Slot of the pair with this key, or the empty slot (-1) where it belongs."""
    mask = U(len(slots) - 1)
    p = ((U(key) * U(0x9E3779B97F4A7C15)) >> U(32)) & mask
    while slots[p] >= 0 and keys[U(slots[p])] != key:
        p = (p + U(1)) & mask
    return p


@njit
def enlarge_pairs(slots, keys, counts, heads, pairs, needed):
    """The same pairs with room for `needed` of them."""
    size = max(2 * len(keys), needed)
    more_keys, more_counts = np.empty(size, np.int64), np.zeros(size, np.int64)
    more_heads = np.full(size, -1, np.int32)
    more_keys[:pairs], more_counts[:pairs], more_heads[:pairs] = keys[:pairs], counts[:pairs], heads[:pairs]
    capacity = len(slots)
    while capacity < 2 * size:
        capacity *= 2
    slots = np.full(capacity, -1, np.int32)
    for q in range(pairs):
        slots[pair_slot(slots, more_keys, more_keys[q])] = q
    return slots, more_keys, more_counts, more_heads


@njit
def comes_first(count, key, other_count, other_key):
    """Order of merging: the larger count, and of equal ones the smaller pair of ids."""
    return count > other_count or (count == other_count and key < other_key)


@njit
def push(heap_counts, heap_pairs, size, count, q, keys):
    """Put pair q into the heap; its size after that."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if not comes_first(count, keys[q], heap_counts[up], keys[heap_pairs[up]]):
            break
        heap_counts[i], heap_pairs[i] = heap_counts[up], heap_pairs[up]
        i = up
    heap_counts[i], heap_pairs[i] = count, q
    return size + 1


@njit
def sink(heap_counts, heap_pairs, size, count, q, keys):
    """Put pair q in the place of the heap's first."""
    i = 0
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        right = down + 1
        if right < size and comes_first(
            heap_counts[right], keys[heap_pairs[right]], heap_counts[down], keys[heap_pairs[down]]
        ):
            down = right
        if not comes_first(heap_counts[down], keys[heap_pairs[down]], count, keys[q]):
            break
        heap_counts[i], heap_pairs[i] = heap_counts[down], heap_pairs[down]
        i = down
    heap_counts[i], heap_pairs[i] = count, q


@njit
def add_place(slots, keys, counts, heads, pairs, places, following, used, key, weight, place):
    """Count one more place of a pair and put it at the head of its list; (number of pairs, places used)."""
    p = pair_slot(slots, keys, key)
    if slots[p] < 0:
        slots[p], keys[pairs] = pairs, key
        pairs += 1
    q = slots[p]
    counts[q] += weight
    places[used], following[used], heads[q] = place, heads[q], used
    return pairs, used + 1


@njit
def lower(slots, keys, counts, key, weight):
    """Take one place off a pair's count; the place itself stays listed and is seen to be stale when its turn comes."""
    q = slots[pair_slot(slots, keys, key)]
    if q >= 0:
        counts[q] -= weight


@njit
def train(symbols, before, after, weights, merges, first_id, least):
    """The pairs to merge, in order, (number of merges, 2): merge m makes id first_id + m. The chain is used up.

    It ends when no pair is left that occurs `least` times.
    """
    n = len(symbols)
    # each symbol begins one pair at first, and each merge makes at most two new places and one symbol fewer
    places, following, used = np.empty(3 * n + 1, np.int32), np.empty(3 * n + 1, np.int32), 0
    room = 1 << 12
    slots, keys = np.full(2 * room, -1, np.int32), np.empty(room, np.int64)
    counts, heads, pairs = np.zeros(room, np.int64), np.full(room, -1, np.int32), 0
    for i in range(n):
        if after[i] >= 0:
            key = (np.int64(symbols[i]) << 32) | symbols[after[i]]
            pairs, used = add_place(slots, keys, counts, heads, pairs, places, following, used, key, weights[i], i)
            if pairs == len(keys):
                slots, keys, counts, heads = enlarge_pairs(slots, keys, counts, heads, pairs, 0)
    heap_counts, heap_pairs, size = np.empty(2 * pairs + 16, np.int64), np.empty(2 * pairs + 16, np.int32), 0
    for q in range(pairs):
        size = push(heap_counts, heap_pairs, size, counts[q], q, keys)

    learned, done = np.empty((merges, 2), np.int64), 0
    found = np.empty(n, np.int32)
    while done < merges and size > 0:
        count, q = heap_counts[0], heap_pairs[0]
        if counts[q] != count and counts[q] > 0:  # stale: back with the true count
            sink(heap_counts, heap_pairs, size, counts[q], q, keys)
            continue
        size -= 1
        if size > 0:
            sink(heap_counts, heap_pairs, size, heap_counts[size], heap_pairs[size], keys)
        if counts[q] <= 0:
            continue
        if count < least:
            break
        left, right, new = keys[q] >> 32, keys[q] & 0xFFFFFFFF, first_id + done
        learned[done, 0], learned[done, 1] = left, right
        done += 1
        many = occurrences(q, heads, places, following, symbols, after, left, right, found)
        counts[q] = 0
        if pairs + 2 * many > len(keys):
            slots, keys, counts, heads = enlarge_pairs(slots, keys, counts, heads, pairs, pairs + 2 * many)
        old = pairs
        pairs, used = merge(
            found[:many], symbols, before, after, weights, left, right, new,
            slots, keys, counts, heads, pairs, places, following, used,
        )  # fmt: skip
        if size + pairs - old > len(heap_counts):
            heap_counts, heap_pairs = longer(heap_counts, size + pairs - old), longer(heap_pairs, size + pairs - old)
        for z in range(old, pairs):
            if counts[z] > 0:
                size = push(heap_counts, heap_pairs, size, counts[z], z, keys)
    return learned[:done].copy()


@njit
def longer(array, needed):
    out = np.empty(max(2 * len(array), needed), array.dtype)
    out[: len(array)] = array
    return out


@njit
def occurrences(q, heads, places, following, symbols, after, left, right, found):
    """Collect where pair q still stands into `found`; those of equal symbols in order of place."""
    many, e = 0, heads[q]
    heads[q] = -1
    while e >= 0:
        i = places[e]
        if symbols[i] == left and after[i] >= 0 and symbols[after[i]] == right:
            found[many] = i
            many += 1
        e = following[e]
    if left == right:  # in a run of equal symbols the pairs overlap: merged from left to right
        found[:many] = np.sort(found[:many])
    return many


@njit
def merge(
    found, symbols, before, after, weights, left, right, new,
    slots, keys, counts, heads, pairs, places, following, used,
):  # fmt: skip
    """Make one symbol of each place in `found` and bring the neighbours' pairs up to date; (pairs, places used)."""
    for i in found:
        j = after[i]
        if symbols[i] != left or j < 0 or symbols[j] != right:  # its overlapping neighbour was merged just now
            continue
        weight, previous, following_symbol = weights[i], before[i], after[j]
        symbols[i], symbols[j], after[i] = new, -1, following_symbol
        if following_symbol >= 0:
            before[following_symbol] = i
            lower(slots, keys, counts, (right << 32) | symbols[following_symbol], weight)
            key = (new << 32) | symbols[following_symbol]
            pairs, used = add_place(slots, keys, counts, heads, pairs, places, following, used, key, weight, i)
        if previous >= 0:
            lower(slots, keys, counts, (np.int64(symbols[previous]) << 32) | left, weight)
            key = (np.int64(symbols[previous]) << 32) | new
            pairs, used = add_place(slots, keys, counts, heads, pairs, places, following, used, key, weight, previous)
    return pairs, used
