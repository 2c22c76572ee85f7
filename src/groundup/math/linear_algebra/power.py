"""Power iteration: multiply, normalise, repeat, and the direction of the largest eigenvalue is left.

    x_0 = sum c_i v_i   =>   A^t x_0 = lambda_1^t (c_1 v_1 + sum_{i>1} c_i (lambda_i / lambda_1)^t v_i)

The error falls by |lambda_2 / lambda_1| a step, the eigenvalue's (the Rayleigh quotient x . A x) by its square when A
is symmetric. Further eigenvalues by deflation: A - lambda_1 v_1 v_1^T. Shifting by the quotient and solving instead of
multiplying makes convergence cubic (`rayleigh_iteration`). One product a step is all that is asked of A: that is why
the method survives on matrices too large for anything else. Source: Golub and Van Loan, Matrix Computations (4th
ed.), 7.3.1, 8.2.

Lesson: linear-algebra
"""

from typing import NamedTuple

import numpy as np

from groundup.math.linear_algebra.checks import NotConvergedError, SingularMatrixError, as_matrix, as_right_side
from groundup.math.linear_algebra.elimination import solve
from groundup.math.linear_algebra.vectors import norm

__all__ = ["Eigenpair", "power_iteration", "rayleigh_iteration", "top_eigenpairs"]


class Eigenpair(NamedTuple):
    """An eigenvalue and its vector, as an iteration found them.

    Attributes
    ----------
    value : float
    vector : ndarray of shape (n,)
        Of length 1; its sign is arbitrary.
    steps : int
        Products with the matrix; the last one only showed that the pair had settled.
    """

    value: float
    vector: np.ndarray
    steps: int


def power_iteration(
    a: np.ndarray,
    start: np.ndarray | None = None,
    *,
    tolerance: float | None = None,
    max_steps: int = 10_000,
    random_state: int = 0,
) -> Eigenpair:
    """The eigenvalue of largest magnitude of a square matrix, and its vector.

    Parameters
    ----------
    a : ndarray of shape (n, n), n >= 1
    start : ndarray of shape (n,), optional
        Random by default. One without any part along the vector sought relies on rounding to get it.
    tolerance : float, optional
        Stop when |A x - lambda x| <= tolerance |lambda|; 100 n eps by default.
    max_steps : int
    random_state : int
        Seed of the random start.

    Raises
    ------
    NotConvergedError
        If it has not settled in max_steps: the two largest magnitudes are (nearly) equal, or form a complex pair.
    """
    a = as_matrix(a, square=True)
    x = _unit_start(a, start, random_state)
    if tolerance is None:
        tolerance = 100 * len(a) * float(np.finfo(a.dtype).eps)
    for step in range(1, max_steps + 1):
        image = a @ x
        value = float(x @ image)
        if norm(image - a.dtype.type(value) * x) <= tolerance * abs(value):
            return Eigenpair(value, x, step)
        size = norm(image)
        if size == 0:
            return Eigenpair(0.0, x, step)
        x = image / a.dtype.type(size)
    raise NotConvergedError(f"no direction settled in {max_steps} steps: the two largest eigenvalues are too alike")


def top_eigenpairs(
    a: np.ndarray, count: int, *, tolerance: float | None = None, max_steps: int = 10_000, random_state: int = 0
) -> list[Eigenpair]:
    """The `count` eigenvalues of largest magnitude of a symmetric matrix, by power iteration and deflation.

    Errors of the first vectors enter the later ones: for more than a few, use `eigh`.

    Parameters
    ----------
    a : ndarray of shape (n, n), symmetric
    count : int, 0 to n
    tolerance : float, optional
        As for `power_iteration`; so are `max_steps` and `random_state`.
    max_steps : int
        For each pair.
    random_state : int
        Seed of the random starts.

    Returns
    -------
    list of Eigenpair
        By falling magnitude.

    Raises
    ------
    ValueError
        If `a` is not symmetric and finite, or `count` not between 0 and n.
    NotConvergedError
        If a pair has not settled in max_steps: two of the magnitudes are too alike.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.linear_algebra import top_eigenpairs
    >>> [round(pair.value, 6) for pair in top_eigenpairs(np.diag([1.0, 5.0, 3.0]), 2)]
    [5.0, 3.0]
    """
    rest = as_matrix(a, symmetric=True).copy()
    if not 0 <= count <= len(rest):
        raise ValueError(f"count must be between 0 and {len(rest)}: got {count}")
    pairs = []
    for _ in range(count):
        pair = power_iteration(rest, tolerance=tolerance, max_steps=max_steps, random_state=random_state)
        pairs.append(pair)
        rest -= rest.dtype.type(pair.value) * np.outer(pair.vector, pair.vector)
    return pairs


def rayleigh_iteration(a: np.ndarray, start: np.ndarray, *, max_steps: int = 50) -> Eigenpair:
    """The eigenpair of a symmetric matrix that a start leads to, solving (A - mu I) y = x with mu = x . A x.

    Three or four steps are usual, since each triples the number of correct digits. *Which* pair it finds depends on the
    start; it need not be the nearest. Source: Golub and Van Loan, Matrix Computations (4th ed.), 8.2.3.

    Parameters
    ----------
    a : ndarray of shape (n, n), symmetric, n >= 1
    start : ndarray of shape (n,), not zero
    max_steps : int

    Returns
    -------
    Eigenpair
        With |A x - mu x| <= 10 eps |A|, norms as of `norm`.

    Raises
    ------
    ValueError
        If `a` is not symmetric and finite, or `start` not a vector of its size with an entry that is not 0.
    NotConvergedError
        If it has not settled in `max_steps`.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.linear_algebra import rayleigh_iteration
    >>> pair = rayleigh_iteration(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.5]))
    >>> round(pair.value, 12), pair.steps <= 5
    (3.0, True)
    """
    a = as_matrix(a, symmetric=True)
    x = _unit_start(a, start, 0)
    eps = float(np.finfo(a.dtype).eps)
    for step in range(1, max_steps + 1):
        image = a @ x
        value = float(x @ image)
        if norm(image - a.dtype.type(value) * x) <= 10 * eps * norm(a):
            return Eigenpair(value, x, step)
        try:
            y = solve(a - a.dtype.type(value) * np.eye(len(a), dtype=a.dtype), x)
        except SingularMatrixError:  # mu is an eigenvalue to the last bit: move it by one rounding
            y = solve(a - a.dtype.type(value + 10 * eps * norm(a)) * np.eye(len(a), dtype=a.dtype), x)
        x = y / a.dtype.type(norm(y))
    raise NotConvergedError(f"no eigenpair settled in {max_steps} steps")


def _unit_start(a: np.ndarray, start: np.ndarray | None, random_state: int) -> np.ndarray:
    if len(a) == 0:
        raise ValueError("a must have at least one row: got shape (0, 0)")
    if start is None:
        start = np.random.default_rng(random_state).standard_normal(len(a))
    x = as_right_side(start, len(a), "start")
    if x.ndim != 1 or not x.any():
        raise ValueError(f"start must be a vector that is not zero: got shape {x.shape}")
    return (x / norm(x)).astype(a.dtype)
