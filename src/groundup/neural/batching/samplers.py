"""Orders in which data are visited, each with a state that continues exactly where it was.

An epoch's order is drawn at once, with a generator that belongs to the sampler. So three small things tell
everything: the generator *before* the order was drawn, the number of the epoch, and how many indices have been
handed out. `load_state_dict` draws the order again and skips what was handed out.

What left the sampler counts as seen. A torch DataLoader with worker processes asks for batches ahead of the training
step, so a state taken there is a few batches late; `groundup.neural.batching.loader.Loader` never runs ahead.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from groundup.checks import check_count

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "WeightedRandomSampler"]


class Sampler:
    """Base of the samplers: a subclass says with `order` in which order an epoch visits the data.

    Parameters
    ----------
    n : int
        Number of examples, at least 1.
    seed : int or None
        Of the sampler's own generator; None takes fresh entropy from the system.

    Attributes
    ----------
    generator : numpy.random.Generator
        Source of all randomness.
    epoch : int
        Number of epochs begun, of the one under way when `order` is called: 0, 1, 2, ...

    Raises
    ------
    TypeError, ValueError
        For a count that is not a whole number of at least 1.
    """

    def __init__(self, n: int, seed: int | None = 0) -> None:
        check_count("n", n)
        self.n = int(n)
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self.epoch = 0
        self._before = self.generator.bit_generator.state  # of the generator, before the order under way was drawn
        self._position = 0  # indices of the order under way that have been handed out
        self._continue = False  # the next iteration goes on with the order under way
        self._under_way: np.ndarray | None = None

    def order(self) -> np.ndarray:
        """Indices of the epoch `self.epoch`, drawn with `self.generator`; whole numbers of shape (len(self),)."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        order, position = self._begin()
        for i, index in enumerate(order[position:].tolist(), position + 1):
            self._hand_out(order, i)
            yield index
        self._end(order)

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """The same epoch as `iter(self)`, in arrays of `size` indices; the last may be shorter."""
        order, position = self._begin()
        for start in range(position, len(order), size):
            self._hand_out(order, min(start + size, len(order)))
            yield order[start : start + size]
        self._end(order)

    def _begin(self) -> tuple[np.ndarray, int]:
        if not self._continue and self._under_way is not None:  # the one before was left early
            self.epoch += 1
            self._position = 0
        self._continue = False
        self._before = self.generator.bit_generator.state
        self._under_way = np.asarray(self.order(), dtype=np.int64)
        return self._under_way, self._position

    def _hand_out(self, order: np.ndarray, position: int) -> None:
        if order is self._under_way:  # an iteration that was begun later owns the state
            self._position = position

    def _end(self, order: np.ndarray) -> None:
        if order is self._under_way:
            self._under_way, self._position = None, 0
            self._before = self.generator.bit_generator.state
            self.epoch += 1

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers and texts (fit for JSON) from which `load_state_dict` continues."""
        state = {"kind": type(self).__name__, "n": self.n, "epoch": self.epoch, "position": self._position}
        return {**state, "generator": _copied(self._before)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration hand out the rest of the epoch (nothing, if all of it was handed out).

        Raises
        ------
        ValueError
            If the state is of another kind of sampler or of another number of examples.
        """
        check_kind(self, state, "n", self.n)
        self.generator.bit_generator.state = _copied(state["generator"])
        self._before = self.generator.bit_generator.state
        self.epoch, self._position = int(state["epoch"]), int(state["position"])
        self._under_way, self._continue = None, True


def _copied(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in state.items()}


def check_kind(owner: Any, state: dict[str, Any], name: str, value: Any) -> None:
    """Raise unless a state is of the owner's kind and has this value under this name."""
    if state.get("kind") != type(owner).__name__:
        raise ValueError(f"the state is of a {state.get('kind')!r}, this is a {type(owner).__name__!r}")
    if state.get(name) != value:
        raise ValueError(f"the state of the {state['kind']} has {name} = {state.get(name)}, here it is {value}")


class SequentialSampler(Sampler):
    """0, 1, ..., n - 1 in every epoch.

    Parameters
    ----------
    n : int
        Number of examples, at least 1.

    Examples
    --------
    >>> list(SequentialSampler(4))
    [0, 1, 2, 3]
    """

    def __init__(self, n: int) -> None:
        super().__init__(n)

    def order(self) -> np.ndarray:
        """All indices, ascending."""
        return np.arange(self.n)


class RandomSampler(Sampler):
    """Every index once an epoch, in a new order each time.

    Parameters
    ----------
    n : int
        Number of examples, at least 1.
    seed : int or None
        Of the sampler's own generator; None takes fresh entropy from the system.

    Examples
    --------
    >>> sampler = RandomSampler(5, seed=1)
    >>> first, second = list(sampler), list(sampler)
    >>> sorted(first) == sorted(second) == [0, 1, 2, 3, 4] and first != second
    True
    """

    def order(self) -> np.ndarray:
        """A permutation, all equally likely."""
        return self.generator.permutation(self.n)


class WeightedRandomSampler(Sampler):
    """Indices drawn with given weights, with or without putting them back.

    Without putting back, index i is drawn next with probability w_i over the sum of the weights that are left. All
    draws at once: give each index an exponential waiting time of rate w_i and take the smallest
    (Efraimidis and Spirakis 2006), since the first of several such clocks to ring is i with probability w_i / sum w.

    Parameters
    ----------
    weights : array-like of shape (n,)
        Not negative, finite, not all zero; they need not add up to 1.
    num_samples : int or None
        Draws an epoch; None for n.
    replacement : bool
        Whether an index can come more than once an epoch.
    seed : int or None
        Of the sampler's own generator; None takes fresh entropy from the system.

    Raises
    ------
    ValueError
        For weights that are no such numbers, or fewer positive ones than draws without replacement.

    Examples
    --------
    >>> sorted(WeightedRandomSampler([0, 1, 2], num_samples=2, replacement=False))
    [1, 2]
    """

    def __init__(
        self, weights: Any, num_samples: int | None = None, *, replacement: bool = True, seed: int | None = 0
    ) -> None:
        self.weights = np.array(weights, dtype=np.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"weights must have one axis; their shape is {self.weights.shape}")
        super().__init__(len(self.weights), seed)
        self.num_samples, self.replacement = self.n if num_samples is None else num_samples, bool(replacement)
        check_count("num_samples", self.num_samples)
        bad = np.flatnonzero(~(np.isfinite(self.weights) & (self.weights >= 0)))
        if len(bad):
            raise ValueError(f"weights must be finite and not negative; weights[{bad[0]}] is {self.weights[bad[0]]}")
        positive = np.count_nonzero(self.weights)
        if positive < (1 if self.replacement else self.num_samples):
            needed = f"{self.num_samples} draws without replacement need as many weights above 0; got {positive}"
            raise ValueError(needed if positive else "weights must not all be 0")
        self._cumulative = np.cumsum(self.weights / self.weights.max())  # against overflow of the sum

    def __len__(self) -> int:
        return int(self.num_samples)

    def order(self) -> np.ndarray:
        """`num_samples` weighted draws."""
        if not self.replacement:
            waits = self.generator.exponential(size=self.n).clip(min=1e-300)
            with np.errstate(divide="ignore"):  # a weight of 0 waits for ever
                waiting = np.log(waits) - np.log(self.weights)  # a quotient could overflow
            return np.argsort(waiting, kind="stable")[: self.num_samples]
        heights = self.generator.random(self.num_samples) * self._cumulative[-1]
        drawn = np.searchsorted(self._cumulative, heights, side="right")
        return np.minimum(drawn, np.flatnonzero(self.weights)[-1])  # a product may round up to the sum


class BatchSampler:
    """Runs of `batch_size` indices of a sampler.

    Parameters
    ----------
    sampler : Sampler or iterable of int
        Orders the single indices. One of ours is cut without a Python step per index; any other iterable with a
        length works as well, and its state is kept if it has `state_dict` and `load_state_dict`.
    batch_size : int
        Indices a batch, at least 1.
    drop_last : bool
        Whether a last batch that is shorter is left out.

    Notes
    -----
    A batch is an array of int64 of shape (batch_size,); ``.tolist()`` makes a list of it. It serves as
    ``batch_sampler`` of a torch DataLoader.

    Examples
    --------
    >>> [batch.tolist() for batch in BatchSampler(SequentialSampler(5), 2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool = False) -> None:
        check_count("batch_size", batch_size)
        self.sampler, self.batch_size, self.drop_last = sampler, int(batch_size), bool(drop_last)

    def __len__(self) -> int:
        n = len(self.sampler)  # pyright: ignore[reportArgumentType]  # as torch's: an iterable may have no length
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[np.ndarray]:
        runs = self.sampler.chunks(self.batch_size) if isinstance(self.sampler, Sampler) else self._collected()
        for run in runs:
            if len(run) == self.batch_size or not self.drop_last:
                yield run

    def _collected(self) -> Iterator[np.ndarray]:
        run: list[int] = []
        for index in self.sampler:
            run.append(index)
            if len(run) == self.batch_size:
                yield np.array(run, dtype=np.int64)
                run = []
        if run:
            yield np.array(run, dtype=np.int64)

    def state_dict(self) -> dict[str, Any]:
        """The sampler's state and the size of a batch.

        Raises
        ------
        TypeError
            If the sampler keeps no state.
        """
        inner = _stateful(self.sampler).state_dict()
        return {"kind": type(self).__name__, "batch_size": self.batch_size, "sampler": inner}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where the state was taken; ValueError if it is of other batches, TypeError as `state_dict`."""
        check_kind(self, state, "batch_size", self.batch_size)
        _stateful(self.sampler).load_state_dict(state["sampler"])


def _stateful(sampler: Any) -> Any:
    if not hasattr(sampler, "state_dict") or not hasattr(sampler, "load_state_dict"):
        raise TypeError(f"{type(sampler).__name__} has no state_dict and load_state_dict, so it cannot be continued")
    return sampler
