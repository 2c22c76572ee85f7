"""Training of byte pair encoding: words are counted once, and a merge looks only at the places where its pair stands.

The distinct words lie one behind the other as a chain of symbols: `after` and `before` give a symbol's neighbours, -1
at the borders of a word. Each pair keeps a list of its places and a count. The next pair comes from a heap whose counts
may be too large: merging lowers the counts of neighbours without touching the heap, so a pair that comes up with a
stale count goes back with the true one. Work: proportional to the symbols that are merged, each with four look-ups.
"""

import numpy as np

from groundup.jit import njit
from groundup.text.tokenization._bpe_words_kernels import FIELDS, LONG, enlarge, find_word, word_key
from groundup.text.tokenization._pretokenize_kernels import helper, word_end

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
                    store = longer(store, filled + size)
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


@helper
def longer(array, needed):
    """The array with room for twice as many entries, or for `needed`."""
    out = np.empty(max(2 * len(array), needed), array.dtype)
    for z in range(len(array)):
        out[z] = array[z]
    return out


@helper
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


@helper
def pair_slot(slots, keys, key):
    """Slot of the pair with this key, or the empty slot (-1) where it belongs."""
    mask = U(len(slots) - 1)
    p = ((U(key) * U(0x9E3779B97F4A7C15)) >> U(32)) & mask
    while slots[p] >= 0 and keys[U(slots[p])] != key:
        p = (p + U(1)) & mask
    return p


@helper
def enlarge_pairs(slots, keys, counts, heads, pairs, needed):
    """The same pairs with room for `needed` of them or more."""
    keys, counts, heads = longer(keys, needed), longer(counts, needed), longer(heads, needed)
    capacity = len(slots)
    while capacity < 2 * len(keys):
        capacity *= 2
    slots = np.empty(capacity, np.int32)
    for p in range(capacity):
        slots[p] = -1
    for q in range(pairs):
        slots[pair_slot(slots, keys, keys[q])] = q
    return slots, keys, counts, heads


@helper
def comes_first(count, key, other_count, other_key):
    """Order of merging: the larger count, and of equal ones the smaller pair of ids."""
    return count > other_count or (count == other_count and key < other_key)


@helper
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


@helper
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


@helper
def add_place(slots, keys, counts, heads, places, following, state, key, weight, place):
    """Count one more place of a pair and put it at the head of its list. `state`: pairs, places used."""
    p = pair_slot(slots, keys, key)
    q = np.int64(slots[p])
    if q < 0:
        q = state[0]
        slots[p], keys[q], counts[q], heads[q] = q, key, 0, -1
        state[0] += 1
    used = state[1]
    counts[q] += weight
    places[used], following[used], heads[q] = place, heads[q], used
    state[1] += 1


@helper
def stands(i, left, right, symbols, after):
    """Whether the pair stands at place i."""
    return symbols[i] == left and after[i] >= 0 and symbols[after[i]] == right


@helper
def merge_at(
    i, left, right, new, symbols, before, after, weights, slots, keys, counts, heads, places, following, state
):  # fmt: skip
    """Make one symbol of the pair at place i: two pairs with its neighbours lose a place, two new ones gain it."""
    j, previous, weight = after[i], np.int64(before[i]), weights[i]
    behind = np.int64(after[j])
    symbols[i], symbols[j], after[i] = new, -1, behind
    if behind >= 0:
        before[behind] = i
        end = np.int64(symbols[behind])
        counts[slots[pair_slot(slots, keys, (right << 32) | end)]] -= weight
        add_place(slots, keys, counts, heads, places, following, state, (new << 32) | end, weight, i)
    if previous >= 0:
        start = np.int64(symbols[previous]) << 32
        counts[slots[pair_slot(slots, keys, start | left)]] -= weight
        add_place(slots, keys, counts, heads, places, following, state, start | new, weight, previous)


@helper
def merge_all(
    q, left, right, new, symbols, before, after, weights, slots, keys, counts, heads, places, following, state
):  # fmt: skip
    """Merge pair q wherever it stands; places in its list where it stands no longer are passed over."""
    e, heads[q] = heads[q], -1
    while e >= 0:
        i, e = np.int64(places[e]), following[e]
        if left == right:  # pairs overlap: from the start of the run of equal symbols, left to right
            while symbols[i] == left and before[i] >= 0 and symbols[before[i]] == left:
                i = np.int64(before[i])
        while i >= 0 and stands(i, left, right, symbols, after):
            merge_at(
                i, left, right, new, symbols, before, after, weights,
                slots, keys, counts, heads, places, following, state,
            )  # fmt: skip
            i = np.int64(after[i])


@njit
def train(symbols, before, after, weights, merges, first_id, least):
    """The pairs to merge, in order, (number of merges, 2): merge m makes id first_id + m. The chain is used up.

    It ends when no pair is left that occurs `least` times.
    """
    n = len(symbols)
    # each symbol begins one pair at first, and each merge makes at most two new places and one symbol fewer
    places, following, state = np.empty(3 * n + 1, np.int32), np.empty(3 * n + 1, np.int32), np.zeros(2, np.int64)
    slots, keys = np.full(64, -1, np.int32), np.empty(32, np.int64)
    counts, heads = np.empty(32, np.int64), np.empty(32, np.int32)
    for i in range(n):
        if after[i] >= 0:
            if state[0] == len(keys):
                slots, keys, counts, heads = enlarge_pairs(slots, keys, counts, heads, state[0], state[0])
            key = (np.int64(symbols[i]) << 32) | np.int64(symbols[after[i]])
            add_place(slots, keys, counts, heads, places, following, state, key, weights[i], i)

    # the heap holds the pairs that occur `bound` times; when it is empty, bound falls to half of the largest count
    heap_counts, heap_pairs, size = np.empty(32, np.int64), np.empty(32, np.int64), 0
    learned, done, seen, bound = np.empty((merges, 2), np.int64), 0, 0, np.int64(1) << 62
    while True:
        while size > 0 and counts[heap_pairs[0]] != heap_counts[0]:
            q = heap_pairs[0]
            if counts[q] >= bound:  # stale: back with the true count
                sink(heap_counts, heap_pairs, size, counts[q], q, keys)
            else:
                size -= 1
                sink(heap_counts, heap_pairs, size, heap_counts[size], heap_pairs[size], keys)
        if size == 0 and bound > least:
            most = np.int64(0)
            for q in range(state[0]):
                most = max(most, counts[q])
            bound, seen = max(least, most // 2), 0
        if size + state[0] - seen > len(heap_counts):
            room = size + state[0] - seen
            heap_counts, heap_pairs = longer(heap_counts, room), longer(heap_pairs, room)
        for q in range(seen, state[0]):
            if counts[q] >= bound:
                size = push(heap_counts, heap_pairs, size, counts[q], q, keys)
        seen = state[0]
        if done == merges or size == 0:
            return learned[:done]
        q = heap_pairs[0]
        size -= 1
        sink(heap_counts, heap_pairs, size, heap_counts[size], heap_pairs[size], keys)

        left, right, new = keys[q] >> 32, keys[q] & 0xFFFFFFFF, first_id + done
        learned[done, 0], learned[done, 1] = left, right
        done += 1
        e, many = heads[q], 0
        while e >= 0:
            many += 1
            e = following[e]
        if state[0] + 2 * many > len(keys):
            slots, keys, counts, heads = enlarge_pairs(slots, keys, counts, heads, state[0], state[0] + 2 * many)
        counts[q] = 0
        merge_all(
            q, left, right, new, symbols, before, after, weights,
            slots, keys, counts, heads, places, following, state,
        )  # fmt: skip
