"""Update rules in one pass over memory each; what they compute is written beside the equations in `momentum`,
`adaptive` and `adam`. Arrays are flat and of one type, numbers are scalars of that type, so that float32 stays float32.

``error_model="numpy"``: dividing by zero is infinity, not an exception, and loops become vector instructions.
Without the interpreter's lock (`nogil`) several threads can work on pieces of one array.
"""

import numpy as np

from groundup.jit import njit


@njit(nogil=True, error_model="numpy")
def sgd(p, g, lr, weight_decay):
    """p (n,) changes by one plain step."""
    for i in range(p.shape[0]):
        p[i] -= lr * (g[i] + weight_decay * p[i])


@njit(nogil=True, error_model="numpy")
def sgd_momentum(p, g, buffer, lr, weight_decay, momentum, fresh, look, straight):
    """p and buffer (n,) change; fresh is 1 - dampening, and the direction is  straight g + look buffer.

    straight is 1 or 0; with 0 the gradient is left out, as 0 times infinity is no number.
    """
    for i in range(p.shape[0]):
        slope = g[i] + weight_decay * p[i]
        buffer[i] = momentum * buffer[i] + fresh * slope
        p[i] -= lr * (slope + look * buffer[i] if straight else look * buffer[i])


@njit(nogil=True, error_model="numpy")
def rmsprop(p, g, square, lr, alpha, fresh, eps, weight_decay):
    """p and square (n,) change; fresh is 1 - alpha."""
    for i in range(p.shape[0]):
        slope = g[i] + weight_decay * p[i]
        square[i] = alpha * square[i] + fresh * slope * slope
        p[i] -= lr * slope / (np.sqrt(square[i]) + eps)


@njit(nogil=True, error_model="numpy")
def adam(p, g, m, v, b1, fresh1, b2, fresh2, eps, rate, root, coupled, keep):
    """p, m, v (n,) change.

    rate = lr / (1 - b1^t), root = sqrt(1 - b2^t), fresh = 1 - b; coupled is the weight decay that joins the gradient,
    keep = 1 - lr * (decoupled weight decay).
    """
    for i in range(p.shape[0]):
        slope = g[i] + coupled * p[i]
        m[i] = b1 * m[i] + fresh1 * slope
        v[i] = b2 * v[i] + fresh2 * slope * slope
        p[i] = keep * p[i] - rate * m[i] / (np.sqrt(v[i]) / root + eps)
