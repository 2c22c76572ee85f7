"""Training of byte pair encoding: words are counted once, and a merge looks only at the places where its pair stands.

The distinct words lie one behind the other as a chain of places, of which each knows its neighbours, -1 at the borders
of a word, and the pair that it begins. A pair has a count and a list of its places. All places of a pair come into
being in one merge, that which makes the later of its two symbols; so the pairs of a new symbol are found in a small
table by the symbol beside it, and a pair that loses a place is known at that place: nothing is hashed.

The next pair comes from a heap whose counts may be too large: merging lowers the counts of neighbours without touching
the heap, so a pair that comes up with a stale count goes back with the true one. Work: proportional to the symbols that
are merged.
"""

import numpy as np

from groundup.jit import njit
from groundup.text.tokenization._bpe_words_kernels import FIELDS, LONG, enlarge, find_word, word_key
from groundup.text.tokenization._pretokenize_kernels import helper, inlined, word_end

U = np.uint64
# one record a place and one a list entry, so that each is one access to memory; weight: how often the word occurs
PLACE = np.dtype(
    [("weight", np.int64), ("symbol", np.int32), ("pair", np.int32), ("before", np.int32), ("after", np.int32)]
)
ENTRY = np.dtype([("place", np.int32), ("following", np.int32)])


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


@inlined
def word_size(high):
    """Bytes of the word whose key has this second field."""
    return np.int64(high & ~LONG) if high >= LONG else np.int64(high >> U(56))


@njit
def lay_out(table, store, id_of):
    """Chain of the symbols of all words in the table, their pairs not yet known (-1)."""
    total = 0
    for r in range(len(table) // FIELDS):
        total += word_size(table[FIELDS * r + 1])
    chain = np.empty(total, PLACE)
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
            here = chain[place]
            here.symbol, here.weight, here.pair = id_of[byte], np.int64(table[FIELDS * r + 2]), -1
            here.before = place - 1 if z > 0 else -1
            here.after = place + 1 if z + 1 < size else -1
            place += 1
    return chain


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


@inlined
def add_place(q, first, left, right, keys, counts, heads, entries, state, weight, place):
    """Count one more place of pair q and put it at the head of its list; a number below `first` asks for a new pair.

    `state`: pairs, entries used. Returns the pair.
    """
    if q < first:
        q = np.int32(state[0])
        keys[q], counts[q], heads[q] = (left << 32) | right, 0, -1
        state[0] += 1
    e = state[1]
    counts[q] += weight
    entries[U(e)].place, entries[U(e)].following, heads[q] = place, heads[q], e
    state[1] += 1
    return q


@inlined
def merge_at(i, new, first, chain, partners, keys, counts, heads, entries, state):
    """Make one symbol of the pair at place i: two pairs with its neighbours lose a place, two new ones gain it.

    `partners` has the pair of the new symbol with s behind it at s, with s before it in the second half; what is
    smaller than `first` there is left from a former merge. Twice the new symbol is one pair, in the first half.
    """
    here = chain[U(i)]
    absorbed = chain[U(here.after)]
    h, j = np.int64(here.before), np.int64(absorbed.after)
    if j >= 0:
        end = np.int64(chain[U(j)].symbol)
        counts[absorbed.pair] -= here.weight
        q = add_place(partners[end], first, new, end, keys, counts, heads, entries, state, here.weight, i)
        partners[end] = here.pair = q
        chain[U(j)].before = i
    else:
        here.pair = -1
    here.symbol, here.after, absorbed.pair = new, j, -1
    if h >= 0:
        start = np.int64(chain[U(h)].symbol)
        counts[chain[U(h)].pair] -= here.weight
        p = start if start == new else start + len(partners) // 2
        q = add_place(partners[p], first, start, new, keys, counts, heads, entries, state, here.weight, h)
        partners[p] = chain[U(h)].pair = q


@helper
def merge_all(q, new, chain, partners, keys, counts, heads, entries, state):
    """Merge pair q wherever it stands; places in its list where it stands no longer are passed over."""
    first, e = state[0], heads[q]
    twice = keys[q] >> 32 == keys[q] & 0xFFFFFFFF
    counts[q] = 0
    while e >= 0:
        i, e = np.int64(entries[U(e)].place), entries[U(e)].following
        if twice and chain[U(i)].pair == q:  # pairs overlap: from the start of the run of equal symbols, left to right
            while chain[U(i)].before >= 0 and chain[U(chain[U(i)].before)].pair == q:
                i = np.int64(chain[U(i)].before)
        while i >= 0 and chain[U(i)].pair == q:
            merge_at(i, new, first, chain, partners, keys, counts, heads, entries, state)
            i = np.int64(chain[U(i)].after)


@helper
def first_pairs(chain, ids, keys, counts, heads, entries, state):
    """Enter the pairs of a chain of symbols below `ids`; keys, counts and heads, which may be larger ones."""
    known = np.full(ids * ids, -1, np.int32)
    for i in range(len(chain)):
        if chain[i].after < 0:
            continue
        if state[0] == len(keys):
            keys, counts, heads = longer(keys, 0), longer(counts, 0), longer(heads, 0)
        left, right = np.int64(chain[i].symbol), np.int64(chain[chain[i].after].symbol)
        at = left * ids + right
        q = add_place(known[at], 0, left, right, keys, counts, heads, entries, state, chain[i].weight, i)
        known[at] = chain[i].pair = q
    return keys, counts, heads


@njit
def train(chain, merges, first_id, least):
    """The pairs to merge, in order, (number of merges, 2): merge m makes id first_id + m. The chain is used up.

    It ends when no pair is left that occurs `least` times.
    """
    keys, counts, heads = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int32)
    # each symbol begins one pair at first, and each merge makes at most two new places and one symbol fewer
    entries, state = np.empty(3 * len(chain) + 1, ENTRY), np.zeros(2, np.int64)
    keys, counts, heads = first_pairs(chain, first_id, keys, counts, heads, entries, state)
    partners = np.full(2 * (first_id + merges), -1, np.int32)

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

        new = first_id + done
        learned[done, 0], learned[done, 1] = keys[q] >> 32, keys[q] & 0xFFFFFFFF
        done += 1
        room = state[0] + 2 * new + 1  # a new symbol has at most two pairs with each other one, and one with itself
        if room > len(keys):
            keys, counts, heads = longer(keys, room), longer(counts, room), longer(heads, room)
        merge_all(q, new, chain, partners, keys, counts, heads, entries, state)
