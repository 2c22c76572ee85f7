"""groundup.math.calculus beside torch.func: the same function, written once for both array libraries."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.math import calculus
from groundup.proofs.core import Case, Proof

proof = Proof("groundup.math.calculus", reference="torch.func", needs=("torch",))

RNG = np.random.default_rng(11)
MATRIX = RNG.normal(size=(7, 6))
POINT = RNG.uniform(0.2, 0.9, size=6)
DIRECTION = RNG.normal(size=6)


def functions() -> Iterator[tuple[str, Callable[[Any, Any, Any], Any]]]:
    """Functions (x, array library, matrix of that library) -> one number."""
    yield "elementary functions", lambda x, n, a: n.sum(n.sin(x) * n.exp(x) / x + n.tanh(x) * n.log1p(x) ** 2)
    yield "square roots, arcs and powers", lambda x, n, a: n.sum(n.sqrt(x) * n.arctan(x) + x**2.5 + n.arcsin(x))
    yield "Rosenbrock's valley", lambda x, n, a: n.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    yield "log of a sum of exponentials", lambda x, n, a: n.log(n.sum(n.exp(a @ x)))
    yield "two layers", lambda x, n, a: n.sum(n.tanh(a.T @ n.tanh(a @ x)) ** 2)
    yield "products of slices", lambda x, n, a: (x[:3] @ x[3:]) ** 3 / (1 + n.sum(x[::2]) ** 2) + n.prod(x)
    yield "reshaped and transposed", lambda x, n, a: n.sum((x.reshape(2, 3).T @ x.reshape(2, 3)) ** 2)
    yield "kinks, seen off the kink", lambda x, n, a: n.sum(n.where(x > 0.5, x * x, n.abs(a[:6] @ x)))


def _torch(function: Callable, dtype: type = np.float64) -> tuple[Callable, Callable]:
    import torch

    matrix = torch.tensor(MATRIX.astype(dtype))
    return lambda x: function(x, torch, matrix), lambda x: torch.tensor(np.asarray(x, dtype))


def _cases(ours: Callable, theirs: str, dtype: type = np.float64) -> Iterator[Case]:
    import torch

    for name, function in functions():
        f, tensor = _torch(function, dtype)
        matrix, x = MATRIX.astype(dtype), POINT.astype(dtype)
        yield Case(
            name,
            ours=lambda f=function, m=matrix, x=x: ours(lambda y: f(y, np, m), x),
            reference=lambda f=f, t=tensor, x=x: getattr(torch.func, theirs)(f)(t(x)).numpy(),
        )


ROUNDINGS = "tens of roundings of 1.1e-16, in another order"


@proof.check("gradient", tolerance=1e-13, reason=ROUNDINGS, reference="torch.func.grad")
def _gradient() -> Iterator[Case]:
    yield from _cases(calculus.gradient, "grad")


@proof.check("gradient in float32", tolerance=2e-5, reason="tens of roundings of 6e-8", reference="torch.func.grad")
def _gradient_float32() -> Iterator[Case]:
    yield from _cases(calculus.gradient, "grad", np.float32)


@proof.check("Hessian", tolerance=1e-12, reason=ROUNDINGS, reference="torch.func.hessian")
def _hessian() -> Iterator[Case]:
    yield from _cases(calculus.hessian, "hessian")


@proof.check("Hessian times a vector", tolerance=1e-12, reason=ROUNDINGS, reference="torch.func.jvp of grad")
def _hvp() -> Iterator[Case]:
    import torch

    for name, function in functions():
        f, tensor = _torch(function)
        yield Case(
            name,
            ours=lambda f=function: calculus.hvp(lambda y: f(y, np, MATRIX), POINT, DIRECTION),
            reference=lambda f=f, t=tensor: torch.func.jvp(torch.func.grad(f), (t(POINT),), (t(DIRECTION),))[1].numpy(),
        )


def maps() -> Iterator[tuple[str, Callable[[Any, Any, Any], Any]]]:
    """Functions (x, array library, matrix) -> array."""
    yield "a layer", lambda x, n, a: n.tanh(a @ x) * n.cos(a @ x)
    yield "softmax", lambda x, n, a: n.exp(a @ x) / n.sum(n.exp(a @ x))
    yield "an outer product", lambda x, n, a: n.outer(n.sin(x), x[:2])
    yield "differences", lambda x, n, a: n.diff(x**3)
    yield "a linear map", lambda x, n, a: a @ x
    yield "joined pieces", lambda x, n, a: n.concatenate([x[1:] * x[:-1], n.exp(x[:2])])


@proof.check("Jacobian", tolerance=1e-13, reason=ROUNDINGS, reference="torch.func.jacfwd")
def _jacobian() -> Iterator[Case]:
    import torch

    for name, function in maps():
        f, tensor = _torch(function)
        yield Case(
            name,
            ours=lambda f=function: calculus.jacobian(lambda y: f(y, np, MATRIX), POINT),
            reference=lambda f=f, t=tensor: torch.func.jacfwd(f)(t(POINT)).numpy(),
        )


@proof.check("derivative along a direction", tolerance=1e-13, reason=ROUNDINGS, reference="torch.func.jvp")
def _jvp() -> Iterator[Case]:
    import torch

    for name, function in maps():
        f, tensor = _torch(function)
        yield Case(
            name,
            ours=lambda f=function: calculus.jvp(lambda y: f(y, np, MATRIX), POINT, DIRECTION),
            reference=lambda f=f, t=tensor: tuple(
                out.numpy() for out in torch.func.jvp(f, (t(POINT),), (t(DIRECTION),))
            ),
        )


def curves() -> Iterator[tuple[str, Callable[[Any, Any], Any], float]]:
    """Functions (x, array library) of one number, and a centre."""
    yield "exp of sin", lambda x, n: n.exp(n.sin(x)), 0.4
    yield "a quotient of powers", lambda x, n: (x**3 - 2) / n.sqrt(1 + x**2), 1.3
    yield "tangent and hyperbolic tangent", lambda x, n: n.tan(x) * n.tanh(x), 0.6
    yield "logarithms and arcs", lambda x, n: n.log(x) * n.arctan(x) + n.log1p(x) * n.arcsin(x), 0.5


@proof.check("Taylor coefficients up to order 5", tolerance=1e-12, reason=ROUNDINGS, reference="torch.func.grad")
def _taylor() -> Iterator[Case]:
    for name, function, centre in curves():
        yield Case(
            name,
            ours=lambda f=function, c=centre: calculus.taylor(lambda x: f(x, np), c, 5),
            reference=lambda f=function, c=centre: _nested(f, c, 5),
        )


def _nested(function: Callable, centre: float, order: int) -> np.ndarray:
    import torch

    def g(x: Any) -> Any:
        return function(x, torch)

    out = []
    for j in range(order + 1):
        out.append(float(g(torch.tensor(centre, dtype=torch.float64))) / math.factorial(j))
        g = torch.func.grad(g)
    return np.array(out)


@proof.check(
    "differences at their best step",
    tolerance=1e-9,
    reason="central differences are right to about u^(2/3) = 2e-11 times the third derivative",
    reference="torch.func.grad",
)
def _differences() -> Iterator[Case]:
    import torch

    for name, function, centre in curves():
        yield Case(
            name,
            ours=lambda f=function, c=centre: calculus.difference(lambda x: f(x, np), c),
            reference=lambda f=function, c=centre: torch.func.grad(lambda x: f(x, torch))(
                torch.tensor(c, dtype=torch.float64)
            ).numpy(),
        )
