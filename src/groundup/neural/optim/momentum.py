"""Stochastic gradient descent with momentum, and `Lookahead` around any optimizer.

    b ← μ b + (1 - τ) g        the buffer b: gradients added up, older ones discounted        (1)
    p ← p - η b                heavy ball, Polyak 1964                                        (2)
    p ← p - η (g + μ b)        Nesterov's form, as Sutskever et al. 2013 rewrote it           (2')

η is `lr`, μ `momentum`, τ `dampening`. At the first step b = g. Weight decay λ adds λ p to g first: the gradient
of λ/2 |p|². O(n) time and one more array of the parameters' size.

References: Polyak 1964; Sutskever, Martens, Dahl and Hinton 2013; Zhang et al. 2019 (Lookahead, arXiv 1907.08610).
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from groundup.checks import check_count
from groundup.neural.autograd import Tensor
from groundup.neural.optim import _optim_kernels as kernels
from groundup.neural.optim._worlds import flat, like, run
from groundup.neural.optim.base import Optimizer, check_unsigned

__all__ = ["SGD", "Lookahead", "sgd_rule"]


def sgd_rule(p: Any, g: Any, buffer: Any, *, lr: float, momentum: float, dampening: float, nesterov: bool) -> None:
    """Change p, and the buffer where there is one, in place by eqs. (1) and (2)."""
    if buffer is None:
        p -= lr * g
        return
    buffer *= momentum
    buffer += (1 - dampening) * g  # (1)
    p -= lr * (g + momentum * buffer if nesterov else buffer)  # (2'), (2)


class SGD(Optimizer):
    """Stochastic gradient descent, eqs. (1) and (2) of this module.

    Parameters
    ----------
    params : iterable
        Parameters or groups, see `Optimizer`.
    lr : float
        Step size η, at least 0.
    momentum : float
        μ, at least 0.
    dampening : float
        τ.
    weight_decay : float
        λ, at least 0.
    nesterov : bool
        Look ahead along the buffer; needs momentum and no dampening.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`; and if `nesterov` comes without momentum or with dampening.

    References
    ----------
    Same as `torch.optim.SGD`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        check_unsigned("momentum", group["momentum"])
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                f"nesterov needs momentum above 0 and dampening 0; got {group['momentum']} and {group['dampening']}"
            )

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, momentum, decay, dampening = (group[k] for k in ("lr", "momentum", "weight_decay", "dampening"))
        buffer = None
        if momentum:
            if state.get("momentum_buffer") is None:  # the first gradient enters undamped
                state["momentum_buffer"], dampening = like(values), 0.0
            buffer = state["momentum_buffer"]
        arrays = flat(values, grad) if buffer is None else flat(values, grad, buffer)
        if arrays is None:
            slope = grad + decay * values if decay else grad
            sgd_rule(values, slope, buffer, lr=lr, momentum=momentum, dampening=dampening, nesterov=group["nesterov"])
        elif buffer is None:
            run(kernels.sgd, values, arrays, (lr, decay))
        else:
            look, straight = (momentum, 1.0) if group["nesterov"] else (1.0, 0.0)
            run(kernels.sgd_momentum, values, arrays, (lr, decay, momentum, 1 - dampening, look, straight))


class Lookahead(Optimizer):
    """k steps forward, one step back: slow weights φ follow the fast ones θ of another optimizer.

        every k steps:   φ ← φ + α (θ - φ),   θ ← φ          (Zhang et al. 2019, algorithm 1)

    Parameters
    ----------
    optimizer : Optimizer
        Makes the fast steps; its parameter groups are used.
    k : int
        Fast steps between two slow ones, at least 1.
    alpha : float
        Share of the way that the slow weights go, in (0, 1].

    Raises
    ------
    ValueError
        If k or alpha is out of range.
    """

    def __init__(self, optimizer: Optimizer, k: int = 5, alpha: float = 0.5) -> None:
        check_count("k", k)
        if not 0 < alpha <= 1:
            raise ValueError(f"alpha must lie in (0, 1]; got {alpha}")
        self.optimizer, self.k, self.alpha, self.steps = optimizer, k, alpha, 0
        self.defaults, self.param_groups, self.state = optimizer.defaults, optimizer.param_groups, optimizer.state
        self.slow = [_copy(p) for p in self._params()]

    def _params(self) -> list[Any]:
        return [p for group in self.param_groups for p in group["params"]]

    def add_param_group(self, group: dict[str, Any]) -> None:
        before = len(self._params())
        self.optimizer.add_param_group(group)
        self.slow += [_copy(p) for p in self._params()[before:]]

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = self.optimizer.step(closure)
        self.steps += 1
        if self.steps % self.k == 0:
            for p, slow in zip(self._params(), self.slow, strict=True):
                fast = p.data if isinstance(p, Tensor) else p.detach()
                slow += self.alpha * (fast - slow)
                fast[...] = slow
                if isinstance(p, Tensor):
                    p._version[0] += 1
        return loss

    def state_dict(self) -> dict[str, Any]:
        """That of the inner optimizer, with ``"lookahead"``: the steps made and the slow weights."""
        return {**self.optimizer.state_dict(), "lookahead": {"steps": self.steps, "slow": self.slow}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state of `state_dict`; errors as for `Optimizer.load_state_dict`."""
        saved = state_dict["lookahead"]
        shapes, found = [tuple(s.shape) for s in self.slow], [tuple(s.shape) for s in saved["slow"]]
        if shapes != found:
            raise ValueError(f"the state has slow weights of shapes {found}, this optimizer of {shapes}")
        self.optimizer.load_state_dict(state_dict)
        self.steps = saved["steps"]
        self.slow = deepcopy(saved["slow"])


def _copy(p: Any) -> Any:
    return p.data.copy() if isinstance(p, Tensor) else p.detach().clone()
