"""Baselines: estimators that never look at X. What a model does not gain over them, it has not learned.

Strategies, names and random draws are those of scikit-learn's DummyClassifier and DummyRegressor, so that equal seeds
give equal answers. Left out here: sparse targets.

Lesson: generalization
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import _num_samples, check_consistent_length, check_is_fitted, validate_data

from groundup.math.statistics import quantile

__all__ = ["DummyClassifier", "DummyRegressor"]

CLASS_STRATEGIES = ("most_frequent", "prior", "stratified", "uniform", "constant")
NUMBER_STRATEGIES = ("mean", "median", "quantile", "constant")


def _check_weights(weights: Any, rows: int) -> np.ndarray | None:
    if weights is None:
        return None
    weights = np.asarray(weights, float)
    weights = np.full(rows, weights) if weights.ndim == 0 else weights
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight must have shape ({rows},) like y; got {weights.shape}")
    if not np.isfinite(weights).all():
        raise ValueError("sample_weight must be finite: found NaN or infinity")
    if not weights.any():
        raise ValueError("sample_weight must not be zero for all rows")
    return weights


class DummyClassifier(MultiOutputMixin, ClassifierMixin, BaseEstimator):
    """Classes without looking at the features.

    Parameters
    ----------
    strategy : {"most_frequent", "prior", "stratified", "uniform", "constant"}, default="prior"
        "most_frequent" and "prior" predict the commonest class; their probabilities are 1 for it, and the classes'
        shares. "stratified" draws classes by their shares, "uniform" all alike; "constant" is `constant`.
    random_state : int, RandomState or None, default=None
        For "stratified" and "uniform".
    constant : class, or array of shape (outputs,), default=None
        For "constant": must occur in y.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of them for several outputs
    n_classes_ : int or list of int
    class_prior_ : ndarray of shape (n_classes,), or list
        Shares of the classes, by weight.
    n_outputs_ : int

    Examples
    --------
    >>> from groundup.data.generalization import DummyClassifier
    >>> DummyClassifier().fit([[0]] * 4, ["a", "b", "b", "b"]).predict_proba([[5]])
    array([[0.25, 0.75]])
    """

    classes_: Any
    class_prior_: Any

    def __init__(self, *, strategy: str = "prior", random_state: Any = None, constant: Any = None) -> None:
        self.strategy = strategy
        self.random_state = random_state
        self.constant = constant

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DummyClassifier":
        """Count the classes of y, shape (n,) or (n, outputs); X only has to have n rows.

        Raises
        ------
        ValueError
            If a parameter does not fit, the constant is missing or does not occur in y.
        """
        if self.strategy not in CLASS_STRATEGIES:
            raise ValueError(f"strategy must be one of {', '.join(map(repr, CLASS_STRATEGIES))}; got {self.strategy!r}")
        validate_data(self, X, skip_check_array=True)
        y = np.atleast_1d(np.asarray(y))
        y = y[:, None] if y.ndim == 1 else y
        check_consistent_length(X, y)
        weights = _check_weights(sample_weight, len(y))
        self.n_outputs_ = y.shape[1]
        found = [np.unique(column, return_inverse=True) for column in y.T]
        counts = [np.bincount(index, weights, minlength=len(classes)) for classes, index in found]
        classes, priors = [c for c, _ in found], [c / c.sum() for c in counts]
        if self.strategy == "constant":
            self._check_constant(classes)
        one = self.n_outputs_ == 1
        self.classes_ = classes[0] if one else classes
        self.class_prior_ = priors[0] if one else priors
        self.n_classes_ = len(classes[0]) if one else [len(c) for c in classes]
        return self

    def _check_constant(self, classes: list[np.ndarray]) -> None:
        if self.constant is None:
            raise ValueError("strategy 'constant' needs the parameter constant; got None")
        constant = np.ravel(np.atleast_1d(self.constant))
        if len(constant) != len(classes):
            raise ValueError(f"constant must have {len(classes)} entries, one an output; got {self.constant!r}")
        for value, known in zip(constant, classes, strict=True):
            if not np.any(known == value):
                raise ValueError(f"constant must be present in the training data, {known.tolist()}; got {value!r}")

    def _outputs(self) -> tuple[list[np.ndarray], list[np.ndarray], list[Any]]:
        """Classes, priors and constants as lists with an entry an output."""
        check_is_fitted(self)
        if self.n_outputs_ == 1:
            return [self.classes_], [self.class_prior_], [self.constant]
        constants = [None] * self.n_outputs_ if self.constant is None else list(np.ravel(self.constant))
        return list(self.classes_), list(self.class_prior_), constants

    def predict(self, X: Any) -> np.ndarray:
        """Classes of shape (n,) or (n, outputs) for the n rows of X."""
        classes, priors, _ = self._outputs()
        rows, random = _num_samples(X), check_random_state(self.random_state)
        if self.strategy in ("most_frequent", "prior"):
            y = np.tile([c[p.argmax()] for c, p in zip(classes, priors, strict=True)], (rows, 1))
        elif self.strategy == "stratified":
            drawn = self.predict_proba(X)
            drawn = [drawn] if self.n_outputs_ == 1 else drawn
            y = np.vstack([c[p.argmax(axis=1)] for c, p in zip(classes, drawn, strict=True)]).T
        elif self.strategy == "uniform":
            y = np.vstack([c[random.randint(len(c), size=rows)] for c in classes]).T
        else:
            y = np.tile(self.constant, (rows, 1))
        return y.ravel() if self.n_outputs_ == 1 else y

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of shape (n, n_classes); a list of them for several outputs."""
        classes, priors, constants = self._outputs()
        rows, random = _num_samples(X), check_random_state(self.random_state)
        answers = []
        for known, prior, constant in zip(classes, priors, constants, strict=True):
            p = np.zeros((rows, len(known)))
            if self.strategy == "most_frequent":
                p[:, prior.argmax()] = 1
            elif self.strategy == "prior":
                p += prior
            elif self.strategy == "stratified":
                p += random.multinomial(1, prior, size=rows)
            elif self.strategy == "uniform":
                p += 1 / len(known)
            else:
                p[:, known == constant] = 1
            answers.append(p)
        return answers[0] if self.n_outputs_ == 1 else answers

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of `predict_proba`, -inf for what is impossible."""
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(p) if self.n_outputs_ == 1 else [np.log(each) for each in p]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy; X may be None."""
        return super().score(np.zeros((len(y), 1)) if X is None else X, y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.poor_score = True
        tags.no_validation = True
        return tags


class DummyRegressor(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """A number without looking at the features.

    Parameters
    ----------
    strategy : {"mean", "median", "quantile", "constant"}, default="mean"
        Of y; with weights, median and quantile are the smallest value that has the share of the weight at or below it.
        The mean is best for squared errors, the median for absolute ones.
    constant : float, or array of shape (outputs,), default=None
        For "constant".
    quantile : float from 0 to 1, default=None
        For "quantile".

    Attributes
    ----------
    constant_ : ndarray of shape (1, outputs)
    n_outputs_ : int

    Examples
    --------
    >>> from groundup.data.generalization import DummyRegressor
    >>> DummyRegressor(strategy="median").fit([[0]] * 3, [1.0, 2.0, 9.0]).predict([[5], [6]])
    array([2., 2.])
    """

    def __init__(self, *, strategy: str = "mean", constant: Any = None, quantile: float | None = None) -> None:
        self.strategy = strategy
        self.constant = constant
        self.quantile = quantile

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DummyRegressor":
        """Summarise y of shape (n,) or (n, outputs); X only has to have n rows.

        Raises
        ------
        ValueError, TypeError
            If a parameter or y does not fit; TypeError for a constant that is missing, as scikit-learn.
        """
        if self.strategy not in NUMBER_STRATEGIES:
            names = ", ".join(map(repr, NUMBER_STRATEGIES))
            raise ValueError(f"strategy must be one of {names}; got {self.strategy!r}")
        validate_data(self, X, skip_check_array=True)
        y = np.asarray(check_array(y, ensure_2d=False, input_name="y"))
        y = y[:, None] if y.ndim == 1 else y
        check_consistent_length(X, y)
        weights = _check_weights(sample_weight, len(y))
        self.n_outputs_ = y.shape[1]
        if self.strategy == "mean":
            self.constant_ = np.average(y, axis=0, weights=weights)[None]
        elif self.strategy == "constant":
            self.constant_ = self._checked_constant()
        else:
            self.constant_ = self._quantile(y, weights)
        return self

    def _quantile(self, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        share = 0.5 if self.strategy == "median" else self.quantile
        if share is None or not 0 <= share <= 1:
            raise ValueError(f"strategy 'quantile' needs the parameter quantile in the range [0, 1]; got {share!r}")
        if weights is None:
            return np.array([[quantile(column, share) for column in y.T]])
        used = weights > 0  # a share of 0 is the smallest value that has weight
        return np.array([[quantile(c[used], share, method="inverted_cdf", weights=weights[used]) for c in y.T]])

    def _checked_constant(self) -> np.ndarray:
        if self.constant is None:
            raise TypeError("Constant target value has to be specified for strategy 'constant': got None")
        constant = np.asarray(check_array(self.constant, ensure_2d=False, ensure_min_samples=0)).reshape(1, -1)
        if constant.shape[1] != self.n_outputs_:
            raise ValueError(f"constant must have {self.n_outputs_} entries, one an output; got {self.constant!r}")
        return constant

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """The constant for the n rows of X, shape (n,) or (n, outputs); with `return_std` also zeros."""
        check_is_fitted(self)
        y = np.tile(self.constant_, (_num_samples(X), 1))
        y = y.ravel() if self.n_outputs_ == 1 else y
        return (y, np.zeros(y.shape)) if return_std else y

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R2: 0 for the mean of the very rows, below on others; X may be None."""
        return super().score(np.zeros((len(y), 1)) if X is None else X, y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.regressor_tags.poor_score = True
        tags.no_validation = True
        return tags
