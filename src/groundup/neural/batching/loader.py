"""Batches of arrays, tensors or any sequence, in an order that can be continued exactly.

No worker processes and no reading ahead: what was handed out was used, so a state taken between two batches is exact.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.batching.samplers import BatchSampler, RandomSampler, SequentialSampler, _stateful

__all__ = ["Loader", "stack"]


def stack(items: Sequence[Any]) -> Any:
    """One batch of a list of examples: numbers, arrays or tensors along a new first axis; texts stay a list.

    Parameters
    ----------
    items : sequence
        Examples of one kind: numbers, arrays, torch tensors, texts, or tuples, lists or dicts of these.

    Returns
    -------
    array, tensor, list, tuple or dict
        Tuples and dicts are stacked entry by entry.

    Raises
    ------
    ValueError
        If shapes differ, or the lengths of tuples.

    Examples
    --------
    >>> stack([(1.0, "a"), (2.0, "b")])
    (array([1., 2.]), ['a', 'b'])
    """
    first = items[0]
    if isinstance(first, Mapping):
        return {key: stack([item[key] for item in items]) for key in first}
    if isinstance(first, (tuple, list)):
        lengths = sorted({len(item) for item in items})
        if len(lengths) > 1:
            raise ValueError(f"examples of {lengths[0]} and of {lengths[-1]} entries cannot be stacked; pass collate")
        return tuple(stack(column) for column in zip(*items, strict=True))
    if is_torch(first) or isinstance(first, np.ndarray):
        shapes = sorted({tuple(item.shape) for item in items})
        if len(shapes) > 1:
            raise ValueError(f"examples of shapes {shapes[0]} and {shapes[1]} cannot be stacked; pass collate")
        if isinstance(first, np.ndarray):
            return np.stack(items)
        import torch

        return torch.stack(list(items))
    return np.array(items) if isinstance(first, (Number, np.generic)) else list(items)


class Loader:
    """Batches of data; each iteration is an epoch.

    Parameters
    ----------
    data : array, tensor, tuple or dict of these, or a sequence
        A tuple or dict holds columns of equal length, and a batch is a tuple or dict of their rows. Of any other
        sequence (with ``len`` and ``[index]``), examples are taken one by one and put together by `collate`.
    batch_sampler : iterable of arrays of int, optional
        Which examples form a batch, for instance a `BatchSampler`. It excludes the next four.
    batch_size : int
        Examples a batch (32).
    shuffle : bool
        Whether each epoch has a new order.
    drop_last : bool
        Whether a last batch that is shorter is left out.
    seed : int or None
        Of the shuffling; None takes fresh entropy from the system.
    collate : callable, optional
        List of examples -> batch. By default rows of arrays and tensors are taken at once, which is much faster,
        and other examples go through `stack`.

    Attributes
    ----------
    batch_sampler : iterable of arrays of int
        What was given, or a `BatchSampler`.

    Raises
    ------
    ValueError, TypeError
        If there are no data, columns differ in length, or `batch_sampler` comes with what it excludes.

    Examples
    --------
    >>> X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    >>> [labels.tolist() for rows, labels in Loader((X, y), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        data: Any,
        *,
        batch_sampler: Any = None,
        batch_size: int | None = None,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | None = 0,
        collate: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        self.data, self.collate = data, collate
        self.n = _length(data)
        if batch_sampler is None:
            order = RandomSampler(self.n, seed) if shuffle else SequentialSampler(self.n)
            batch_sampler = BatchSampler(order, 32 if batch_size is None else batch_size, drop_last)
        elif batch_size is not None or shuffle or drop_last:
            raise ValueError("batch_sampler decides on batch_size, shuffle and drop_last: leave those out")
        self.batch_sampler = batch_sampler
        self._take = self._chosen_take()

    def _chosen_take(self) -> Callable[[Any], Any]:
        """The function indices -> batch that suits the data."""
        data, collate = self.data, self.collate
        if collate is not None or not (_is_column(data) or isinstance(data, (tuple, dict))):
            put_together = stack if collate is None else collate
            return lambda indices: put_together([_example(data, int(i)) for i in indices])
        if isinstance(data, dict):
            takes = {key: _taker(column) for key, column in data.items()}
            return lambda indices: {key: take(indices) for key, take in takes.items()}
        if isinstance(data, tuple):
            columns = [_taker(column) for column in data]
            return lambda indices: tuple(take(indices) for take in columns)
        return _taker(data)

    def __len__(self) -> int:
        """Batches of a whole epoch."""
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[Any]:
        take = self._take
        for indices in self.batch_sampler:
            yield take(indices)

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers and texts (fit for JSON): which batch comes next, and the state of the random order.

        Raises
        ------
        TypeError
            If `batch_sampler` keeps no state.
        """
        return {"n": self.n, "batch_sampler": _stateful(self.batch_sampler).state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration hand out the rest of the epoch in which the state was taken.

        Raises
        ------
        ValueError
            If the state is of other data, another kind of sampler or another size of batches.
        """
        if state["n"] != self.n:
            raise ValueError(f"the state is of {state['n']} examples, here are {self.n}")
        _stateful(self.batch_sampler).load_state_dict(state["batch_sampler"])


def _is_column(data: Any) -> bool:
    return is_torch(data) or isinstance(data, np.ndarray)


def _length(data: Any) -> int:
    if isinstance(data, (tuple, dict)):
        columns = data if isinstance(data, dict) else dict(enumerate(data))
        lengths = {key: _length(column) for key, column in columns.items()}
        if not lengths:
            raise ValueError("data must hold at least one column; it is empty")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of data must have equal lengths; they have {lengths}")
        return next(iter(lengths.values()))
    if hasattr(data, "iloc"):  # [i] takes a label or a column there
        raise TypeError(
            f"data must be arrays, tensors or a sequence; of a pandas {type(data).__name__} give to_numpy()"
        )
    if not hasattr(data, "__len__") or not hasattr(data, "__getitem__") or (_is_column(data) and not data.ndim):
        raise TypeError(f"data must be arrays, tensors or a sequence with a length; got {type(data).__name__}")
    if len(data) == 0:
        raise ValueError("data must hold at least one example; it is empty")
    return len(data)


def _example(data: Any, i: int) -> Any:
    if isinstance(data, dict):
        return {key: column[i] for key, column in data.items()}
    return tuple(column[i] for column in data) if isinstance(data, tuple) else data[i]


def _taker(column: Any) -> Callable[[Any], Any]:
    """The function indices -> rows of one column."""
    if is_torch(column):
        import torch

        on_cpu = column.device.type == "cpu"

        def rows(indices: Any) -> Any:
            where = torch.as_tensor(indices)
            return column.index_select(0, where if on_cpu else where.to(column.device, non_blocking=True))

        return rows
    if isinstance(column, np.ndarray):
        return lambda indices: column[indices]
    return lambda indices: stack([column[int(i)] for i in indices])
