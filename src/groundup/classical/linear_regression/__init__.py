"""Linear regression: fitting it in four ways, how far its coefficients can be trusted, and when not at all.

| file | |
|---|---|
| `solvers` | least squares by QR in blocks, normal equations, SVD, gradient descent; with coefficients >= 0 |
| `estimator` | `LinearRegression`, with scikit-learn's interface |
| `inference` | `ols`: standard errors, tests, intervals, information criteria |
| `diagnostics` | leverage, influence, collinearity, tests of the residuals |

Lesson: linear-regression
"""

from groundup.classical.linear_regression.diagnostics import (
    Influence,
    NormalityTest,
    VarianceTest,
    breusch_pagan,
    durbin_watson,
    influence,
    jarque_bera,
    qq_points,
    variance_inflation,
    white_test,
)
from groundup.classical.linear_regression.estimator import LinearRegression
from groundup.classical.linear_regression.inference import OLSResults, Prediction, ols
from groundup.classical.linear_regression.solvers import (
    Descent,
    Solution,
    by_qr,
    by_svd,
    gradient_descent,
    nonnegative,
    step_size,
    stochastic_descent,
    triangle,
)

__all__ = [
    "Descent",
    "Influence",
    "LinearRegression",
    "NormalityTest",
    "OLSResults",
    "Prediction",
    "Solution",
    "VarianceTest",
    "breusch_pagan",
    "by_qr",
    "by_svd",
    "durbin_watson",
    "gradient_descent",
    "influence",
    "jarque_bera",
    "nonnegative",
    "ols",
    "qq_points",
    "step_size",
    "stochastic_descent",
    "triangle",
    "variance_inflation",
    "white_test",
]
