"""The perceptron: a linear classifier that learns from its mistakes alone.

For an example x with label y of -1 or 1, weights w and intercept b:

    if  y (w·x + b) <= 0:      w <- w + η y x,      b <- b + η y                     (Rosenblatt 1958)

One pass over n examples of d features costs O(n d). If some unit vector separates the examples with margin γ
and none is longer than R, there are at most (R/γ)² mistakes, however many examples come (Novikoff 1962);
if nothing separates them, the weights never come to rest, and their average is the better answer (Freund and
Schapire 1999, section 2).

`learn` is the rule in plain Python and the oracle of the compiled pass that `Perceptron` uses. Left out:
penalties on w, sparse input, kernels, early stopping on a validation set.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from groundup.checks import check_count, check_number
from groundup.neural._perceptron_kernels import one_pass

__all__ = ["Perceptron", "correct", "learn", "margin", "mistake_bound"]


def correct(w: np.ndarray, b: float, x: np.ndarray, y: float, eta: float = 1.0) -> tuple[np.ndarray, float]:
    """Weights and intercept after one mistake: they move towards y x (Rosenblatt 1958).

    Parameters
    ----------
    w : ndarray of shape (d,)
    b : float
    x : ndarray of shape (d,)
        The example on which w and b erred.
    y : float
        Its label, -1 or 1.
    eta : float
        Length of the correction.

    Returns
    -------
    w : ndarray of shape (d,)
        A new array.
    b : float

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.neural.perceptron import correct
    >>> correct(np.array([1.0, 0.0]), 0.0, np.array([2.0, 1.0]), -1.0)
    (array([-1., -1.]), -1.0)
    """
    return w + eta * y * x, b + eta * y


def learn(
    X: np.ndarray, y: np.ndarray, *, passes: int = 100, eta: float = 1.0
) -> tuple[np.ndarray, float, list[tuple[int, int]]]:
    """The perceptron rule in plain Python, from weights of zero, until a pass makes no mistake.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
        Labels, each -1 or 1.
    passes : int
        At most so many times through the examples.
    eta : float
        Length of a correction.

    Returns
    -------
    w : ndarray of shape (d,)
    b : float
    mistakes : list of (pass, row)
        Each mistake, in order. Learning came to rest if its last pass is below `passes` - 1.
    """
    X, y = _examples(X, y)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for t in range(passes):
        before = len(mistakes)
        for i in range(len(X)):
            if y[i] * (w @ X[i] + b) <= 0:
                w, b = correct(w, b, X[i], y[i], eta)
                mistakes.append((t, i))
        if len(mistakes) == before:
            break
    return w, b, mistakes


def margin(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float = 0.0) -> float:
    """Smallest y (w·x + b) / ‖(w, b)‖: positive if all examples are on their side.

    The intercept counts as one more weight, on a feature that is always 1: that is the space in which the rule
    moves. (The distance to the line in the plane of the features divides by ‖w‖ alone.)

    Parameters
    ----------
    X : ndarray of shape (n, d), n at least 1
    y : ndarray of shape (n,)
        Labels, each -1 or 1.
    w : ndarray of shape (d,)
    b : float

    Returns
    -------
    float
        In the units of the features. Negative if an example is on the wrong side.

    Raises
    ------
    ValueError
        If w and b are all zero, a label is neither -1 nor 1, or the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.neural.perceptron import margin
    >>> margin(np.array([[3.0, 0.0], [-4.0, 1.0]]), np.array([1, -1]), np.array([2.0, 0.0]))
    3.0
    """
    X, y = _examples(X, y)
    length = np.sqrt(np.dot(w, w) + b * b)
    if not length:
        raise ValueError("w and b are all zero: they separate nothing")
    return float((y * (X @ w + b)).min() / length)


def mistake_bound(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float = 0.0) -> float:
    """(R/γ)²: no order of the examples makes the rule err more often (Novikoff 1962).

    R is the length of the longest example, its constant feature 1 included if b is not 0; γ the margin of the
    given separating weights. The better they separate, the smaller the bound.

    Parameters
    ----------
    X : ndarray of shape (n, d), n at least 1
    y : ndarray of shape (n,)
        Labels, each -1 or 1.
    w : ndarray of shape (d,)
    b : float

    Returns
    -------
    float
        A number of mistakes, not rounded.

    Raises
    ------
    ValueError
        If w and b do not separate the examples, or `margin` refuses them.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.neural.perceptron import mistake_bound
    >>> mistake_bound(np.array([[3.0, 0.0], [-4.0, 0.0]]), np.array([1, -1]), np.array([1.0, 0.0]))
    1.7777777777777777
    """
    gap = margin(X, y, w, b)
    if gap <= 0:
        raise ValueError(f"w and b do not separate the examples: margin {gap:.3g}")
    X = np.asarray(X, dtype=float)
    return float((np.square(X).sum(axis=1).max() + (b != 0)) / gap**2)


def _examples(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or y.shape != (len(X),) or not len(X):
        raise ValueError(f"X must have shape (n, d) and y shape (n,), n at least 1; got {X.shape} and {y.shape}")
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(f"labels must be -1 or 1; got {np.unique(y)[:5]}")
    return X, y.astype(float)


class Perceptron(ClassifierMixin, BaseEstimator):
    """Perceptron classifier; several classes are learned one against the rest.

    Names and results are those of ``sklearn.linear_model.Perceptron``: on the same order of examples the
    coefficients are identical (`shuffle=False`), up to examples whose score is 0 but for rounding.

    Parameters
    ----------
    fit_intercept : bool, default=True
    max_iter : int, default=1000
        At most so many passes over the examples.
    tol : float or None, default=1e-3
        Stop when the mean loss max(0, -y (w·x + b)) of a pass has not fallen by `tol` below the best for
        `n_iter_no_change` passes; None: never stop early.
    shuffle : bool, default=True
        A new order of the examples in each pass.
    eta0 : float, default=1.0
        Length of a correction. From weights of zero it only scales the solution.
    n_iter_no_change : int, default=5
    class_weight : dict, "balanced" or None, default=None
        Factor on the corrections of a class; "balanced": n / (number of classes · count of the class). With
        more than two classes it acts where the class stands against the rest, and the rest has factor 1.
    average : bool, default=False
        Keep the mean of the weights after each example instead of the last ones (as ``SGDClassifier(average=True)``).
    random_state : int, RandomState or None, default=0
        Decides the orders.

    Attributes
    ----------
    coef_ : ndarray of shape (1, d) for two classes, else (n_classes, d)
    intercept_ : ndarray of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    n_iter_ : int
        Passes until the stop, the largest over the classes.
    n_mistakes_ : ndarray of shape (1,) or (n_classes,)
        Corrections made.
    t_ : int
        Examples seen, plus 1.

    References
    ----------
    Rosenblatt, 1958, doi 10.1037/h0042519; Freund and Schapire, 1999, doi 10.1023/A:1007662407062.

    Examples
    --------
    >>> from groundup.neural.perceptron import Perceptron
    >>> Perceptron().fit([[0.0], [1.0], [3.0], [4.0]], ["low", "low", "high", "high"]).predict([[0.5], [5.0]])
    array(['low', 'high'], dtype='<U4')
    """

    n_features_in_: int  # set by scikit-learn's validate_data

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        eta0: float = 1.0,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        average: bool = False,
        random_state: Any = 0,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.eta0 = eta0
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.average = average
        self.random_state = random_state

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, coef_init: Any = None, intercept_init: Any = None
    ) -> "Perceptron":
        """Learn from X (n, d) and y (n,).

        Parameters
        ----------
        X : array_like of shape (n, d)
        y : array_like of shape (n,)
        sample_weight : array_like of shape (n,), optional
            Factor on the corrections of an example.
        coef_init, intercept_init : array_like, optional
            Where to start, in the shapes of `coef_` and `intercept_`; zeros by default.

        Returns
        -------
        Perceptron
            Itself.
        """
        self._check()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        check_classification_targets(y)
        self._begin(np.unique(y), X.dtype, coef_init, intercept_init)
        self._learn(X, y, sample_weight, self.max_iter, -np.inf if self.tol is None else self.tol)
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warnings.warn(
                f"{self.max_iter} passes and still improving or erring; raise max_iter, or scale the features",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> "Perceptron":
        """One pass over these examples, from where learning stands.

        Parameters
        ----------
        X : array_like of shape (n, d)
        y : array_like of shape (n,)
        classes : array_like, needed in the first call
            All classes that will ever come.
        sample_weight : array_like of shape (n,), optional
        """
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("classes must be given in the first call of partial_fit")
        announced = self.classes_ if classes is None else np.unique(classes)
        if first:
            self._check()
        elif not np.array_equal(announced, self.classes_):
            raise ValueError(f"classes differ from those of the first call: {announced} and {self.classes_}")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C", reset=first)
        if first:
            self._begin(announced, X.dtype, None, None)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has classes that were not announced: {unknown}")
        self._learn(X, y, sample_weight, passes=1, tol=-np.inf)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores w·x + b: shape (n,) for two classes (positive: the second), else (n, n_classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        scores = X @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> np.ndarray:
        """The class with the largest score, shape (n,)."""
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    def _check(self) -> None:
        check_count("max_iter", self.max_iter)
        check_count("n_iter_no_change", self.n_iter_no_change)
        check_number("eta0", self.eta0, 0, open_low=True)
        if self.tol is not None:
            check_number("tol", self.tol, 0)

    def _begin(self, classes: np.ndarray, dtype: np.dtype, coef: Any, intercept: Any) -> None:
        if len(classes) < 2:
            raise ValueError(f"Perceptron needs samples of at least 2 classes; got one class: {classes}")
        self.classes_ = classes
        rows = 1 if len(classes) == 2 else len(classes)
        self._w = _start(coef, (rows, self.n_features_in_), dtype, "coef_init")
        self._b = _start(intercept, (rows,), np.dtype(float), "intercept_init")
        self._lag, self._lag_b = np.zeros_like(self._w, dtype=float), np.zeros(rows)
        self.n_mistakes_ = np.zeros(rows, dtype=int)
        self.t_ = 1

    def _learn(self, X: np.ndarray, y: np.ndarray, sample_weight: Any, passes: int, tol: float) -> None:
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        factor = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        random = check_random_state(self.random_state)
        seed = random.randint(np.iinfo(np.int32).max)
        positives = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        X = X.astype(self._w.dtype, order="C", copy=False)
        used = []
        for k, c in enumerate(positives):
            positive = y == c
            mine, rest = (factor[1], factor[0]) if len(self.classes_) == 2 else (factor[k], 1.0)
            step = self.eta0 * (np.where(positive, mine, rest) * weight)
            used.append(self._one_class(k, X, positive, step, passes, tol, seed))
        self.n_iter_ = max(used)
        self.t_ += self.n_iter_ * len(X)
        seen = max(self.t_ - 1, 1)
        self.coef_ = (self._w - self._lag / seen).astype(self._w.dtype) if self.average else self._w.copy()
        intercept = self._b - self._lag_b / seen if self.average else self._b
        self.intercept_ = intercept.astype(self._w.dtype)

    def _one_class(
        self, k: int, X: np.ndarray, positive: np.ndarray, step: np.ndarray, passes: int, tol: float, seed: int
    ) -> int:
        """Passes for one class against the rest, every class in the same orders; returns their number."""
        sign, random = np.where(positive, 1.0, -1.0), np.random.RandomState(seed)
        order, best, stale, seen = np.arange(len(X)), np.inf, 0, self.t_ - 1
        for done in range(1, passes + 1):
            if self.shuffle:
                random.shuffle(order)
            self._b[k], self._lag_b[k], loss, mistakes = one_pass(
                X, sign, step, order, self._w[k], self._b[k], self.fit_intercept, self._lag[k], self._lag_b[k], seen
            )
            seen += len(X)
            self.n_mistakes_[k] += mistakes
            if not (np.isfinite(self._w[k]).all() and np.isfinite(self._b[k])):
                raise ValueError(f"weights overflowed in pass {done}; scale the features")
            stale = stale + 1 if loss / len(X) > best - tol else 0
            best = min(best, loss / len(X))
            if stale >= self.n_iter_no_change:
                return done
        return passes


def _start(given: Any, shape: tuple[int, ...], dtype: np.dtype, name: str) -> np.ndarray:
    if given is None:
        return np.zeros(shape, dtype)
    start = check_array(given, ensure_2d=False, dtype=dtype.name, copy=True)
    if start.size != np.prod(shape):
        raise ValueError(f"{name} must have shape {shape}; got {start.shape}")
    return np.ascontiguousarray(start.reshape(shape))
