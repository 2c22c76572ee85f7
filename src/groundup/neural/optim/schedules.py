"""Learning rates over time: each schedule is a function of the step t = 0, 1, ... that gives a factor of the base rate.

| schedule | factor |
|---|---|
| `step_decay` | γ^⌊t / size⌋ |
| `multi_step` | γ^(number of milestones up to t) |
| `exponential` | γᵗ |
| `polynomial` | (1 - t / T)^power |
| `cosine` | f + (1 - f)(1 + cos(π t / T)) / 2, Loshchilov and Hutter 2016 (arXiv 1608.03983), eq. 5 |
| `cosine_restarts` | the same, begun again after T, T·k, T·k², ... steps |
| `inverse_sqrt` | √(w / max(t, w)), with a linear rise before w: Vaswani et al. 2017, section 5.3, to a factor |
| `wsd` | rise, stay at 1, fall: Hu et al. 2024 (arXiv 2404.06395), section 4 |
| `one_cycle` | rise and fall by cosines: Smith and Topin 2017 (arXiv 1708.07120), in torch's form |

Being functions they need no memory: a resumed run asks for factor number t. `groundup.neural.optim.LRScheduler` sets an
optimizer's rates by them.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from groundup.checks import check_choice

__all__ = [
    "cosine",
    "cosine_restarts",
    "exponential",
    "inverse_sqrt",
    "multi_step",
    "one_cycle",
    "one_cycle_momentum",
    "polynomial",
    "step_decay",
    "warmup",
    "with_warmup",
    "wsd",
]


def _above(name: str, value: float, low: float = 0) -> None:
    if not value > low:
        raise ValueError(f"{name} must be above {low}; got {value}")


def step_decay(t: int, size: int, gamma: float = 0.1) -> float:
    """γ^⌊t / size⌋: at step t the factor has fallen by `gamma` every `size` steps."""
    _above("size", size)
    return gamma ** (t // size)


def multi_step(t: int, milestones: Sequence[int], gamma: float = 0.1) -> float:
    """`gamma` to the number of `milestones` (steps) that t has reached."""
    return gamma ** sum(t >= m for m in milestones)


def exponential(t: int, gamma: float) -> float:
    """γᵗ."""
    return gamma**t


def polynomial(t: int, total: int, power: float = 1.0) -> float:
    """(1 - t / total)^power, 0 from `total` on."""
    _above("total", total)
    return (1 - min(t, total) / total) ** power


def cosine(t: int, total: int, floor: float = 0.0) -> float:
    """Half a cosine from 1 to `floor` at t = total, and `floor` after."""
    _above("total", total)
    return floor + (1 - floor) * (1 + math.cos(math.pi * min(t, total) / total)) / 2


def cosine_restarts(t: int, period: int, factor: int = 1, floor: float = 0.0) -> float:
    """`cosine` down to `floor` over t < period, begun again at the end of each period; periods grow by `factor`."""
    _above("period", period)
    if factor < 1:
        raise ValueError(f"factor must be at least 1; got {factor}")
    while t >= period:
        t, period = t - period, period * factor
    return cosine(t, period, floor)


def inverse_sqrt(t: int, steps: int) -> float:
    """Linear rise from 0 to 1 at t = steps, then √(steps / t)."""
    _above("steps", steps)
    return t / steps if t < steps else (steps / t) ** 0.5


def warmup(t: int, steps: int, start: float = 0.0) -> float:
    """Linear rise from `start` at t = 0 to 1 at t = steps, and 1 after."""
    return 1.0 if t >= steps else start + (1 - start) * t / steps


def with_warmup(schedule: Callable[..., float], steps: int, start: float = 0.0) -> Callable[..., float]:
    """`warmup` for the first steps, then the schedule from its own step 0 on.

    Parameters
    ----------
    schedule : callable ``(t, **options) -> factor``
    steps : int
        Length of the rise.
    start : float
        Factor at t = 0. With 0 the very first step does not move.

    Returns
    -------
    callable ``(t, **options) -> factor``
    """

    def combined(t: int, **options: Any) -> float:
        return warmup(t, steps, start) * schedule(max(t - steps, 0), **options)

    return combined


def wsd(t: int, total: int, warm: int, decay: int, floor: float = 0.0, shape: str = "linear") -> float:
    """Warm-up, stable, decay: rise over `warm` steps, 1, and fall to `floor` over the last `decay` of `total` steps.

    Parameters
    ----------
    t : int
    total, warm, decay : int
        Steps; warm + decay at most total.
    floor : float
    shape : {"linear", "cosine", "sqrt"}
        How it falls; "sqrt" is 1 - √(share of the way).
    """
    check_choice("shape", shape, ("linear", "cosine", "sqrt"))
    if warm + decay > total:
        raise ValueError(f"warm + decay must be at most total = {total}; got {warm} + {decay}")
    if t <= total - decay:
        return warmup(t, warm)
    share = min((t - total + decay) / decay, 1.0)
    height = {"linear": 1 - share, "cosine": (1 + math.cos(math.pi * share)) / 2, "sqrt": 1 - share**0.5}[shape]
    return floor + (1 - floor) * height


def _between(start: float, end: float, share: float, anneal: str) -> float:
    if anneal == "linear":
        return start + (end - start) * share
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def _one_cycle_phase(t: int, total: int, rise: float, three_phase: bool) -> tuple[int, float]:
    """Which phase (0 up, 1 down, 2 further down), and how far in it."""
    ends = [rise * total - 1, *([2 * rise * total - 2] if three_phase else []), total - 1]
    start = 0.0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) / (end - start)
        start = end
    raise AssertionError("the last phase takes every step")


def _check_cycle(t: int, total: int, rise: float, anneal: str) -> None:
    check_choice("anneal", anneal, ("cos", "linear"))
    if not 0 <= rise <= 1:
        raise ValueError(f"rise must lie in [0, 1]; got {rise}")
    if not 0 <= t <= total:
        raise ValueError(f"t must lie between 0 and total = {total}; got {t}")


def one_cycle(
    t: int,
    total: int,
    rise: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    anneal: str = "cos",
    three_phase: bool = False,
) -> float:
    """Factor of the *largest* rate: from 1/div_factor up to 1 and down to 1/(div_factor · final_div_factor).

    Parameters
    ----------
    t, total : int
        Step, and number of steps.
    rise : float
        Share of the steps on the way up, `pct_start` in torch.
    div_factor, final_div_factor : float
    anneal : {"cos", "linear"}
    three_phase : bool
        Down as long as up, to where it began, and then further.
    """
    _check_cycle(t, total, rise, anneal)
    low = 1 / div_factor
    end = low / final_div_factor
    stations = [low, 1.0, low, end] if three_phase else [low, 1.0, end]
    phase, share = _one_cycle_phase(t, total, rise, three_phase)
    return _between(stations[phase], stations[phase + 1], share, anneal)


def one_cycle_momentum(
    t: int,
    total: int,
    base: float = 0.85,
    top: float = 0.95,
    rise: float = 0.3,
    anneal: str = "cos",
    three_phase: bool = False,
) -> float:
    """Momentum that goes the other way: from `top` down to `base` and up again.

    Parameters
    ----------
    t, total, rise, anneal, three_phase
        As for `one_cycle`.
    base, top : float
        Smallest and largest momentum.
    """
    _check_cycle(t, total, rise, anneal)
    stations = [top, base, top, top]
    phase, share = _one_cycle_phase(t, total, rise, three_phase)
    return _between(stations[phase], stations[phase + 1], share, anneal)
