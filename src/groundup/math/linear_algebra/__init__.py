"""Linear algebra: products and projections, LU, Cholesky, QR, eigenvalues, SVD, least squares.

Names and arguments are NumPy's and SciPy's where they have the function. No factorisation here calls LAPACK: the work
is arranged so that nearly all of it is in matrix products, with compiled loops for the rest; the plain step that each
of them speeds up stands beside it.

Modules, each after those it needs: `checks`, `triangular`, `elimination` (LU), `positive_definite` (Cholesky),
`orthogonal` (QR), `symmetric` (eigenvalues), `singular_values`, `vectors`, `fitting` (least squares), `power`.

Lesson: linear-algebra
"""

from groundup.math.linear_algebra.checks import NotConvergedError, NotPositiveDefiniteError, SingularMatrixError
from groundup.math.linear_algebra.elimination import (
    LU,
    condition_estimate,
    det,
    eliminate,
    inv,
    lu,
    lu_factor,
    lu_solve,
    slogdet,
    solve,
)
from groundup.math.linear_algebra.fitting import LeastSquares, error_bounds, lstsq
from groundup.math.linear_algebra.orthogonal import QR, apply_q, gram_schmidt, qr, qr_factor, reflect, triangularise
from groundup.math.linear_algebra.positive_definite import cho_solve, cholesky, cholesky_by_columns
from groundup.math.linear_algebra.power import Eigenpair, power_iteration, rayleigh_iteration, top_eigenpairs
from groundup.math.linear_algebra.singular_values import (
    bidiagonal_steps,
    cond,
    low_rank,
    matrix_rank,
    pinv,
    singular_values,
    svd,
    svd_from_eigh,
)
from groundup.math.linear_algebra.symmetric import eigh, eigh_jacobi, eigvalsh, tridiagonal_steps, tridiagonalise
from groundup.math.linear_algebra.triangular import solve_triangular, substitute
from groundup.math.linear_algebra.vectors import cosine, norm, orthonormal_basis, project, projector

__all__ = [
    "LU",
    "QR",
    "Eigenpair",
    "LeastSquares",
    "NotConvergedError",
    "NotPositiveDefiniteError",
    "SingularMatrixError",
    "apply_q",
    "bidiagonal_steps",
    "cho_solve",
    "cholesky",
    "cholesky_by_columns",
    "cond",
    "condition_estimate",
    "cosine",
    "det",
    "eigh",
    "eigh_jacobi",
    "eigvalsh",
    "eliminate",
    "error_bounds",
    "gram_schmidt",
    "inv",
    "low_rank",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "matrix_rank",
    "norm",
    "orthonormal_basis",
    "pinv",
    "power_iteration",
    "project",
    "projector",
    "qr",
    "qr_factor",
    "rayleigh_iteration",
    "reflect",
    "singular_values",
    "slogdet",
    "solve",
    "solve_triangular",
    "substitute",
    "svd",
    "svd_from_eigh",
    "top_eigenpairs",
    "triangularise",
    "tridiagonal_steps",
    "tridiagonalise",
]
