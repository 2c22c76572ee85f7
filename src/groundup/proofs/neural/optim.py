"""groundup.neural.optim beside torch.optim: a hundred steps of each rule from copied weights, schedules, clipping."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy as np

from groundup.neural import optim
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.optim", reference="torch.optim", needs=("torch",))

STEPS = 100
SHAPES = [(7, 4), (4,), ()]
RULES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.02}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adagrad", {"lr": 0.05, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.1}),
    ("RMSprop", {"lr": 0.01, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "alpha": 0.9}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-6}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1, "amsgrad": True, "maximize": True}),
    ("RAdam", {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
]
Gradients = Callable[[int], list[np.ndarray]]


def _problem(dtype: type) -> tuple[list[np.ndarray], Gradients]:
    """Weights, and the gradients that step t = 0, 1, ... shall see, whatever the weights are."""
    rng = np.random.default_rng(3)
    weights = [np.asarray(rng.normal(size=s)).astype(dtype) for s in SHAPES]
    noise = [np.asarray(rng.normal(size=(STEPS, *s))).astype(dtype) for s in SHAPES]
    drift = [np.asarray(rng.normal(size=s)).astype(dtype) for s in SHAPES]
    return weights, lambda t: [np.asarray(d + n[t], dtype) for d, n in zip(drift, noise, strict=True)]


def _groups(params: list[Any]) -> list[dict[str, Any]]:
    return [{"params": params[:1]}, {"params": params[1:], "lr": 0.004}]


def _trace(params: list[Any], optimizer: Any, gradients: Gradients, torch: Any = None) -> list[np.ndarray]:
    """Weights after every tenth step."""
    seen = []
    for t in range(STEPS):
        for p, g in zip(params, gradients(t), strict=True):
            p.grad = torch.tensor(g) if torch else g
        optimizer.step()
        if t % 10 == 9:
            seen += [np.array(p.detach().numpy() if torch else p.data) for p in params]
    return seen


def _ours(name: str, options: dict[str, Any], dtype: type, world: str) -> list[np.ndarray]:
    weights, gradients = _problem(dtype)
    if world == "torch":
        import torch

        params = [torch.tensor(w, requires_grad=True) for w in weights]
        return _trace(params, getattr(optim, name)(_groups(params), **options), gradients, torch)
    params = [Tensor(w.copy(), requires_grad=True) for w in weights]
    return _trace(params, getattr(optim, name)(_groups(params), **options), gradients)


def _theirs(name: str, options: dict[str, Any], dtype: type) -> list[np.ndarray]:
    import torch

    weights, gradients = _problem(dtype)
    params = [torch.tensor(w, requires_grad=True) for w in weights]
    return _trace(params, getattr(torch.optim, name)(_groups(params), **options), gradients, torch)


def _hundred_steps(dtype: type, world: str) -> Iterator[Case]:
    for name, options in RULES:
        words = ", ".join(f"{k} {v}" for k, v in options.items() if k != "lr")
        yield Case(
            f"{name} {words}".strip(),
            lambda n=name, o=options: _ours(n, o, dtype, world),
            lambda n=name, o=options: _theirs(n, o, dtype),
            # torch keeps NAdam's product of momenta in float32, ours of float64 parameters in float64
            tolerance=1e-9 if (name, dtype, world) == ("NAdam", np.float64, "ours") else None,
        )


SMALL64, SMALL32 = "a few roundings of 1e-16 a step, a hundred steps", "a few roundings of 6e-8 a step, a hundred steps"


@proof.check("100 steps of our tensors, two groups, float64", tolerance=1e-13, reason=SMALL64)
def _ours64() -> Iterator[Case]:
    return _hundred_steps(np.float64, "ours")


@proof.check("100 steps of our tensors, two groups, float32", tolerance=2e-5, reason=SMALL32)
def _ours32() -> Iterator[Case]:
    return _hundred_steps(np.float32, "ours")


@proof.check("100 steps of torch's parameters, float64", tolerance=1e-13, reason=SMALL64)
def _torch64() -> Iterator[Case]:
    return _hundred_steps(np.float64, "torch")


@proof.check("100 steps of torch's parameters, float32", tolerance=2e-5, reason=SMALL32)
def _torch32() -> Iterator[Case]:
    return _hundred_steps(np.float32, "torch")


def _handed_over(name: str, options: dict[str, Any], back: bool) -> list[np.ndarray]:
    """Fifty steps by torch and fifty by ours, or the other way round, the state copied in between."""
    import torch

    weights, gradients = _problem(np.float64)
    params = [torch.tensor(w, requires_grad=True) for w in weights]
    makers = [getattr(m, name) for m in ((optim, torch.optim) if back else (torch.optim, optim))]
    first = makers[0](_groups(params), **options)
    second = None
    for t in range(STEPS):
        for p, g in zip(params, gradients(t), strict=True):
            p.grad = torch.tensor(g)
        if t == STEPS // 2:
            second = makers[1](_groups(params), **options)
            second.load_state_dict(first.state_dict())
        (second or first).step()
    return [p.detach().numpy().copy() for p in params]


@proof.check("state handed over after 50 steps", tolerance=1e-13, reason=SMALL64)
def _handover() -> Iterator[Case]:
    for name, options in RULES:
        for back in (False, True):
            words = ", ".join(f"{k} {v}" for k, v in options.items() if k != "lr")
            yield Case(
                f"{name} {words}, {'ours to torch' if back else 'torch to ours'}",
                lambda n=name, o=options, b=back: _handed_over(n, o, b),
                lambda n=name, o=options: _theirs(n, o, np.float64)[-len(SHAPES) :],
            )


def _muon(library: str, options: dict[str, Any], shape: tuple[int, int], dtype: str, **more: Any) -> list[np.ndarray]:
    """The way that a matrix has gone after each of 20 steps."""
    import torch

    rng = np.random.default_rng(5)
    w = torch.tensor(rng.normal(size=shape), dtype=getattr(torch, dtype), requires_grad=True)
    start = w.detach().numpy().copy()
    module = torch.optim if library == "torch" else optim
    optimizer = module.Muon([w], **options, **more)
    seen = []
    for _ in range(20):
        w.grad = torch.tensor(rng.normal(size=shape), dtype=w.dtype)
        optimizer.step()
        seen.append(w.detach().numpy() - start)
    return seen


def _muon_unrounded(options: dict[str, Any], shape: tuple[int, int]) -> list[np.ndarray]:
    """torch's own code without its rounding to bfloat16."""
    import torch

    with mock.patch.object(torch.Tensor, "bfloat16", lambda t: t.clone()):
        return _muon("torch", options, shape, "float64")


def _muon_cases() -> Iterator[tuple[str, tuple[int, int], dict[str, Any]]]:
    for shape in [(24, 24), (40, 12), (12, 40)]:
        for options in (
            {"lr": 0.02},
            {"lr": 0.02, "nesterov": False, "weight_decay": 0.0},
            {"lr": 0.02, "momentum": 0.8, "adjust_lr_fn": "match_rms_adamw"},
        ):
            yield f"{shape}, {', '.join(f'{k} {v}' for k, v in options.items())}", shape, options


@proof.check("Muon, 20 steps in float64", tolerance=1e-12, reason="torch's code without its rounding to bfloat16")
def _muon64() -> Iterator[Case]:
    for name, shape, options in _muon_cases():
        yield Case(
            name,
            lambda s=shape, o=options: _muon("ours", o, s, "float64"),
            lambda s=shape, o=options: _muon_unrounded(o, s),
        )


@proof.check("Muon, 20 steps in bfloat16", tolerance=0.1, reason="8 bits, rounded at other places; 15 products a step")
def _muon16() -> Iterator[Case]:
    for name, shape, options in _muon_cases():
        yield Case(
            name,
            lambda s=shape, o=options: _muon("ours", o, s, "float32", ns_dtype="bfloat16"),
            lambda s=shape, o=options: _muon("torch", o, s, "float32"),
        )


def _by_svd(matrix: np.ndarray, steps: int, coefficients: tuple[float, float, float]) -> np.ndarray:
    """U p(S) Vᵀ, with the polynomial applied to the singular values themselves."""
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    a, b, c = coefficients
    s = s / np.sqrt((s**2).sum())
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    return u * s @ vt


@proof.check(
    "Newton-Schulz, beside the polynomial of the singular values",
    tolerance=1e-12,
    reason="15 products of 60 roundings each, errors grow up to 3.4-fold a step",
    reference="numpy.linalg.svd",
)
def _newton_schulz() -> Iterator[Case]:
    rng = np.random.default_rng(6)
    for shape in [(3, 3), (60, 20), (20, 60), (1, 5)]:
        m = rng.normal(size=shape)
        for steps, coefficients in [(1, (1.5, -0.5, 0.0)), (5, (3.4445, -4.7750, 2.0315))]:
            yield Case(
                f"{shape}, {steps} steps",
                lambda m=m, k=steps, c=coefficients: optim.newton_schulz(m, k, c),
                lambda m=m, k=steps, c=coefficients: _by_svd(m, k, c),
            )


def _rates(make: Callable[[Any], Any], optimizer: Any, steps: int) -> list[float]:
    scheduler, seen = make(optimizer), []
    for _ in range(steps):
        group = optimizer.param_groups[0]
        seen += [group["lr"], group["betas"][0] if "betas" in group else group["momentum"]]
        optimizer.step()
        scheduler.step()
    return seen


def _schedules() -> list[tuple[str, Callable[[Any], Any], Callable[[Any, Any], Any]]]:
    """(name, our scheduler of an optimizer, torch's of torch.optim.lr_scheduler and an optimizer)."""

    def warm(s: Any, o: Any) -> Any:
        rise = s.LinearLR(o, start_factor=0.1, total_iters=8)
        return s.SequentialLR(o, [rise, s.CosineAnnealingLR(o, 30)], milestones=[8])

    set_to = optim.LRScheduler
    cycle = {"max_lr": 0.4, "total_steps": 41}
    three = {**cycle, "three_phase": True, "anneal_strategy": "linear", "div_factor": 10.0, "pct_start": 0.25}
    return [
        ("step", lambda o: set_to(o, optim.step_decay, size=7, gamma=0.5), lambda s, o: s.StepLR(o, 7, 0.5)),
        (
            "multi-step",
            lambda o: set_to(o, optim.multi_step, milestones=[3, 9, 20], gamma=0.2),
            lambda s, o: s.MultiStepLR(o, [3, 9, 20], 0.2),
        ),
        ("exponential", lambda o: set_to(o, optim.exponential, gamma=0.9), lambda s, o: s.ExponentialLR(o, 0.9)),
        (
            "polynomial",
            lambda o: set_to(o, optim.polynomial, total=25, power=2.0),
            lambda s, o: s.PolynomialLR(o, 25, 2.0),
        ),
        (
            "cosine",
            lambda o: set_to(o, optim.cosine, total=40, floor=0.1),
            lambda s, o: s.CosineAnnealingLR(o, 40, 0.01),
        ),
        (
            "cosine with restarts",
            lambda o: set_to(o, optim.cosine_restarts, period=5, factor=2, floor=0.1),
            lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.01),
        ),
        ("warm-up", lambda o: set_to(o, optim.warmup, steps=10, start=0.2), lambda s, o: s.LinearLR(o, 0.2, 1.0, 10)),
        ("warm-up, cosine", lambda o: set_to(o, optim.with_warmup(optim.cosine, 8, 0.1), total=30), warm),
        ("one-cycle", lambda o: optim.OneCycleLR(o, **cycle), lambda s, o: s.OneCycleLR(o, **cycle)),
        ("one-cycle, three phases", lambda o: optim.OneCycleLR(o, **three), lambda s, o: s.OneCycleLR(o, **three)),
    ]


def _scheduled_by_torch(make: Callable[[Any, Any], Any], rule: str) -> list[float]:
    import warnings

    import torch
    from torch.optim import lr_scheduler

    optimizer = getattr(torch.optim, rule)([torch.zeros(1, requires_grad=True)], lr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR warns of itself
        return _rates(lambda o: make(lr_scheduler, o), optimizer, 38)


@proof.check(
    "schedules, 38 steps",
    tolerance=1e-13,
    reason="torch multiplies up from step to step",
    reference="torch.optim.lr_scheduler",
)
def _scheduled() -> Iterator[Case]:
    for name, ours, theirs in _schedules():
        for rule in ("SGD", "Adam") if "cycle" in name else ("SGD",):
            yield Case(
                f"{name}, {rule}",
                lambda m=ours, r=rule: _rates(m, getattr(optim, r)([Tensor([0.0], requires_grad=True)], lr=0.1), 38),
                lambda m=theirs, r=rule: _scheduled_by_torch(m, r),
            )


def _clipped(kind: str, limit: float, norm_type: float, world: str) -> list[Any]:
    import torch

    rng = np.random.default_rng(8)
    grads = [rng.normal(size=s).astype(np.float32) * 3 for s in [(20, 3), (5,), ()]]
    grads[1][0] = np.inf if kind == "infinite" else grads[1][0]
    if world == "ours":
        params: list[Any] = [Tensor(np.zeros_like(g), requires_grad=True) for g in grads]
    else:
        params = [torch.zeros(g.shape, requires_grad=True) for g in grads]
    for p, g in zip(params, grads, strict=True):
        p.grad = np.array(g) if world == "ours" else torch.tensor(g)
    module: Any = torch.nn.utils if world == "reference" else optim
    total = 0.0
    if kind == "value":
        module.clip_grad_value_(params, limit)
    else:
        with np.errstate(invalid="ignore"):  # infinity times 0, as in torch
            total = module.clip_grad_norm_(params, limit, norm_type)
    return [np.float32(total), *(np.asarray(p.grad).copy() for p in params)]


@proof.check(
    "clipping",
    tolerance=1e-6,
    reason="sums of 66 powers in float32 by torch, in float64 by us",
    reference="torch.nn.utils",
)
def _clipping() -> Iterator[Case]:
    cases = [("norm", 1.0, 2.0), ("norm", 100.0, 2.0), ("norm", 2.0, 1.0), ("norm", 2.0, float("inf"))]
    for kind, limit, norm_type in [*cases, ("norm", 0.0, 3.0), ("infinite", 1.0, 2.0), ("value", 0.5, 2.0)]:
        for world in ("ours", "torch"):
            yield Case(
                f"{kind}, limit {limit}, norm {norm_type}, {world}",
                lambda k=kind, m=limit, n=norm_type, w=world: _clipped(k, m, n, w),
                lambda k=kind, m=limit, n=norm_type: _clipped(k, m, n, "reference"),
            )
