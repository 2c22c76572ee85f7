"""The mathematics of a multilayer network: start, forward, loss, backward and step, as plain functions.

With h⁰ = X, one example a row, and layers l = 1 ... L:

    zˡ = hˡ⁻¹ Wˡ + bˡ,      hˡ = φ(zˡ) for l < L,      scores = zᴸ                           forward
    δᴸ = ∂loss/∂zᴸ,         δˡ⁻¹ = (δˡ Wˡᵀ) ⊙ φ'(zˡ⁻¹)                                       backward
    ∂loss/∂Wˡ = hˡ⁻¹ᵀ δˡ,   ∂loss/∂bˡ = column sums of δˡ             (Rumelhart, Hinton and Williams 1986)

A step over n examples costs O(n · number of weights); forward and backward together about three times the
forward pass.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

__all__ = ["ACTIVATIONS", "backward", "cross_entropy", "forward", "initialize", "sgd_step", "squared_error"]

Arrays = list[np.ndarray]


def _logistic(z: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))  # exponents of at most 0: nothing overflows


#: name -> (φ, its derivative written in terms of the output h = φ(z))
ACTIVATIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "identity": (lambda z: z, lambda h: np.ones_like(h)),
    "logistic": (_logistic, lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda h: h > 0),
}


def initialize(sizes: Sequence[int], activation: str, random: np.random.RandomState) -> tuple[Arrays, Arrays]:
    """Normal weights whose variance keeps the spread of the layers' outputs, and intercepts of zero.

    Variance 2 / inputs for relu, which halves the mean square (He et al. 2015, equation 10), else
    2 / (inputs + outputs) (Glorot and Bengio 2010, equation 12).

    Parameters
    ----------
    sizes : sequence of int
        Features, widths of the hidden layers, outputs.
    activation : str
        A name in `ACTIVATIONS`; only "relu" changes the variance.
    random : numpy.random.RandomState
        Where the weights are drawn from, first layer first.

    Returns
    -------
    coefs : list of ndarray
        Weights, of shapes (sizes[l], sizes[l + 1]).
    intercepts : list of ndarray
        Zeros, of shapes (sizes[l + 1],).

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.neural.mlp import initialize
    >>> coefs, intercepts = initialize((2, 3, 1), "relu", np.random.RandomState(0))
    >>> [W.shape for W in coefs], [b.shape for b in intercepts]
    ([(2, 3), (3, 1)], [(3,), (1,)])
    """
    coefs = []
    for before, after in pairwise(sizes):
        variance = 2 / before if activation == "relu" else 2 / (before + after)
        coefs.append(random.normal(scale=np.sqrt(variance), size=(before, after)))
    return coefs, [np.zeros(n) for n in sizes[1:]]


def forward(X: np.ndarray, coefs: Arrays, intercepts: Arrays, activation: str = "relu") -> Arrays:
    """Outputs of all layers: the input X first, the scores last and linear.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        One example a row.
    coefs : list of ndarray of shape (inputs, outputs), a layer each
    intercepts : list of ndarray of shape (outputs,), a layer each
    activation : {"relu", "tanh", "logistic", "identity"}
        Of every layer but the last.

    Returns
    -------
    list of ndarray of shape (n, width), one more than there are layers
        h⁰ = X, the hidden layers after their activation, and the scores, of shape (n, k).

    Raises
    ------
    KeyError
        If there is no such activation.
    ValueError
        If the shapes do not fit each other, or there are more weights than intercepts or fewer.
    """
    phi = ACTIVATIONS[activation][0]
    layers = [X]
    for depth, (W, b) in enumerate(zip(coefs, intercepts, strict=True), start=1):
        z = layers[-1] @ W
        z += b
        layers.append(phi(z) if depth < len(coefs) else z)
    return layers


def backward(
    delta: np.ndarray,
    layers: Arrays,
    coefs: Arrays,
    activation: str = "relu",
) -> tuple[Arrays, Arrays]:
    """Gradients of the loss with respect to all weights and intercepts.

    Parameters
    ----------
    delta : ndarray of shape (n, k)
        Gradient of the loss with respect to the scores.
    layers : list of ndarray
        What `forward` returned.
    coefs : list of ndarray
    activation : str

    Returns
    -------
    d_coefs, d_intercepts : lists of ndarray, in the shapes of the parameters
    """
    slope = ACTIVATIONS[activation][1]
    d_coefs, d_intercepts = [], []
    for depth in reversed(range(len(coefs))):
        d_coefs.append(layers[depth].T @ delta)
        d_intercepts.append(delta.sum(axis=0))
        if depth:
            delta = delta @ coefs[depth].T
            delta *= slope(layers[depth])
    return d_coefs[::-1], d_intercepts[::-1]


def cross_entropy(scores: np.ndarray, classes: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean over rows of ln Σ e^z - z_true, and its gradient (softmax(z) - one-hot) / n.

    Scores (n, k), classes (n,) whole numbers 0 ... k - 1; gradient (n, k).
    """
    rows = np.arange(len(scores))
    z = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(z)
    total = p.sum(axis=1)
    loss = float((np.log(total) - z[rows, classes]).mean())
    p /= total[:, None]
    p[rows, classes] -= 1
    p /= len(scores)
    return loss, p


def squared_error(scores: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean over all entries of (scores - target)², and its gradient; both arrays of shape (n, k)."""
    difference = scores - target
    return float(np.square(difference).mean()), difference * (2 / difference.size)


def sgd_step(parameters: Arrays, gradients: Arrays, velocities: Arrays, lr: float, momentum: float) -> None:
    """One step of gradient descent with momentum, in place: v <- momentum · v + gradient, p <- p - lr · v.

    The form of torch.optim.SGD: the learning rate stands outside the velocity (Sutskever et al. 2013, equations 1
    and 2, have it inside; the two differ when the rate changes during training).

    Parameters
    ----------
    parameters : list of ndarray
        Weights and intercepts; changed.
    gradients : list of ndarray
        Of the loss, in the shapes of the parameters.
    velocities : list of ndarray
        In the shapes of the parameters, zeros before the first step; changed.
    lr : float
        Learning rate.
    momentum : float in [0, 1)
        Share of the velocity that is kept; 0 is plain gradient descent.

    Raises
    ------
    ValueError
        If the lists are not of one length.
    """
    for p, g, v in zip(parameters, gradients, velocities, strict=True):
        v *= momentum
        v += g
        p -= lr * v
