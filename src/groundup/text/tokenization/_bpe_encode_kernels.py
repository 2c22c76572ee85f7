"""Encoding: words are cut off, looked up among those met before, and merged when they are new.

Merging takes the pair of the lowest priority, the leftmost first. Done the plain way a word of k bytes needs O(k²)
comparisons, which is the fastest for words as they are; from HEAP_FROM bytes on a heap over a linked list needs
O(k log k), so that a megabyte of spaces is no trap.

`rules` is a table of pairs, two int64 a record: left << 32 | right, and priority << 32 | id of the merged token.
"""

import numpy as np

from groundup.jit import njit
from groundup.text.tokenization._bpe_words_kernels import FIELDS, LONG, find_word, word_key
from groundup.text.tokenization._pretokenize_kernels import eight, helper, inlined, word_end

U = np.uint64
NONE = np.int64(0x7FFFFFFFFFFFFFFF)  # no rule: above every priority
HEAP_FROM = 96  # bytes
REMEMBERED = U(256)  # longer words are not kept
ONE_TOKEN = U(1) << U(63)  # a record's value: this and the id, or where the tokens begin << 24 | how many


@njit
def make_rules(left, right, priority, result, capacity):
    """The table of pairs; of a pair that comes twice the first counts."""
    rules = np.full(2 * capacity, -1, np.int64)
    for r in range(len(left)):
        key = (left[r] << 32) | right[r]
        at = rule_place(rules, key)
        if rules[at] < 0:
            rules[at], rules[at + U(1)] = key, (priority[r] << 32) | result[r]
    return rules


@inlined
def rule_place(rules, key):
    """Where a pair's record is or belongs."""
    mask = U(len(rules) // 2 - 1)
    p = ((U(key) * U(0x9E3779B97F4A7C15)) >> U(32)) & mask
    while rules[U(2) * p] >= 0 and rules[U(2) * p] != key:
        p = (p + U(1)) & mask
    return U(2) * p


@helper
def rule_of(rules, left, right):
    """priority << 32 | merged id of a pair, NONE when it is never merged."""
    at = rule_place(rules, (np.int64(left) << 32) | np.int64(right))
    return rules[at + U(1)] if rules[at] >= 0 else NONE


@njit
def make_words(data, starts, ids, table):
    """Fill a table of words with data[starts[w]:starts[w + 1]] and the values ids[w]."""
    for w in range(len(ids)):
        i, e = U(starts[w]), U(starts[w + 1])
        low, high = word_key(data, i, e)
        at = find_word(table, data, data, i, e, low, high)
        table[at], table[at + U(1)], table[at + U(2)], table[at + U(3)] = low, high, U(ids[w]), i
    return table


@helper
def merge_short(symbols, found, k, rules):
    """Merge the first k symbols in place; how many remain. `found` is room for the rules of neighbours."""
    for z in range(k - 1):
        found[z] = rule_of(rules, symbols[z], symbols[z + 1])
    while k > 1:
        best, where = NONE, 0
        for z in range(k - 1):
            if found[z] < best:
                best, where = found[z], z
        if best == NONE:
            break
        symbols[where] = np.int32(best & 0xFFFFFFFF)
        k -= 1
        for z in range(where + 1, k):
            symbols[z] = symbols[z + 1]
            found[z - 1] = found[z]
        if where > 0:
            found[where - 1] = rule_of(rules, symbols[where - 1], symbols[where])
        if where < k - 1:
            found[where] = rule_of(rules, symbols[where], symbols[where + 1])
    return k


@helper
def merge_long(symbols, k, rules):
    """As `merge_short`, with a heap of (rule, place); entries whose pair is gone are dropped when they come up."""
    after, before = np.arange(1, k + 1), np.arange(-1, k - 1)
    heap_rules, heap_places, size = np.empty(3 * k, np.int64), np.empty(3 * k, np.int64), 0
    for z in range(k - 1):
        size = push_rule(heap_rules, heap_places, size, rule_of(rules, symbols[z], symbols[z + 1]), z)
    while size > 0:
        rule, i = heap_rules[0], heap_places[0]
        size -= 1
        sink_rule(heap_rules, heap_places, size, heap_rules[size], heap_places[size])
        j = after[i]
        if symbols[i] < 0 or j >= k or rule_of(rules, symbols[i], symbols[j]) != rule:
            continue
        symbols[i], symbols[j], after[i] = np.int32(rule & 0xFFFFFFFF), -1, after[j]
        if after[j] < k:
            before[after[j]] = i
            size = push_rule(heap_rules, heap_places, size, rule_of(rules, symbols[i], symbols[after[j]]), i)
        if before[i] >= 0:
            h = before[i]
            size = push_rule(heap_rules, heap_places, size, rule_of(rules, symbols[h], symbols[i]), h)
    left = 0
    for z in range(k):
        if symbols[z] >= 0:
            symbols[left] = symbols[z]
            left += 1
    return left


@helper
def push_rule(heap_rules, heap_places, size, rule, place):
    """Put a rule at a place into the heap; its size after that."""
    if rule == NONE:
        return size
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if heap_rules[up] < rule or (heap_rules[up] == rule and heap_places[up] < place):
            break
        heap_rules[i], heap_places[i] = heap_rules[up], heap_places[up]
        i = up
    heap_rules[i], heap_places[i] = rule, place
    return size + 1


@helper
def sink_rule(heap_rules, heap_places, size, rule, place):
    """Put a rule in the place of the heap's first, which is gone; `size` counts what the heap then holds."""
    i = 0
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        right = down + 1
        if right < size and (
            heap_rules[right] < heap_rules[down]
            or (heap_rules[right] == heap_rules[down] and heap_places[right] < heap_places[down])
        ):
            down = right
        if not (heap_rules[down] < rule or (heap_rules[down] == rule and heap_places[down] < place)):
            break
        heap_rules[i], heap_places[i] = heap_rules[down], heap_places[down]
        i = down
    heap_rules[i], heap_places[i] = rule, place


@helper
def merge_word(text, i, e, id_of, rules, whole, whole_store, use_whole, low, high, symbols, found):
    """Tokens of text[i:e], left in the array that is returned, and their number."""
    if use_whole:
        at = find_word(whole, whole_store, text, i, e, low, high)
        if whole[at + U(1)] != U(0):
            symbols[0] = np.int32(whole[at + U(2)])
            return symbols, 1
    k = np.int64(e - i)
    if k > len(symbols):
        symbols = np.empty(k, np.int32)
    for z in range(k):
        symbols[z] = id_of[text[i + U(z)]]
    if k < HEAP_FROM:
        return symbols, merge_short(symbols, found, k, rules)
    return symbols, merge_long(symbols, k, rules)


@njit
def encode(
    text, start, classes, pattern, id_of, rules, whole, whole_store, use_whole, table, store, tokens, state, out
):
    """Encode text[start:] into `out` until the text ends, `out` is full or the memory of words is full.

    `state` holds how many records of the table, bytes of the store and entries of `tokens` are used. Returns where it
    stopped, how many tokens were written, and whether the memory was full.
    """
    n, i, written, full = U(len(text)), U(start), U(0), False
    used, filled, kept = state[0], state[1], state[2]
    most = len(table) // (2 * FIELDS)
    symbols, found = np.empty(256, np.int32), np.empty(256, np.int64)
    while i < n:
        e = word_end(text, i, n, classes, pattern)
        size = e - i
        if written + size > U(len(out)):
            break
        low, high = word_key(text, i, e)
        at = find_word(table, store, text, i, e, low, high)
        if table[at + U(1)] != U(0):
            value = table[at + U(2)]
            if value >= ONE_TOKEN:
                out[written] = np.int32(value & U(0xFFFFFFFF))
                written += U(1)
            else:
                first = value >> U(24)
                for z in range(value & U(0xFFFFFF)):
                    out[written] = tokens[first + U(z)]
                    written += U(1)
            i = e
            continue
        keep = size <= REMEMBERED
        if keep and (used >= most or filled + np.int64(size) > len(store) or kept + np.int64(size) > len(tokens)):
            full = True
            break
        symbols, k = merge_word(text, i, e, id_of, rules, whole, whole_store, use_whole, low, high, symbols, found)
        for z in range(k):
            out[written] = symbols[z]
            written += U(1)
        if keep:
            table[at], table[at + U(1)] = low, high
            if k == 1:
                table[at + U(2)] = ONE_TOKEN | U(symbols[0])
            else:
                table[at + U(2)] = (U(kept) << U(24)) | U(k)
                for z in range(k):
                    tokens[kept + z] = symbols[z]
                kept += k
            if high >= LONG:
                table[at + U(3)] = U(filled)
                for z in range(np.int64(size)):
                    store[filled + z] = text[i + U(z)]
                filled += np.int64(size)
            used += 1
        i = e
    state[0], state[1], state[2] = used, filled, kept
    return np.int64(i), np.int64(written), full


@inlined
def copy_eight(out, i, block):
    """Write the eight bytes of a block to out[i:i + 8]; the compiler makes one store of it."""
    out[i], out[i + U(1)] = np.uint8(block), np.uint8(block >> U(8))
    out[i + U(2)], out[i + U(3)] = np.uint8(block >> U(16)), np.uint8(block >> U(24))
    out[i + U(4)], out[i + U(5)] = np.uint8(block >> U(32)), np.uint8(block >> U(40))
    out[i + U(6)], out[i + U(7)] = np.uint8(block >> U(48)), np.uint8(block >> U(56))


@njit
def join(ids, starts, data):
    """The bytes of the tokens, one after the other, and where the first id stands that is no token's (-1: nowhere).

    Token t is data[starts[t]:starts[t + 1]]; one without bytes does not exist. Eight bytes are copied at a time, and
    the next token writes over what was too much: `data` must have eight more bytes than the tokens.
    """
    total = 0
    for z in range(len(ids)):
        t = ids[z]
        if t < 0 or t + 1 >= len(starts) or starts[t] == starts[t + 1]:
            return np.empty(0, np.uint8), z
        total += starts[t + 1] - starts[t]
    out, place = np.empty(total + 8, np.uint8), U(0)
    for z in range(len(ids)):
        first, size = U(starts[U(ids[z])]), U(starts[U(ids[z]) + U(1)] - starts[U(ids[z])])
        for done in range(U(0), size, U(8)):
            copy_eight(out, place + done, eight(data, first + done))
        place += size
    return out[:total], -1
