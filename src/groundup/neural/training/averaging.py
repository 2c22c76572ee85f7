"""An exponential moving average of weights.

    a_t = decay a_{t-1} + (1 - decay) w_t,    a_1 = w_1                                          (1)

Unrolled, w_{t-k} counts (1 - decay) decay^k: the weights are decay / (1 - decay) steps old on average, and as free of
independent noise as a plain mean of (1 + decay) / (1 - decay) steps. Averaging along the path cancels the noise of
single steps (Polyak and Juditsky 1992 for the plain mean). Buffers, such as the statistics of batch normalization, are
copied, not averaged, as torch.optim.swa_utils.AveragedModel does by default.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from groundup.checks import check_number

__all__ = ["WeightAverage"]


class WeightAverage:
    """Keeps the average (1) of a module's weights beside it.

    Parameters
    ----------
    model : torch.nn.Module
    decay : float
        At least 0 (the weights themselves) and below 1.

    Attributes
    ----------
    tensors : dict of str to tensor
        The average, under the names of ``model.state_dict()``.
    updates : int
        Number of calls of `update`.

    Raises
    ------
    TypeError, ValueError
        For a decay outside that range.

    Examples
    --------
    >>> layer = torch.nn.Linear(2, 1)
    >>> average = WeightAverage(layer, decay=0.9)
    >>> average.update()
    >>> bool((average.tensors["weight"] == layer.weight).all())
    True
    """

    def __init__(self, model: torch.nn.Module, decay: float = 0.999) -> None:
        check_number("decay", decay, 0.0, 1.0)
        self.model, self.decay, self.updates = model, float(decay), 0
        self.tensors = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        self._pairs: tuple[list[torch.Tensor], list[torch.Tensor]] | None = None

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are now; equation (1)."""
        if self._pairs is None:
            self._pairs = self._matched()
        averages, weights = self._pairs
        if self.updates == 0:
            torch._foreach_copy_(averages, weights)  # pyright: ignore[reportPrivateImportUsage]
        else:
            torch._foreach_lerp_(averages, weights, 1 - self.decay)  # pyright: ignore[reportPrivateImportUsage]  # a + (1 - decay) (w - a)
        for name, buffer in self._buffers:
            self.tensors[name].copy_(buffer)
        self.updates += 1

    def _matched(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Averages and the weights they follow; a weight with two names is averaged once."""
        weights = dict(self.model.named_parameters())
        for name, weight in self.model.named_parameters(remove_duplicate=False):
            first = next(n for n, w in weights.items() if w is weight)
            self.tensors[name] = self.tensors[first]
        self._buffers = [(n, b) for n, b in self.model.named_buffers() if n in self.tensors]
        return [self.tensors[n] for n in weights], [w.detach() for w in weights.values()]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, the model has the averaged weights; afterwards its own again."""
        own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self.tensors)
        try:
            yield
        finally:
            self.model.load_state_dict(own)

    def state_dict(self) -> dict[str, Any]:
        """The average, and how many updates it has seen."""
        return {"decay": self.decay, "updates": self.updates, "tensors": self.tensors}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken.

        Raises
        ------
        ValueError
            If the names or shapes are not this model's.
        """
        if {n: t.shape for n, t in state["tensors"].items()} != {n: t.shape for n, t in self.tensors.items()}:
            raise ValueError("the average is of a model with other weights")
        for name, tensor in state["tensors"].items():
            self.tensors[name].copy_(tensor)
        self.updates = int(state["updates"])
