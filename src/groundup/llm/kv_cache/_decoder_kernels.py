"""One token through a GPT on one core: products of matrices with vectors, attention over the cache, nothing allocated.

The equations are those of `groundup.llm.kv_cache.step`, in the same order and under the same names. A product reads
each weight once and uses it once, so its time is that of fetching the weights: the inner loops are written so that
they become vector instructions which keep up with memory, also where the weights are two bytes or one.

Legend: E width, D width of a head, F inner width of the feed-forward network, V vocabulary, S positions of the
cache that the token may look at, its own included.
"""

import math

import numpy as np

from groundup.jit import njit

LOG2E, LN2_HIGH, LN2_LOW = np.float32(1.44269504), np.float32(0.693359375), np.float32(-2.12194440e-4)
ROOT = np.float32(math.sqrt(2 / math.pi))
NONE, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)


@njit(nogil=True)
def step(token, position, slot, S, w, keys, values, heads, activation, buffers, logits):
    """Logits of the token after `token`, whose keys and values go to a slot of the cache; S slots are then looked at.

    w : groundup.llm.kv_cache.weights.Weights; keys, values (layers, heads, room, D) float32;
    activation : 0 gelu_new, 1 gelu, 2 relu; buffers : groundup.llm.kv_cache.weights.Buffers.
    """
    h, y, integers, heads_out, inner, scores = buffers
    embed(w.tokens, w.tokens_scale, w.shift, w.positions, token, position, h)
    for layer in range(w.qkv.shape[0]):
        normalize(h, w.norms[layer, 0], w.norms[layer, 1], w.epsilon, y)
        product(w.qkv, w.qkv_scale, w.shift, w.qkv_bias, layer, y, integers, inner)
        attend(inner, keys[layer], values[layer], slot, S, heads, scores, heads_out)
        product(w.out, w.out_scale, w.shift, w.out_bias, layer, heads_out, integers, y)
        add(h, y)
        normalize(h, w.norms[layer, 2], w.norms[layer, 3], w.epsilon, y)
        product(w.up, w.up_scale, w.shift, w.up_bias, layer, y, integers, inner)
        activate(inner, w.up.shape[1], activation)
        product(w.down, w.down_scale, w.shift, w.down_bias, layer, inner, integers, y)
        add(h, y)
    normalize(h, w.last_norm[0], w.last_norm[1], w.epsilon, y)
    product(w.tokens, w.tokens_scale, w.shift, w.no_bias, 0, y, integers, logits)


@njit
def embed(tokens, scale, shift, positions, token, position, h):
    """h = the token's row of the table + the position's; the table is stored like the other weights."""
    for i in range(h.size):
        if shift is not None:
            h[i] = widen(tokens[0, token, i])
        else:
            h[i] = np.float32(tokens[0, token, i])
        if scale is not None:
            h[i] *= scale[0, token]
        h[i] += positions[position, i]


@njit
def widen(bits):
    """The float32 whose upper half is the bfloat16 of these 16 bits."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@njit(fastmath={"reassoc", "contract"})
def normalize(x, weight, bias, epsilon, out):
    """Layer norm: out = (x - mean) / sqrt(variance + ε) · weight + bias."""
    mean, variance = NONE, NONE
    for i in range(x.size):
        mean += x[i]
    mean /= np.float32(x.size)
    for i in range(x.size):
        variance += (x[i] - mean) * (x[i] - mean)
    r = ONE / np.sqrt(variance / np.float32(x.size) + epsilon)
    for i in range(x.size):
        out[i] = (x[i] - mean) * r * weight[i] + bias[i]


@njit(fastmath={"reassoc", "contract"})
def product(weight, scale, shift, bias, layer, x, integers, out):
    """out = weight[layer] @ x + bias[layer], with weights of float32, bfloat16 or int8.

    weight (layers, R, C); scale (layers, R), for int8 alone; shift: None unless the weights are bfloat16;
    integers: None, or int16 (at least C): then x is rounded to integers first and the sums are exact.
    """
    if scale is None:
        if shift is None:
            floats(weight[layer], bias[layer], x, out)
        else:
            halves(weight[layer], bias[layer], x, out)
    elif integers is None:
        bytes_by_floats(weight[layer], scale[layer], bias[layer], x, out)
    else:
        unit = to_integers(x, weight.shape[2], integers)
        bytes_by_integers(weight[layer], scale[layer], bias[layer], integers, unit, out)


@njit(fastmath={"reassoc", "contract"})
def floats(weight, bias, x, out):
    """A float32 is one load, one multiplication, one addition."""
    rows, columns = weight.shape
    for r in range(rows):
        total = NONE
        for c in range(columns):
            total += weight[r, c] * x[c]
        out[r] = total + bias[r]


@njit(fastmath={"reassoc", "contract"})
def halves(weight, bias, x, out):
    """A bfloat16 is widened by a shift: half the bytes, two instructions more."""
    rows, columns = weight.shape
    for r in range(rows):
        total = NONE
        for c in range(columns):
            total += widen(weight[r, c]) * x[c]
        out[r] = total + bias[r]


@njit(fastmath={"reassoc", "contract"})
def bytes_by_floats(weight, scale, bias, x, out):
    """w = scale · integer, and the scale of a row is taken out of its sum."""
    rows, columns = weight.shape
    for r in range(rows):
        total = NONE
        for c in range(columns):
            total += np.float32(weight[r, c]) * x[c]
        out[r] = total * scale[r] + bias[r]


@njit(fastmath={"reassoc", "contract"})
def to_integers(x, n, integers):
    """x = unit · integers, rounded; as fine as sums of n products with int8 weights can hold in 32 bits."""
    largest, odd = NONE, NONE
    for c in range(n):
        largest = max(largest, abs(x[c]))
        odd += x[c] - x[c]  # 0, or NaN for NaN and infinity, which `max` may not see
    largest += odd
    limit = np.float32(min(32767, (2**31 - 1) // (127 * n)))
    unit = largest / limit
    if not unit > NONE:  # all zero, or NaN, with which the sums are multiplied later
        for c in range(n):
            integers[c] = 0
        return unit
    for c in range(n):
        integers[c] = np.int16(np.rint(x[c] / unit))
    return unit


@njit
def bytes_by_integers(weight, scale, bias, integers, unit, out):
    """int8 times int16 in sums of int32: processors multiply and add pairs of them in one instruction."""
    rows, columns = weight.shape
    for r in range(rows):
        total = np.int32(0)
        for c in range(columns):
            total = np.int32(total + np.int32(np.int32(weight[r, c]) * np.int32(integers[c])))
        out[r] = np.float32(total) * (scale[r] * unit) + bias[r]


@njit
def add(h, y):
    """The residual sum, h = h + y; y may be longer."""
    for i in range(h.size):
        h[i] += y[i]


@njit(fastmath={"reassoc", "contract"})
def attend(qkv, keys, values, slot, S, heads, scores, out):
    """Each head: softmax(q · k / sqrt(D)) over S positions, and the mean of the values with these weights."""
    E = out.size
    D = E // heads
    shrink = ONE / np.sqrt(np.float32(D))
    for head in range(heads):
        K, V, start = keys[head], values[head], head * D
        for d in range(D):
            K[slot, d] = qkv[E + start + d]
            V[slot, d] = qkv[2 * E + start + d]
        largest = np.float32(-np.inf)
        for s in range(S):
            total = NONE
            for d in range(D):
                total += qkv[start + d] * K[s, d]
            scores[s] = total * shrink
            largest = max(largest, scores[s])
        whole = NONE
        for s in range(S):
            scores[s] = exponential(scores[s] - largest)
            whole += scores[s]
        for d in range(D):
            out[start + d] = NONE
        for s in range(S):
            share = scores[s] / whole
            for d in range(D):
                out[start + d] += share * V[s, d]


@njit
def exponential(x):
    """e^x for x <= 88, to two units in the last place, without a call: e^x = 2^n e^r with |r| <= ln(2) / 2."""
    x = np.float32(-87) if x < np.float32(-87) else x
    n = np.floor(x * LOG2E + HALF)
    r = (x - n * LN2_HIGH) - n * LN2_LOW  # n ln 2 in two parts: the first is exact
    p = np.float32(1 / 5040)
    p = p * r + np.float32(1 / 720)  # Taylor's series up to r^7
    p = p * r + np.float32(1 / 120)
    p = p * r + np.float32(1 / 24)
    p = p * r + np.float32(1 / 6)
    p = p * r + HALF
    p = p * r + ONE
    p = p * r + ONE
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)  # 2^n by its exponent


@njit(fastmath={"contract"})
def activate(x, n, activation):
    """gelu_new, gelu or relu of the first n numbers, in place."""
    if activation == 0:
        for i in range(n):
            x[i] = gelu_new(x[i])
    elif activation == 1:
        for i in range(n):
            x[i] = gelu(x[i])
    else:
        for i in range(n):
            x[i] = NONE if x[i] < NONE else x[i]


@njit
def gelu_new(x):
    """x/2 · (1 + tanh u) = x / (1 + e^(-2u)) with u = sqrt(2/π) (x + 0.044715 x³)."""
    u = ROOT * (x + np.float32(0.044715) * x * x * x)
    minus = np.float32(-2) * u
    return x / (ONE + exponential(np.float32(88) if minus > np.float32(88) else minus))


@njit
def gelu(x):
    """x Φ(x), with erf of Abramowitz and Stegun 7.1.26: off by at most 1.5e-7."""
    z = abs(x) * np.float32(math.sqrt(0.5))
    t = ONE / (ONE + np.float32(0.3275911) * z)
    p = np.float32(1.061405429)
    p = p * t + np.float32(-1.453152027)
    p = p * t + np.float32(1.421413741)
    p = p * t + np.float32(-0.284496736)
    p = p * t + np.float32(0.254829592)
    tail = HALF * p * t * exponential(-z * z)  # 1 - Φ(|x|)
    return x * (tail if x < NONE else ONE - tail)
