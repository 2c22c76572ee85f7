"""Random rows with replacement, drawn a block at a time and used while the block is in the nearest cache.

Random words come from SplitMix64 (Steele, Lea and Flood 2014): a counter in steps of GAMMA, mixed by two
multiplications. No word waits for the one before it, so a processor makes several at once. Both halves u of a word
become an index: floor(u n / 2**32), except where the low half of u n is below 2**32 mod n, which would favour some
rows and is thrown away (Lemire 2019, algorithm 5). Every row is then exactly equally likely.

`fill` and `means` use the same indices from the same state, which is how tests know that `means` is right.
"""

import numpy as np

from groundup.jit import njit

GAMMA = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW, RANGE = np.uint64(0xFFFFFFFF), np.uint64(2**32)
WORDS = 512  # a block: 1024 indices of 4 bytes


@njit(error_model="numpy")
def mixed(counter):
    """The random word that belongs to a counter."""
    z = (counter ^ (counter >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@njit(error_model="numpy")
def block_of_indices(state, n, block):
    """`block` (2 * WORDS,) of indices below n; returns the new state.

    First as if nothing had to be thrown away, without branches. Where something has to be, which is rare for n far
    below 2**32, the block is drawn again one by one.
    """
    unfair, rejected = RANGE % n, False
    for j in range(WORDS):
        word = mixed(state + np.uint64(j + 1) * GAMMA)
        first, second = (word >> S32) * n, (word & LOW) * n
        rejected |= ((first & LOW) < unfair) | ((second & LOW) < unfair)
        block[j] = first >> S32
        block[WORDS + j] = second >> S32
    if not rejected:
        return state + np.uint64(WORDS) * GAMMA
    done = 0
    while done < 2 * WORDS:
        state += GAMMA
        scaled = (mixed(state) >> S32) * n
        if (scaled & LOW) >= unfair:
            block[done] = scaled >> S32
            done += 1
    return state


@njit(error_model="numpy")
def fill(state, rows, out):
    """Indices below `rows` into `out` (resamples, size); returns the new state."""
    n, block, at = np.uint64(rows), np.empty(2 * WORDS, np.uint32), 2 * WORDS
    for b in range(out.shape[0]):
        done = 0
        while done < out.shape[1]:
            if at == 2 * WORDS:
                state, at = block_of_indices(state, n, block), 0
            some = min(2 * WORDS - at, out.shape[1] - done)
            for j in range(some):
                out[b, done + j] = block[at + j]
            at, done = at + some, done + some
    return state


@njit(error_model="numpy")
def picked_sum(x, block, start, stop):
    """Sum of x at the indices block[start:stop], in four sums that do not wait for each other."""
    s0 = s1 = s2 = s3 = 0.0
    whole = start + (stop - start) // 4 * 4
    for j in range(start, whole, 4):
        s0 += x[block[j]]
        s1 += x[block[j + 1]]
        s2 += x[block[j + 2]]
        s3 += x[block[j + 3]]
    for j in range(whole, stop):
        s0 += x[block[j]]
    return (s0 + s1) + (s2 + s3)


@njit(error_model="numpy")
def means(state, columns, out):
    """Means of resamples of `columns` (m, rows), each as many rows, into `out` (resamples, m)."""
    m, rows = columns.shape
    n, block, at = np.uint64(rows), np.empty(2 * WORDS, np.uint32), 2 * WORDS
    for b in range(out.shape[0]):
        done = 0
        out[b] = 0.0
        while done < rows:
            if at == 2 * WORDS:
                state, at = block_of_indices(state, n, block), 0
            some = min(2 * WORDS - at, rows - done)
            for c in range(m):
                out[b, c] += picked_sum(columns[c], block, at, at + some)
            at, done = at + some, done + some
        for c in range(m):
            out[b, c] /= rows
    return state
