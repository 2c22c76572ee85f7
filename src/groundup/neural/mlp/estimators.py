"""Estimators for multilayer networks: minibatches, stopping, and scikit-learn's names around `steps`."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from groundup.checks import check_choice, check_count, check_number
from groundup.neural.mlp.steps import (
    ACTIVATIONS,
    backward,
    cross_entropy,
    forward,
    initialize,
    sgd_step,
    squared_error,
)

__all__ = ["MLPClassifier", "MLPRegressor"]


class _MLP(BaseEstimator):
    """What classifier and regressor share: parameters, and descent over minibatches."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        *,
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        momentum: float = 0.9,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start

    _loss: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]
    n_features_in_: int  # set by scikit-learn's validate_data

    def _check(self) -> tuple[int, ...]:
        hidden = self.hidden_layer_sizes
        hidden = tuple(hidden) if np.iterable(hidden) else (hidden,)
        for width in hidden:
            check_count("hidden_layer_sizes", width)
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        check_number("alpha", self.alpha, 0)
        check_number("learning_rate_init", self.learning_rate_init, 0, open_low=True)
        check_number("momentum", self.momentum, 0, 1)
        check_number("tol", self.tol, 0)
        check_count("max_iter", self.max_iter)
        check_count("n_iter_no_change", self.n_iter_no_change)
        if self.batch_size != "auto":
            check_count("batch_size", self.batch_size)
        return hidden

    def _begin(self, hidden: tuple[int, ...], outputs: int, dtype: np.dtype) -> None:
        self._random = check_random_state(self.random_state)
        sizes = (self.n_features_in_, *hidden, outputs)
        coefs, intercepts = initialize(sizes, self.activation, self._random)
        self.coefs_ = [W.astype(dtype, copy=False) for W in coefs]
        self.intercepts_ = [b.astype(dtype, copy=False) for b in intercepts]
        self._velocities = [np.zeros_like(p) for p in (*self.coefs_, *self.intercepts_)]
        self.n_layers_, self.n_outputs_ = len(sizes), outputs
        self.n_iter_, self.t_, self.loss_curve_ = 0, 0, []

    def _one_pass(self, X: np.ndarray, y: np.ndarray) -> float:
        """Every example once, in minibatches; returns the mean loss before each step."""
        n = len(X)
        size = min(200 if isinstance(self.batch_size, str) else self.batch_size, n)
        order = self._random.permutation(n) if self.shuffle else np.arange(n)
        parameters, total = [*self.coefs_, *self.intercepts_], 0.0
        for start in range(0, n, size):
            rows = order[start : start + size]
            layers = forward(X[rows], self.coefs_, self.intercepts_, self.activation)
            loss, delta = type(self)._loss(layers[-1], y[rows])
            d_coefs, d_intercepts = backward(delta, layers, self.coefs_, self.activation)
            if self.alpha:
                for W, d in zip(self.coefs_, d_coefs, strict=True):
                    loss += self.alpha / (2 * len(rows)) * float(np.vdot(W, W))
                    d += (self.alpha / len(rows)) * W
            sgd_step(parameters, [*d_coefs, *d_intercepts], self._velocities, self.learning_rate_init, self.momentum)
            total += loss * len(rows)
        self.n_iter_ += 1
        self.t_ += n
        self.loss_ = total / n
        self.loss_curve_.append(self.loss_)
        if not np.isfinite(self.loss_):
            raise ValueError(
                f"the loss is {self.loss_} after pass {self.n_iter_}: scale the features, or lower "
                f"learning_rate_init (now {self.learning_rate_init})"
            )
        return self.loss_

    def _descend(self, X: np.ndarray, y: np.ndarray) -> None:
        best, stale = np.inf, 0
        for _ in range(self.max_iter):
            with np.errstate(over="ignore", invalid="ignore"):  # divergence is told by _one_pass
                loss = self._one_pass(X, y)
            stale = stale + 1 if loss > best - self.tol else 0
            best = min(best, loss)
            if stale >= self.n_iter_no_change:
                return
        warnings.warn(f"the loss was still falling after {self.max_iter} passes", ConvergenceWarning, stacklevel=3)

    def _scores(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return forward(X, self.coefs_, self.intercepts_, self.activation)[-1]

    def _start(self, X: np.ndarray, outputs: int, keep: bool) -> None:
        hidden = self._check()
        if keep and self.coefs_[-1].shape[1] != outputs:
            raise ValueError(f"this network has {self.coefs_[-1].shape[1]} outputs; the targets ask for {outputs}")
        if not keep:
            self._begin(hidden, outputs, X.dtype)


_SHARED = """
    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(100,)
        Widths of the hidden layers; empty: a linear model.
    activation : {"relu", "tanh", "logistic", "identity"}, default="relu"
    alpha : float, default=1e-4
        Adds alpha / (2 n) · Σ w² to the loss of a minibatch of n.
    batch_size : int or "auto", default="auto"
        Examples a step; "auto" is 200, at most all.
    learning_rate_init : float, default=0.001
        Step size, the same throughout.
    momentum : float in [0, 1), default=0.9
    max_iter : int, default=200
        At most so many passes over the examples.
    shuffle : bool, default=True
        A new order in each pass.
    random_state : int, RandomState or None, default=None
        Decides starting weights and orders.
    tol : float, default=1e-4
        Stop when the loss has not fallen by `tol` below its best for `n_iter_no_change` passes.
    n_iter_no_change : int, default=10
    warm_start : bool, default=False
        Go on from the last `fit` instead of starting anew.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (inputs, outputs), a layer each
    intercepts_ : list of ndarray of shape (outputs,)
    loss_ : float
        Mean loss of the last pass; `loss_curve_` holds all passes.
    n_iter_ : int
        Passes made.
    n_layers_, n_outputs_, t_ : int
        Layers with input and output; outputs; examples seen.
    n_features_in_ : int
"""


class MLPClassifier(ClassifierMixin, _MLP):
    __doc__ = f"""Multilayer network for classification: softmax over the scores, cross-entropy, SGD with momentum.
{_SHARED}    classes_ : ndarray of shape (n_classes,)

    Examples
    --------
    >>> from groundup.neural.mlp import MLPClassifier
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["same", "other", "other", "same"]
    >>> net = MLPClassifier((8,), "tanh", learning_rate_init=0.5, tol=0, max_iter=100, random_state=0)
    >>> import warnings; warnings.simplefilter("ignore")
    >>> net.fit(X, y).predict(X)
    array(['same', 'other', 'other', 'same'], dtype='<U5')
    """

    _loss = staticmethod(cross_entropy)

    def fit(self, X: Any, y: Any) -> "MLPClassifier":
        """Learn from X of shape (n, d) and classes y of shape (n,); returns itself."""
        keep = self.warm_start and hasattr(self, "coefs_")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=not keep)
        check_classification_targets(y)
        classes, index = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"MLPClassifier needs samples of at least 2 classes; got one class: {classes}")
        if keep and not np.array_equal(classes, self.classes_):
            raise ValueError(f"warm_start needs the classes of the first fit, {self.classes_}; got {classes}")
        self.classes_ = classes
        self._start(X, len(classes), keep)
        self._descend(X, index)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> "MLPClassifier":
        """One pass over these examples; the first call needs `classes`, all that will ever come."""
        first = not hasattr(self, "coefs_")
        if first and classes is None:
            raise ValueError("classes must be given in the first call of partial_fit")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=first)
        if first:
            self.classes_ = np.unique(classes)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has classes that were not announced: {unknown}")
        self._start(X, len(self.classes_), keep=not first)
        self._one_pass(X, np.searchsorted(self.classes_, y))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes, shape (n, n_classes)."""
        scores = self._scores(X)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of the probabilities, exact where a probability underflows."""
        z = self._scores(X)
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> np.ndarray:
        """The class with the largest score, shape (n,)."""
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]


class MLPRegressor(RegressorMixin, _MLP):
    __doc__ = f"""Multilayer network for regression: linear output, mean squared error, SGD with momentum.

    Scale the targets too: with a spread of hundreds the gradients are of that size and descent may diverge.
{_SHARED}"""

    _loss = staticmethod(squared_error)

    def fit(self, X: Any, y: Any) -> "MLPRegressor":
        """Learn from X of shape (n, d) and targets y of shape (n,) or (n, k); returns itself."""
        return self._learn(X, y, self.warm_start and hasattr(self, "coefs_"), self._descend)

    def partial_fit(self, X: Any, y: Any) -> "MLPRegressor":
        """One pass over these examples."""
        return self._learn(X, y, hasattr(self, "coefs_"), self._one_pass)

    def _learn(self, X: Any, y: Any, keep: bool, how: Callable[[np.ndarray, np.ndarray], Any]) -> "MLPRegressor":
        X, y = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True, reset=not keep
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._flat = y.ndim == 1
        target = y.reshape(len(y), -1).astype(X.dtype, copy=False)
        self._start(X, target.shape[1], keep)
        how(X, target)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predicted targets, in the shape that `fit` got: (n,) or (n, k)."""
        scores = self._scores(X)
        return scores[:, 0] if self._flat else scores
