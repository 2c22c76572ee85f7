"""Where the next word ends: the patterns of GPT-2 and of cl100k as scanners over UTF-8 bytes.

A regular expression tries its alternatives one after the other at every place. Both patterns can be decided by the
class of the first one or two characters, after which a word runs on as long as the class stays the same.

Broken UTF-8 is read without fear: a byte that does not begin a character stands for itself and is of class OTHER, as
the replacement character U+FFFD would be. Indices are uint64, so that no access asks whether its index is negative.
"""

import numpy as np

from groundup.jit import njit

U = np.uint64
OTHER, LETTER, NUMBER, SPACE = np.uint32(0), np.uint32(1), np.uint32(2), np.uint32(3)
# Functions that only kernels call: without the wrappers for Python they compile sooner. A call counts the owners of its
# arrays up and down, 20 ns; what is called for every word is put into the caller instead, which compiles longer.
helper = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
inlined = njit(inline="always")
WHOLE, GPT2, CL100K = 0, 1, 2  # kinds of pattern


@inlined
def eight(text, i):
    """text[i:i + 8] as one number, the first byte lowest; the compiler makes one load of it."""
    low = U(text[i]) | (U(text[i + U(1)]) << U(8)) | (U(text[i + U(2)]) << U(16)) | (U(text[i + U(3)]) << U(24))
    high = U(text[i + U(4)]) | (U(text[i + U(5)]) << U(8)) | (U(text[i + U(6)]) << U(16)) | (U(text[i + U(7)]) << U(24))
    return low | (high << U(32))


@helper
def code_point(first, second, third, fourth, left):
    """The character that begins with these bytes, of which `left` are in the text, and its width; (0, 1): broken."""
    if first < np.uint32(0xE0):
        width, code, least = U(2), first & np.uint32(0x1F), np.uint32(0x80)
    elif first < np.uint32(0xF0):
        width, code, least = U(3), first & np.uint32(0x0F), np.uint32(0x800)
    else:
        width, code, least = U(4), first & np.uint32(0x0F), np.uint32(0x10000)
    if first < np.uint32(0xC2) or first > np.uint32(0xF4) or width > left:
        return np.uint32(0), U(1)
    for z in range(U(1), width):
        follow = second if z == U(1) else third if z == U(2) else fourth
        if follow & np.uint32(0xC0) != np.uint32(0x80):
            return np.uint32(0), U(1)
        code = (code << np.uint32(6)) | (follow & np.uint32(0x3F))
    if code < least or code > np.uint32(0x10FFFF):
        return np.uint32(0), U(1)
    return code, width


@inlined
def wide_class(text, i, n, classes):
    """Class and width in bytes of the character at i, whose first byte is not ASCII."""
    last = n - U(1)
    code, width = code_point(
        np.uint32(text[i]),
        np.uint32(text[min(i + U(1), last)]),
        np.uint32(text[min(i + U(2), last)]),
        np.uint32(text[min(i + U(3), last)]),
        n - i,
    )
    return np.uint32(classes[code]), width


@inlined
def run_end(text, i, n, classes, kind):
    """End of the run of characters of class `kind` that begins at i."""
    while i < n:
        if text[i] < 128:
            if classes[text[i]] != kind:
                break
            i += U(1)
        else:
            found, width = wide_class(text, i, n, classes)
            if found != kind:
                break
            i += width
    return i


@inlined
def last_start(text, i, end):
    """Start of the last character of text[i:end], which is well-formed."""
    end -= U(1)
    while end > i and text[end] & 0xC0 == 0x80:
        end -= U(1)
    return end


@inlined
def gpt2_end(text, i, n, classes):
    r"""End of the word at i: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
    one, two = U(1), U(2)
    first = text[i]
    if first == 39 and i + one < n:  # an apostrophe
        a = text[i + one]
        if a == 115 or a == 116 or a == 109 or a == 100:  # s t m d
            return i + two
        if i + two < n:
            b = text[i + two]
            if (a == 114 and b == 101) or (a == 118 and b == 101) or (a == 108 and b == 108):  # re ve ll
                return i + U(3)
    j = i
    if first == 32 and i + one < n:
        j = i + one
    if text[j] < 128:
        kind, width = np.uint32(classes[text[j]]), one
    else:
        kind, width = wide_class(text, j, n, classes)
    if kind == SPACE:
        return space_end(text, i, n, classes)
    return run_end(text, j + width, n, classes, kind)


@inlined
def space_end(text, i, n, classes):
    r"""\s+(?!\S)|\s+ at i: the run, without its last character when a word follows and something remains."""
    end = run_end(text, i, n, classes, SPACE)
    last = last_start(text, i, end)
    return end if end == n or last == i else last


@inlined
def cl100k_end(text, i, n, classes, digits, tail):
    r"""End of the word at i: '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+|
    ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s

    `digits` stands for the 3; without `tail` the alternative \s++$ is missing (the older spelling).
    """
    one = U(1)
    first = text[i]
    if first == 39:
        end = contraction_end(text, i, n)
        if end > i:
            return end
    if first < 128:
        kind, width = np.uint32(classes[first]), one
    else:
        kind, width = wide_class(text, i, n, classes)
    if kind == LETTER:
        return run_end(text, i + width, n, classes, LETTER)
    if kind == NUMBER:
        return number_end(text, i, n, classes, digits)
    j = i + width
    after = SPACE
    if j < n:
        if text[j] < 128:
            after = np.uint32(classes[text[j]])
        else:
            after, width = wide_class(text, j, n, classes)
    if after == LETTER and first != 10 and first != 13:
        return run_end(text, j, n, classes, LETTER)
    if kind == OTHER or (first == 32 and j < n and after == OTHER):
        j = run_end(text, j, n, classes, OTHER)
        while j < n and (text[j] == 10 or text[j] == 13):
            j += one
        return j
    end = run_end(text, i, n, classes, SPACE)
    if end == n and tail:
        return end
    for z in range(end, i, -1):  # up to the last line break of the run
        if text[U(z) - one] == 10 or text[U(z) - one] == 13:
            return U(z)
    last = last_start(text, i, end)
    return end if end == n or last == i else last


@helper
def contraction_end(text, i, n):
    """End of 's, 't, 're, 've, 'm, 'll, 'd in any case (ſ, U+017F, is an s), or i when there is none."""
    left = n - i
    if left < U(2):
        return i
    a = text[i + U(1)] | 32
    if text[i + U(1)] < 128 and (a == 115 or a == 116 or a == 109 or a == 100):
        return i + U(2)
    if left < U(3):
        return i
    b = text[i + U(2)]
    if text[i + U(1)] == 0xC5 and b == 0xBF:
        return i + U(3)
    if text[i + U(1)] < 128 and b < 128:
        b |= 32
        if (a == 114 and b == 101) or (a == 118 and b == 101) or (a == 108 and b == 108):
            return i + U(3)
    return i


@helper
def number_end(text, i, n, classes, digits):
    """End of at most `digits` numbers at i."""
    for _ in range(digits):
        if i >= n:
            break
        if text[i] < 128:
            kind, width = np.uint32(classes[text[i]]), U(1)
        else:
            kind, width = wide_class(text, i, n, classes)
        if kind != NUMBER:
            break
        i += width
    return i


@inlined
def word_end(text, i, n, classes, pattern):
    """End of the word that begins at i; `pattern`: its kind, the digits of a number, whether \\s++$ is there."""
    if pattern[0] == GPT2:
        return gpt2_end(text, i, n, classes)
    if pattern[0] == CL100K:
        return cl100k_end(text, i, n, classes, pattern[1], pattern[2])
    return n


@njit
def word_ends(text, classes, pattern):
    """All ends of words, int64."""
    n, i, count = U(len(text)), U(0), 0
    ends = np.empty(len(text), np.int64)
    while i < n:
        i = word_end(text, i, n, classes, pattern)
        ends[count] = i
        count += 1
    return ends[:count].copy()
