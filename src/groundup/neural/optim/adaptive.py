"""A step size for each entry: Adagrad, and RMSprop, which forgets.

    Adagrad   s ← s + g²                      p ← p - η g / (√s + ε)          Duchi et al. 2011
    RMSprop   s ← α s + (1 - α) g²            p ← p - η g / (√s + ε)          Tieleman and Hinton 2012, lecture 6e
    centred   a ← α a + (1 - α) g             √(s - a²) in place of √s        Graves 2013, eqs. 38 to 40

Where ε stands differs between sources; here it is outside the root, as in torch. O(n) time, one array of the
parameters' size (RMSprop: up to three).
"""

from collections.abc import Iterable
from typing import Any

from groundup.neural.optim import _optim_kernels as kernels
from groundup.neural.optim._worlds import count_step, flat, like, run
from groundup.neural.optim.base import Optimizer, check_unsigned

__all__ = ["Adagrad", "RMSprop", "adagrad_rule", "rmsprop_rule"]


def adagrad_rule(p: Any, g: Any, total: Any, *, lr: float, eps: float) -> None:
    """Change p and the sum of squares in place."""
    total += g * g
    p -= lr * g / (total**0.5 + eps)


def rmsprop_rule(p: Any, g: Any, square: Any, *, lr: float, alpha: float, eps: float) -> None:
    """Change p and the mean square in place."""
    square *= alpha
    square += (1 - alpha) * g * g
    p -= lr * g / (square**0.5 + eps)


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients so far.

    Parameters
    ----------
    params : iterable
        Parameters or groups, see `Optimizer`.
    lr : float
        η; the t-th step uses  η / (1 + (t - 1) lr_decay).
    lr_decay, weight_decay, initial_accumulator_value, eps : float
        All at least 0.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Same as `torch.optim.Adagrad`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value})

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        for name in ("lr_decay", "initial_accumulator_value", "eps"):
            check_unsigned(name, group[name])

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if "sum" not in state:
            state["sum"] = like(values, group["initial_accumulator_value"])
        t = count_step(values, state)
        slope = grad + group["weight_decay"] * values if group["weight_decay"] else grad
        lr = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        adagrad_rule(values, slope, state["sum"], lr=lr, eps=group["eps"])


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of squared gradients.

    Parameters
    ----------
    params : iterable
        Parameters or groups, see `Optimizer`.
    lr : float
    alpha : float
        How much of the mean is kept at a step, in [0, 1).
    eps, weight_decay : float
    momentum : float
        Above 0, the divided gradients are added up in a buffer as in `SGD`.
    centered : bool
        Divide by the standard deviation of the gradients instead of their root mean square.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`.

    References
    ----------
    Same as `torch.optim.RMSprop`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize})

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        for name in ("alpha", "eps", "momentum"):
            check_unsigned(name, group[name])

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, alpha, eps, decay = group["lr"], group["alpha"], group["eps"], group["weight_decay"]
        wanted = ["square_avg", *["momentum_buffer"] * (group["momentum"] > 0), *["grad_avg"] * group["centered"]]
        for name in wanted:
            if name not in state:
                state[name] = like(values)
        count_step(values, state)
        if len(wanted) == 1:
            square = state["square_avg"]
            arrays = flat(values, grad, square)
            if arrays is not None:
                run(kernels.rmsprop, values, arrays, (lr, alpha, 1 - alpha, eps, decay))
            else:
                rmsprop_rule(values, grad + decay * values if decay else grad, square, lr=lr, alpha=alpha, eps=eps)
            return
        self._variants(values, grad + decay * values, state, group)

    @staticmethod
    def _variants(values: Any, slope: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """With momentum, centred, or both."""
        square, alpha = state["square_avg"], group["alpha"]
        square *= alpha
        square += (1 - alpha) * slope * slope
        size = square
        if group["centered"]:
            mean = state["grad_avg"]
            mean += (1 - alpha) * (slope - mean)
            size = square - mean * mean
        step = slope / (size**0.5 + group["eps"])
        if group["momentum"] > 0:
            buffer = state["momentum_buffer"]
            buffer *= group["momentum"]
            buffer += step
            step = buffer
        values -= group["lr"] * step
