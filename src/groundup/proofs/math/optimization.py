"""groundup.math.optimization beside scipy.optimize, torch.optim and closed forms."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.math import optimization as opt
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.math.optimization", reference="scipy.optimize", needs=("torch",))

NAMES = ("booth", "beale", "himmelblau", "rosenbrock", "rastrigin", "double_well", "quadratic")


def _places(land: opt.Landscape) -> np.ndarray:
    low, high = np.array(land.box[::2]), np.array(land.box[1::2])
    return np.random.default_rng(0).uniform(low, high, size=(20, 2))


@proof.check("Rosenbrock: value, gradient, Hessian", tolerance=1e-14, reason="the same polynomial, a few roundings")
def _rosenbrock() -> Iterator[Case]:
    from scipy.optimize import rosen, rosen_der, rosen_hess

    for n in (2, 3, 10, 100):
        land, x = opt.rosenbrock(n), np.random.default_rng(n).normal(size=n)
        yield Case(
            f"{n} variables",
            lambda land=land, x=x: [land.fun(x), land.jac(x), land.hess(x)],
            lambda x=x: [rosen(x), rosen_der(x), rosen_hess(x)],
        )


@proof.check(
    "gradients and Hessians of the landscapes",
    tolerance=1e-12,
    reason="dual numbers round as often as the formulas do",
    reference="dual numbers of groundup.math.calculus",
)
def _derivatives() -> Iterator[Case]:
    from groundup.math.calculus import gradient, hessian

    for name, land in opt.LANDSCAPES.items():
        places = _places(land)
        yield Case(
            name,
            lambda land=land, p=places: [[land.jac(x) for x in p], [land.hess(x) for x in p]],
            lambda land=land, p=places: [[gradient(land.fun, x) for x in p], [hessian(land.fun, x) for x in p]],
        )


@proof.check("L-BFGS: minima of the classic functions", tolerance=1e-7, reason="both stop at a gradient of 1e-8")
def _minima() -> Iterator[Case]:
    from scipy.optimize import minimize

    options = {"gtol": 1e-8, "ftol": 0.0, "maxiter": 10_000, "maxfun": 20_000}
    lands = [opt.LANDSCAPES[name] for name in NAMES] + [opt.rosenbrock(n) for n in (10, 50)]
    for land in lands:
        x0 = np.array(land.start)
        yield Case(
            f"{land.name}, {len(x0)} variables",
            lambda land=land, x0=x0: opt.minimize(land.fun, x0, jac=land.jac, tol=1e-8).x,
            lambda land=land, x0=x0: minimize(land.fun, x0, jac=land.jac, method="L-BFGS-B", options=options).x,
        )


@proof.check(
    "L-BFGS: the step from the same pairs",
    tolerance=1e-12,
    reason="the same products in the same order, up to 10 corrections",
    reference="scipy.optimize.LbfgsInvHessProduct",
)
def _two_loop() -> Iterator[Case]:
    from scipy.optimize import LbfgsInvHessProduct

    for n, m in ((3, 1), (10, 4), (200, 10)):
        rng = np.random.default_rng(n)
        half = rng.normal(size=(n, n)) / np.sqrt(n)
        S, g = rng.normal(size=(m, n)), rng.normal(size=n)
        Y = S @ (half @ half.T + np.eye(n))
        scale = (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
        pairs = [(s, y, 1 / (s @ y)) for s, y in zip(S, Y, strict=True)]

        def theirs(S: np.ndarray = S, Y: np.ndarray = Y, g: np.ndarray = g, scale: float = scale) -> np.ndarray:
            # SciPy begins with I, we with c I: eq. 6.17 from c I and (s, y) is c times eq. 6.17 from I and (s / c, y)
            return scale * LbfgsInvHessProduct(S / scale, Y).matvec(g)

        yield Case(f"{n} variables, {m} pairs", lambda p=pairs, g=g: opt.two_loop(g, p), theirs)


@proof.check("Newton: minima", tolerance=1e-7, reason="both stop where rounding does, near the same minimum")
def _newton() -> Iterator[Case]:
    from scipy.optimize import minimize

    for land in [opt.LANDSCAPES[name] for name in NAMES] + [opt.rosenbrock(20)]:
        x0 = np.array(land.minima[0]) + 0.05

        def theirs(land: opt.Landscape = land, x0: np.ndarray = x0) -> np.ndarray:
            return minimize(land.fun, x0, jac=land.jac, hess=land.hess, method="Newton-CG", options={"xtol": 1e-12}).x

        def ours(land: opt.Landscape = land, x0: np.ndarray = x0) -> np.ndarray:
            return opt.minimize(land.fun, x0, jac=land.jac, hess=land.hess, method="newton", tol=1e-9).x

        yield Case(f"{land.name}, {len(x0)} variables", ours, theirs, error=lambda a, b: float(np.abs(a - b).max()))


@proof.check(
    "ill-conditioned quadratics", tolerance=1e-6, reason="the error is the gradient, 1e-9, over the least eigenvalue"
)
def _conditioned() -> Iterator[Case]:
    from scipy.optimize import minimize

    for condition in (1e1, 1e2, 1e3, 1e4):
        w = np.geomspace(1, condition, 30)
        centre = np.random.default_rng(3).normal(size=30)

        def both(x: np.ndarray, w: np.ndarray = w, centre: np.ndarray = centre) -> tuple[float, np.ndarray]:
            return float(w @ (x - centre) ** 2 / 2), w * (x - centre)

        options = {"gtol": 1e-9}
        yield Case(
            f"condition {condition:.0e}",
            lambda both=both: opt.minimize(both, np.zeros(30), jac=True, tol=1e-9).x,
            lambda both=both, o=options: minimize(both, np.zeros(30), jac=True, method="BFGS", options=o).x,
        )


@proof.check(
    "line search: accepted steps",
    tolerance=0.0,
    reason="both accept the first step that meets the same two inequalities",
    reference="scipy.optimize.line_search",
)
def _first_steps() -> Iterator[Case]:
    from scipy.optimize import line_search

    for name in NAMES:
        land = opt.LANDSCAPES[name]
        for number, x in enumerate(_places(land)[:8]):
            p = opt.safe_step(land.jac(x), land.hess(x))
            # ours takes the same c1 and c2; where the whole step is accepted at once, both must say 1, else both not
            yield Case(
                f"{name} {number}",
                lambda land=land, x=x, p=p: _accepts_one(land, x, p),
                lambda land=land, x=x, p=p: line_search(land.fun, land.jac, x, p, c1=1e-4, c2=0.9)[0] == 1.0,
            )


def _accepts_one(land: opt.Landscape, x: np.ndarray, p: np.ndarray) -> bool:
    objective = opt.Objective(land.fun, 2, land.jac)
    return opt.wolfe(objective, objective.point(x), p)[1] == 1.0


@proof.check(
    "line search: both Wolfe conditions hold",
    tolerance=0.0,
    reason="inequalities, checked by a formula of their own on the function itself",
    reference="the inequalities",
)
def _wolfe() -> Iterator[Case]:
    for name in NAMES:
        land = opt.LANDSCAPES[name]
        for c2 in (0.9, 0.1):
            yield Case(
                f"{name}, c2 = {c2}",
                lambda land=land, c2=c2: [
                    _holds(land, x, scale, c2) for x in _places(land) for scale in (1e-4, 1, 1e4)
                ],
                lambda: [True] * 60,
            )


def _holds(land: opt.Landscape, x: np.ndarray, scale: float, c2: float) -> bool:
    objective, p = opt.Objective(land.fun, 2, land.jac), -scale * land.jac(x)
    _, a = opt.wolfe(objective, objective.point(x), p, c2=c2)
    slope, end = land.jac(x) @ p, land.jac(x + a * p) @ p
    return bool(land.fun(x + a * p) <= land.fun(x) + 1e-4 * a * slope and abs(end) <= c2 * abs(slope))


@proof.check(
    "every point of the path with fixed steps",
    tolerance=1e-12,
    reason="the same products; torch adds them in another order",
    reference="torch.optim.SGD, float64",
)
def _paths() -> Iterator[Case]:
    for name, step in (("rosenbrock", 5e-4), ("himmelblau", 5e-3), ("quadratic", 0.03), ("beale", 1e-3)):
        land = opt.LANDSCAPES[name]
        for method, b in (("gradient", 0.0), ("momentum", 0.9), ("nesterov", 0.9), ("momentum", 0.5)):
            yield Case(
                f"{name}, {method} {b}",
                lambda land=land, m=method, a=step, b=b: _ours_path(land, m, a, b),
                lambda land=land, m=method, a=step, b=b: _torch_path(land, m, a, b),
            )


def _ours_path(land: opt.Landscape, method: str, step: float, b: float) -> np.ndarray:
    options: dict[str, Any] = {"step": step} | ({"momentum": b} if method != "gradient" else {})
    path = opt.minimize(land.fun, land.start, jac=land.jac, method=method, max_iter=60, tol=0.0, **options).path
    assert path is not None
    return path.x


def _torch_path(land: opt.Landscape, method: str, step: float, b: float) -> np.ndarray:
    import torch

    x = torch.tensor(land.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=step, momentum=b, nesterov=method == "nesterov")
    path = [x.detach().numpy().copy()]
    for _ in range(60):
        x.grad = torch.tensor(land.jac(x.detach().numpy()))
        optimizer.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


@proof.check(
    "rates on quadratics, measured over 400 steps",
    tolerance=2e-2,
    reason="best momentum meets a double root: (1 + c t) r^t is not yet r^t after t = 400 steps",
    reference="closed forms",
)
def _rates() -> Iterator[Case]:
    for method in ("gradient", "momentum", "nesterov"):
        for condition in (4.0, 25.0, 100.0):
            step, b, rate = opt.best_parameters(method, 1.0, condition)
            yield Case(
                f"{method}, condition {condition:g}",
                lambda m=method, k=condition, a=step, b=b: _measured(m, k, a, b),
                lambda r=rate: r,
            )


def _measured(method: str, condition: float, step: float, b: float) -> float:
    """The root of the shrinkage of the distance over the last steps that rounding leaves untouched."""
    land = opt.quadratic((1.0, condition))
    options: dict[str, Any] = {"step": step} | ({"momentum": b} if method != "gradient" else {})
    path = opt.minimize(land.fun, (1.0, 1.0), jac=land.jac, method=method, max_iter=400, tol=0.0, **options).path
    assert path is not None
    distance = np.sqrt((path.x**2).sum(axis=1))
    end = int(np.argmax(distance < 1e-150)) or len(distance) - 1
    return float((distance[end] / distance[end // 2]) ** (1 / (end - end // 2)))
