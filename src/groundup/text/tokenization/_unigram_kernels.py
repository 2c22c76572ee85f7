"""Kernels of the Unigram tokenizer: a trie over code points, Viterbi, forward and backward sums.

The trie is a hash table of edges: (node, code point) -> node, open addressing, a power of two of slots. `piece[node]`
is the piece that ends at a node, -1 for none. A text is an array of code points, uint32.
"""

import numpy as np

from groundup.jit import njit

U = np.uint64
REBASE = -100000.0


@njit(inline="always")
def _slot(keys, key, mask):
    at = ((U(key) * U(0x9E3779B97F4A7C15)) >> U(32)) & mask
    while keys[at] != -1 and keys[at] != key:
        at = (at + U(1)) & mask
    return at


@njit
def build_trie(chars, starts, slots):
    """Trie of the pieces ``chars[starts[k]:starts[k + 1]]``; an empty piece stands for none."""
    keys = np.full(slots, -1, np.int64)
    child = np.zeros(slots, np.int32)
    piece = np.full(len(chars) + 1, -1, np.int32)
    mask, nodes = U(slots - 1), 1
    for k in range(len(starts) - 1):
        node = 0
        for c in range(starts[k], starts[k + 1]):
            key = (np.int64(node) << 21) | np.int64(chars[c])
            at = _slot(keys, key, mask)
            if keys[at] == -1:
                keys[at] = key
                child[at] = nodes
                nodes += 1
            node = child[at]
        if starts[k + 1] > starts[k]:
            piece[node] = k
    return keys, child, piece[:nodes]


@njit(inline="always")
def _rounded(total, single):
    return np.float64(np.float32(total)) if single else total


@njit
def viterbi(text, keys, child, piece, score, unknown_score, single, boundary):
    """Best path: pieces from left to right (-1: one unknown character) and where each begins.

    `single`: sums are rounded to float32, and counted from 0 again where they fall below REBASE. `boundary`: a code
    point at which a new word begins, whose path begins anew at 0; -1 for none. On equal sums the path whose last piece
    begins first is kept.
    """
    n = len(text)
    best = np.zeros(n + 1, np.float64)
    begin = np.full(n + 1, -1, np.int64)
    by = np.full(n + 1, -1, np.int32)
    mask, reached = U(len(keys) - 1), 0
    for i in range(n):
        if i > 0 and np.int64(text[i]) == boundary:
            best[i] = 0.0
        if single and best[i] < REBASE:
            lowest = best[i]
            for j in range(i, reached + 1):
                if begin[j] >= 0:
                    best[j] = np.float64(np.float32(best[j] - lowest))
        here, node, alone = best[i], 0, False
        for j in range(i, n):
            if j > i and np.int64(text[j]) == boundary:
                break
            at = _slot(keys, (np.int64(node) << 21) | np.int64(text[j]), mask)
            if keys[at] == -1:
                break
            node = child[at]
            k = piece[node]
            if k >= 0:
                total = _rounded(here + score[k], single)
                reached = max(reached, j + 1)
                if begin[j + 1] < 0 or total > best[j + 1]:
                    best[j + 1], begin[j + 1], by[j + 1] = total, i, k
                if j == i:
                    alone = True
        if not alone:
            total = _rounded(here + unknown_score, single)
            reached = max(reached, i + 1)
            if begin[i + 1] < 0 or total > best[i + 1]:
                best[i + 1], begin[i + 1], by[i + 1] = total, i, -1
    steps, j = 0, n
    while j > 0:
        steps += 1
        j = begin[j]
    pieces, places = np.empty(steps, np.int32), np.empty(steps, np.int64)
    j = n
    for s in range(steps - 1, -1, -1):
        pieces[s], places[s] = by[j], begin[j]
        j = begin[j]
    return pieces, places


@njit
def viterbi_lines(text, starts, keys, child, piece, score, unknown_score, single, boundary):
    """`viterbi` of each line ``text[starts[k]:starts[k + 1]]``: pieces and places one behind the other, and their ends.

    The pieces of line k are those from ``ends[k]`` to ``ends[k + 1]``; places count from the beginning of the line.
    """
    pieces, places = np.empty(len(text), np.int32), np.empty(len(text), np.int64)
    ends = np.zeros(len(starts), np.int64)
    used = 0
    for k in range(len(starts) - 1):
        line = text[starts[k] : starts[k + 1]]
        found, at = viterbi(line, keys, child, piece, score, unknown_score, single, boundary)
        for s in range(len(found)):
            pieces[used + s], places[used + s] = found[s], at[s]
        used += len(found)
        ends[k + 1] = used
    return pieces[:used], places[:used], ends


@njit(inline="always")
def _add_logs(a, b):
    if a < b:
        a, b = b, a
    return a if b == -np.inf else a + np.log1p(np.exp(b - a))


@njit
def expectation(chars, starts, counts, keys, child, piece, score, expected):
    """Adds to `expected` how often each piece is expected, over all segmentations of all words; log-likelihood.

    Words are ``chars[starts[w]:starts[w + 1]]`` and occur ``counts[w]`` times. Returns the log-likelihood, the number
    of pieces in the best segmentations, and the number of words that cannot be cut.
    """
    longest = 1
    for w in range(len(counts)):
        longest = max(longest, starts[w + 1] - starts[w])
    forward, backward = np.empty(longest + 1), np.empty(longest + 1)
    best, tokens = np.empty(longest + 1), np.empty(longest + 1, np.int64)
    mask = U(len(keys) - 1)
    edge_from, edge_to, edge_piece = np.empty(256, np.int32), np.empty(256, np.int32), np.empty(256, np.int32)
    likelihood, used, lost = 0.0, 0.0, 0
    for w in range(len(counts)):
        start, n, edges = starts[w], starts[w + 1] - starts[w], 0
        forward[: n + 1] = -np.inf
        best[: n + 1] = -np.inf
        forward[0], best[0], tokens[0] = 0.0, 0.0, 0
        for i in range(n):
            node = 0
            for j in range(i, n):
                at = _slot(keys, (np.int64(node) << 21) | np.int64(chars[start + j]), mask)
                if keys[at] == -1:
                    break
                node = child[at]
                k = piece[node]
                if k < 0 or forward[i] == -np.inf:
                    continue
                if edges == len(edge_from):
                    edge_from = np.concatenate((edge_from, edge_from))
                    edge_to = np.concatenate((edge_to, edge_to))
                    edge_piece = np.concatenate((edge_piece, edge_piece))
                edge_from[edges], edge_to[edges], edge_piece[edges] = i, j + 1, k
                edges += 1
                forward[j + 1] = _add_logs(forward[j + 1], forward[i] + score[k])
                if best[i] + score[k] > best[j + 1]:
                    best[j + 1], tokens[j + 1] = best[i] + score[k], tokens[i] + 1
        if forward[n] == -np.inf:
            lost += 1
            continue
        backward[: n + 1] = -np.inf
        backward[n] = 0.0
        for e in range(edges - 1, -1, -1):
            i, j, s = edge_from[e], edge_to[e], score[edge_piece[e]]
            backward[i] = _add_logs(backward[i], backward[j] + s)
            expected[edge_piece[e]] += counts[w] * np.exp(forward[i] + s + backward[j] - forward[n])
        likelihood += counts[w] * forward[n]
        used += counts[w] * tokens[n]
    return likelihood, used, lost


@njit
def best_counts(chars, starts, counts, keys, child, piece, score, unknown_score, often, words):
    """Adds to `often` how often each piece stands in the best segmentations, to `words` in how many words it does."""
    last = np.full(len(often), -1, np.int64)
    for w in range(len(counts)):
        text = chars[starts[w] : starts[w + 1]]
        pieces, _ = viterbi(text, keys, child, piece, score, unknown_score, False, -1)
        for k in pieces:
            if k >= 0:
                often[k] += counts[w]
                if last[k] != w:
                    words[k] += counts[w]
                    last[k] = w


@njit
def alternatives(chars, starts, keys, child, piece, score):
    """Best segmentation of each piece into other pieces: their ids one behind the other, where each begins, its score.

    Where there is none the score is minus infinity.
    """
    count = len(starts) - 1
    flat, begins, totals = np.empty(len(chars), np.int32), np.zeros(count + 1, np.int64), np.full(count, -np.inf)
    mask, used = U(len(keys) - 1), 0
    longest = 1
    for p in range(count):
        longest = max(longest, starts[p + 1] - starts[p])
    best, begin, by = np.empty(longest + 1), np.empty(longest + 1, np.int64), np.empty(longest + 1, np.int32)
    for p in range(count):
        start, n = starts[p], starts[p + 1] - starts[p]
        best[: n + 1] = -np.inf
        best[0] = 0.0
        for i in range(n):
            node = 0
            for j in range(i, n):
                at = _slot(keys, (np.int64(node) << 21) | np.int64(chars[start + j]), mask)
                if keys[at] == -1:
                    break
                node = child[at]
                k = piece[node]
                if k >= 0 and k != p and best[i] + score[k] > best[j + 1]:
                    best[j + 1], begin[j + 1], by[j + 1] = best[i] + score[k], i, k
        totals[p] = best[n] if n else -np.inf
        if totals[p] > -np.inf:
            j = n
            while j > 0:
                flat[used] = by[j]
                used += 1
                j = begin[j]
        begins[p + 1] = used
    return flat[:used], begins, totals
