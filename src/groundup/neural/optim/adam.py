"""Adam and what came of it.

    m ← β₁ m + (1 - β₁) g                         running mean of gradients                      (1)
    v ← β₂ v + (1 - β₂) g²                        running mean of their squares                  (2)
    m̂ = m / (1 - β₁ᵗ),   v̂ = v / (1 - β₂ᵗ)        corrected for the start at 0                   (3)
    p ← p - η m̂ / (√v̂ + ε)                                                                       (4)

(1) to (4) are algorithm 1 of Kingma and Ba 2014 (arXiv 1412.6980), t counts from 1.

Weight decay λ: `Adam` adds λ p to g before (1), the gradient of λ/2 |p|² (coupled); `AdamW` leaves g alone and takes
p ← p - η λ p before (4): algorithm 2 of Loshchilov and Hutter 2017 (arXiv 1711.05101), with η in both places as torch
has it.
`RAdam` (Liu et al. 2019, arXiv 1908.03265) leaves the division out while v̂ rests on too few gradients, and damps it
after. `NAdam` (Dozat 2016) takes Nesterov's look ahead in (1).

O(n) time, two arrays of the parameters' size (amsgrad: three).
"""

from collections.abc import Iterable
from typing import Any

from groundup.neural.optim import _optim_kernels as kernels
from groundup.neural.optim._worlds import count_step, flat, like, run, scalar
from groundup.neural.optim.base import Optimizer, check_fraction, check_unsigned

__all__ = ["Adam", "AdamW", "NAdam", "RAdam", "adam_rule", "decay_weights", "moments", "rectification"]

Betas = tuple[float, float]


def moments(g: Any, m: Any, v: Any, betas: Betas) -> None:
    """Change the running means of g and of g² in place: eqs. (1) and (2)."""
    b1, b2 = betas
    m *= b1
    m += (1 - b1) * g
    v *= b2
    v += (1 - b2) * g * g


def adam_rule(
    p: Any, g: Any, m: Any, v: Any, t: int, *, lr: float, betas: Betas, eps: float, largest: Any = None
) -> None:
    """Change p, m and v in place by eqs. (1) to (4) at step t = 1, 2, ...

    `largest`, if given, holds the largest v so far and takes its place in (3) and (4): AMSGrad (Reddi et al. 2018).
    """
    moments(g, m, v, betas)
    if largest is not None:
        largest[...] = largest.clip(v)
        v = largest
    correction1, correction2 = (1 - b**t for b in betas)
    p -= lr / correction1 * m / ((v / correction2) ** 0.5 + eps)


def decay_weights(p: Any, lr: float, weight_decay: float) -> None:
    """Decoupled weight decay: p ← p - η λ p, in place."""
    p *= 1 - lr * weight_decay


def rectification(t: int, beta2: float) -> float | None:
    """RAdam's factor r of the adaptive step, or None while its variance is not finite.

        ρ∞ = 2 / (1 - β₂) - 1
        ρ  = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)
        r  = √( (ρ - 4)(ρ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρ) )      if ρ > 5

    Liu et al. 2019, algorithm 2; ρ is derived in section 4.1, r in 4.2. Threshold 5 as in torch, where the paper has 4.
    """
    top = 2 / (1 - beta2) - 1
    length = top - 2 * t * beta2**t / (1 - beta2**t)
    if length <= 5:
        return None
    return ((length - 4) * (length - 2) * top / ((top - 4) * (top - 2) * length)) ** 0.5


class _AdamFamily(Optimizer):
    """Options and state that the four rules share."""

    decoupled = False

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        check_unsigned("eps", group["eps"])
        if len(group["betas"]) != 2:
            raise ValueError(f"betas must be two numbers; got {group['betas']}")
        for i, beta in enumerate(group["betas"]):
            check_fraction(f"betas[{i}]", beta)

    @staticmethod
    def _start(values: Any, state: dict[str, Any]) -> tuple[int, Any, Any]:
        """t, m and v."""
        t = count_step(values, state)
        for name in ("exp_avg", "exp_avg_sq"):
            if name not in state:
                state[name] = like(values)
        return t, state["exp_avg"], state["exp_avg_sq"]

    def _is_decoupled(self, group: dict[str, Any]) -> bool:
        return self.decoupled or group.get("decoupled_weight_decay", False)

    def _decayed(self, values: Any, grad: Any, group: dict[str, Any]) -> Any:
        """The gradient to use. Decoupled decay has shrunk the values already, coupled decay is in the gradient."""
        decay = group["weight_decay"]
        if not decay:
            return grad
        if self._is_decoupled(group):
            decay_weights(values, group["lr"], decay)
            return grad
        return grad + decay * values


class Adam(_AdamFamily):
    """Adaptive moment estimation; weight decay joins the gradient. Equations at the top of this module.

    Parameters
    ----------
    params : iterable
        Parameters or groups, see `Optimizer`.
    lr : float
        η: about the largest change of an entry at a step.
    betas : (float, float)
        β₁ and β₂, each in [0, 1).
    eps : float
        ε, at least 0.
    weight_decay : float
        λ, at least 0.
    amsgrad : bool
        Divide by the largest v so far.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Same as `torch.optim.Adam`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {**options, "maximize": maximize})

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        t, m, v = self._start(values, state)
        lr, betas, eps, decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        largest = None
        if group["amsgrad"]:
            if "max_exp_avg_sq" not in state:
                state["max_exp_avg_sq"] = like(values)
            largest = state["max_exp_avg_sq"]
        arrays = flat(values, grad, m, v) if largest is None else None
        if arrays is None:
            slope = self._decayed(values, grad, group)
            adam_rule(values, slope, m, v, t, lr=lr, betas=betas, eps=eps, largest=largest)
            return
        b1, b2 = betas
        coupled, keep = (0.0, 1 - lr * decay) if self._is_decoupled(group) else (decay, 1.0)
        numbers = (b1, 1 - b1, b2, 1 - b2, eps, lr / (1 - b1**t), (1 - b2**t) ** 0.5, coupled, keep)
        run(kernels.adam, values, arrays, numbers)


class AdamW(Adam):
    """Adam whose weight decay does not pass through the moments: p ← p - η λ p beside Adam's step.

    Parameters
    ----------
    params, lr, betas, eps, amsgrad, maximize
        As for `Adam`.
    weight_decay : float
        λ of the decoupled decay, at least 0.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Loshchilov and Hutter 2017, arXiv 1711.05101, algorithm 2. Same as `torch.optim.AdamW`.
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)


class RAdam(_AdamFamily):
    """Adam that trusts v̂ only as far as its variance allows, see `rectification`.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay, maximize
        As for `Adam`.
    decoupled_weight_decay : bool
        Weight decay as in `AdamW`.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Liu et al. 2019, arXiv 1908.03265. Same as `torch.optim.RAdam`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, {**options, "decoupled_weight_decay": decoupled_weight_decay})

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        t, m, v = self._start(values, state)
        moments(self._decayed(values, grad, group), m, v, group["betas"])
        b1, b2 = group["betas"]
        rate, factor = group["lr"] / (1 - b1**t), rectification(t, b2)
        if factor is None:
            values -= rate * m
        else:
            values -= rate * factor * (1 - b2**t) ** 0.5 * m / (v**0.5 + group["eps"])


class NAdam(_AdamFamily):
    """Adam with Nesterov's look ahead: the step mixes the gradient with the *next* running mean.

        μₜ = β₁ (1 - ½ · 0.96^(t ψ)),   p ← p - η ( (1 - μₜ) g / (1 - Π μ) + μₜ₊₁ m / (1 - μₜ₊₁ Π μ) ) / (√v̂ + ε)

    with Π μ = μ₁ ⋯ μₜ and ψ the `momentum_decay`.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize
        As for `RAdam`.
    momentum_decay : float
        ψ, at least 0.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Dozat 2016, "Incorporating Nesterov Momentum into Adam". Same as `torch.optim.NAdam`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        decays = {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, {**options, **decays})

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        check_unsigned("momentum_decay", group["momentum_decay"])

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        t, m, v = self._start(values, state)
        slope = self._decayed(values, grad, group)
        moments(slope, m, v, group["betas"])
        b1, b2 = group["betas"]
        now, after = (b1 * (1 - 0.5 * 0.96 ** (s * group["momentum_decay"])) for s in (t, t + 1))
        if "mu_product" not in state:
            state["mu_product"] = scalar(values, 1.0)
        state["mu_product"] *= now
        product = float(state["mu_product"])
        direction = (1 - now) / (1 - product) * slope + after / (1 - product * after) * m
        values -= group["lr"] * direction / ((v / (1 - b2**t)) ** 0.5 + group["eps"])
