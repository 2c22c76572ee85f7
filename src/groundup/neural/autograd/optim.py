"""Stochastic gradient descent, enough to train with."""

from collections.abc import Iterable

import numpy as np

from groundup.neural.autograd.tensor import Tensor

__all__ = ["SGD"]


class SGD:
    """Steps against the gradient, in place:  v ← momentum · v + ∂L/∂p,   p ← p - lr · v.

    Parameters
    ----------
    params : iterable of Tensor
        Leaves that require a gradient.
    lr : float
        Step size, above 0.
    momentum : float
        Share of the last step's direction that is kept, in [0, 1).

    Raises
    ------
    ValueError
        If a parameter is no leaf that requires a gradient, or lr or momentum is out of range.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.0) -> None:
        self.params = list(params)
        if not self.params or any(not p.requires_grad or not p.is_leaf for p in self.params):
            raise ValueError("params must be leaves that require a gradient, at least one")
        if not lr > 0:
            raise ValueError(f"lr must be above 0; got {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1); got {momentum}")
        self.lr, self.momentum = lr, momentum
        self._velocity: list[np.ndarray | None] = [None] * len(self.params)
        self._scratch = [np.empty_like(p.data) for p in self.params]

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for i, (p, scratch) in enumerate(zip(self.params, self._scratch, strict=True)):
            if p.grad is None:
                continue
            direction = p.grad
            if self.momentum:
                v = self._velocity[i]
                if v is None:
                    v = self._velocity[i] = p.grad.copy()
                else:
                    v *= self.momentum
                    v += p.grad
                direction = v
            np.multiply(direction, self.lr, out=scratch)
            p.data -= scratch
            p._version[0] += 1  # a graph that still needs the old values must not use the new ones

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for p in self.params:
            p.zero_grad()
