"""Multilayer networks with the backward pass written out.

| file | holds |
|---|---|
| `steps` | the mathematics, with its equations: start, forward, loss, backward, step |
| `estimators` | `MLPClassifier` and `MLPRegressor`, which string the steps together |

Differences from scikit-learn's MLPClassifier: two classes have two softmax outputs, not one logistic output;
plain momentum instead of Nesterov's; weights start normal (He for relu, Glorot otherwise). Left out: Adam and
L-BFGS, early stopping on a validation set, sparse input, several labels an example.
"""

from groundup.neural.mlp.estimators import MLPClassifier, MLPRegressor
from groundup.neural.mlp.steps import (
    ACTIVATIONS,
    backward,
    cross_entropy,
    forward,
    initialize,
    sgd_step,
    squared_error,
)

__all__ = ["ACTIVATIONS", "MLPClassifier", "MLPRegressor", "backward", "cross_entropy", "forward", "initialize",
           "sgd_step", "squared_error"]  # fmt: skip
