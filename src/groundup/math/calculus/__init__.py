"""Derivatives: measured with a step, computed exactly with dual numbers, and of every order as Taylor polynomials.

| file | |
|---|---|
| `finite` | differences with a step: forward, central, complex, Richardson; which step, and how wrong |
| `dual`, `tangent`, `rules`, `functions` | dual numbers on arrays, k directions at once |
| `transforms` | gradient, Jacobian, Hessian and products with them |
| `taylor` | arithmetic of Taylor polynomials, and their remainder |

Lesson: calculus
"""

from groundup.math.calculus import functions as _functions  # noqa: F401  registers its rules
from groundup.math.calculus.dual import Dual
from groundup.math.calculus.finite import (
    best_step,
    complex_step,
    difference,
    error_model,
    numerical_gradient,
    richardson,
)
from groundup.math.calculus.forms import NotDifferentiableError, UnsupportedFunctionError, constant
from groundup.math.calculus.taylor import Taylor, lagrange_bound, taylor, taylor_polynomial
from groundup.math.calculus.transforms import derivative, gradient, hessian, hvp, jacobian, jvp, value_and_gradient

__all__ = [
    "Dual",
    "NotDifferentiableError",
    "Taylor",
    "UnsupportedFunctionError",
    "best_step",
    "complex_step",
    "constant",
    "derivative",
    "difference",
    "error_model",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "lagrange_bound",
    "numerical_gradient",
    "richardson",
    "taylor",
    "taylor_polynomial",
    "value_and_gradient",
]
