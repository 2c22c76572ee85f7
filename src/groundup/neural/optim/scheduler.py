"""`LRScheduler` and `OneCycleLR` set an optimizer's rates by a schedule; `lr_range_test` finds where to begin.

The range test (Smith 2015, arXiv 1506.01186, section 3.3) trains for a few steps while the rate grows geometrically,
and looks where the loss falls fastest and where it turns up.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural.autograd import Tensor
from groundup.neural.optim.schedules import one_cycle, one_cycle_momentum

__all__ = ["LRScheduler", "OneCycleLR", "RangeTest", "lr_range_test"]


class LRScheduler:
    """Sets each group's rate to its initial rate times ``schedule(t, **options)``.

    Parameters
    ----------
    optimizer : Optimizer
        Or whatever has `param_groups`. A group's rate at this moment is its initial rate.
    schedule : callable ``(t, **options) -> factor``
        Such as those of `groundup.neural.optim.schedules`.
    **options
        Passed on.

    Attributes
    ----------
    last_epoch : int
        t of the rate that is set now, 0 after construction. Named as in torch.
    base_lrs : list of float

    Raises
    ------
    TypeError
        If the schedule cannot be called.

    Examples
    --------
    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.optim import SGD, LRScheduler, cosine
    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)], lr=0.8)
    >>> scheduler = LRScheduler(optimizer, cosine, total=4)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates.append(round(scheduler.get_last_lr()[0], 3))
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.8, 0.683, 0.4, 0.117]
    """

    def __init__(self, optimizer: Any, schedule: Callable[..., float], **options: Any) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule must be a function of the step; got {schedule!r}")
        self.optimizer, self.schedule, self.options, self.last_epoch = optimizer, schedule, options, 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._set()

    def _set(self) -> None:
        factor = self.schedule(self.last_epoch, **self.options)
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = base * factor

    def step(self) -> None:
        """Go on to the rate of the next step."""
        self.last_epoch += 1
        self._set()

    def get_last_lr(self) -> list[float]:
        """The rates set now, one a group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Where it stands. The schedule itself is code, and not in it."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there; ValueError if the number of groups differs."""
        if len(state_dict["base_lrs"]) != len(self.base_lrs):
            raise ValueError(f"the state is of {len(state_dict['base_lrs'])} groups, here are {len(self.base_lrs)}")
        self.last_epoch, self.base_lrs = state_dict["last_epoch"], list(state_dict["base_lrs"])
        self._set()


class OneCycleLR(LRScheduler):
    """Rate by `one_cycle`, and momentum (or β₁) against it by `one_cycle_momentum`.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The largest rate, one for all groups or one each.
    total_steps : int
    pct_start : float
        Share of the steps on the way up.
    anneal_strategy : {"cos", "linear"}
    cycle_momentum : bool
    base_momentum, max_momentum : float
    div_factor, final_div_factor : float
    three_phase : bool

    Raises
    ------
    ValueError
        If momentum shall cycle and the optimizer has none, or an option is out of range; and by `step` when all steps
        have been made.

    References
    ----------
    Same as `torch.optim.lr_scheduler.OneCycleLR`.
    """

    def __init__(
        self,
        optimizer: Any,
        max_lr: float | list[float],
        total_steps: int,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        check_count("total_steps", total_steps)
        groups = optimizer.param_groups
        tops = list(max_lr) if isinstance(max_lr, (list, tuple)) else [max_lr] * len(groups)
        if len(tops) != len(groups):
            raise ValueError(f"max_lr must be one number or {len(groups)}, one a group; got {len(tops)}")
        if cycle_momentum and any("momentum" not in g and "betas" not in g for g in groups):
            raise ValueError("cycle_momentum needs an optimizer with momentum or betas")
        self.cycle_momentum = cycle_momentum
        shape = {"total": total_steps, "rise": pct_start, "anneal": anneal_strategy, "three_phase": three_phase}
        self.momentum = {**shape, "base": base_momentum, "top": max_momentum}
        for group, top in zip(groups, tops, strict=True):
            group["initial_lr"] = top  # one_cycle is a factor of the largest rate
        super().__init__(optimizer, one_cycle, div_factor=div_factor, final_div_factor=final_div_factor, **shape)

    def _set(self) -> None:
        super()._set()
        if not self.cycle_momentum:
            return
        value = one_cycle_momentum(self.last_epoch, **self.momentum)
        for group in self.optimizer.param_groups:
            if "betas" in group:
                group["betas"] = (value, *group["betas"][1:])
            else:
                group["momentum"] = value


@dataclass(frozen=True)
class RangeTest:
    """What a range test saw.

    Parameters
    ----------
    lrs, losses, smoothed : ndarray of shape (steps made,)
        Rates, the loss before the step at that rate, and its running mean, corrected for its start.
    """

    lrs: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray

    @property
    def lowest(self) -> float:
        """The rate at which the smoothed loss was lowest: already too large to train with."""
        return float(self.lrs[np.argmin(self.smoothed)])

    @property
    def suggestion(self) -> float:
        """The rate before `lowest` at which the smoothed loss fell fastest per factor of the rate."""
        end = int(np.argmin(self.smoothed)) + 1
        if end < 3:
            return float(self.lrs[0])
        slope = np.gradient(self.smoothed[:end], np.log(self.lrs[:end]))
        return float(self.lrs[np.argmin(slope)])


def lr_range_test(
    optimizer: Any,
    loss_and_gradients: Callable[[], float],
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    *,
    smoothing: float = 0.9,
    stop: float = 4.0,
) -> RangeTest:
    """Train with growing rates, and put everything back.

    Parameters
    ----------
    optimizer : Optimizer
    loss_and_gradients : callable
        Draws a batch, leaves its gradients in the parameters and returns the loss; gradients are zeroed before.
    low, high : float
        First and last rate.
    steps : int
    smoothing : float
        Share of the running mean that is kept at a step, in [0, 1).
    stop : float
        The test ends when the smoothed loss exceeds `stop` times its lowest value, or is not finite.

    Returns
    -------
    RangeTest
        Parameters and the optimizer's state are as before.

    Raises
    ------
    ValueError
        If not 0 < low < high, or `smoothing` is out of range.
    """
    if not 0 < low < high < math.inf:
        raise ValueError(f"low and high must be 0 < low < high; got {low} and {high}")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must lie in [0, 1); got {smoothing}")
    check_count("steps", steps, 2)
    params = [p for group in optimizer.param_groups for p in group["params"]]
    values, state = [_values(p).copy() if isinstance(p, Tensor) else _values(p).clone() for p in params], None
    state = deepcopy(optimizer.state_dict())
    try:
        seen = _grow(optimizer, loss_and_gradients, np.geomspace(low, high, steps), smoothing, stop)
    finally:
        for p, value in zip(params, values, strict=True):
            _values(p)[...] = value
            if isinstance(p, Tensor):
                p._version[0] += 1
        optimizer.load_state_dict(state)
        optimizer.zero_grad()
    return RangeTest(*(np.array(column) for column in seen))


def _values(p: Any) -> Any:
    return p.data if isinstance(p, Tensor) else p.detach()


def _grow(optimizer: Any, loss_and_gradients: Callable[[], float], rates: np.ndarray, smoothing: float, stop: float):
    """Rates, losses and smoothed losses until the end or until the loss runs away."""
    lrs, losses, smoothed, mean, best = [], [], [], 0.0, math.inf
    for t, lr in enumerate(rates, start=1):
        optimizer.zero_grad()
        loss = float(loss_and_gradients())
        mean = smoothing * mean + (1 - smoothing) * loss
        level = mean / (1 - smoothing**t)
        if not math.isfinite(level) or (level > stop * best and t > 5):
            break
        best = min(best, level)
        lrs.append(float(lr))
        losses.append(loss)
        smoothed.append(level)
        for group in optimizer.param_groups:
            group["lr"] = float(lr)
        optimizer.step()
    if not lrs:
        raise ValueError("the loss is not finite before the first step")
    return lrs, losses, smoothed
