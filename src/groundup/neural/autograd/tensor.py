"""`Tensor`: an array that remembers how it was computed.

A tensor made by an operation keeps *edges*: pairs of an input and a function that turns the gradient
with respect to the result into the gradient with respect to that input, the vector-Jacobian product

    g  ->  g · ∂result/∂input .

One function an input means that nothing is computed for inputs that need no gradient (the data, in a
first layer, is the most expensive of them). The backward pass itself is in `engine`.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.neural.autograd import engine

__all__ = ["Tensor", "as_tensor", "no_grad", "record"]

Vjp = Callable[[np.ndarray], np.ndarray]
Axis = int | tuple[int, ...] | None
DIFFERENTIABLE = (np.float32, np.float64)


class _Mode(threading.local):
    recording = True


_mode = _Mode()


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Within this context (or a function decorated with it) nothing is recorded and leaves may be changed in place."""
    before, _mode.recording = _mode.recording, False
    try:
        yield
    finally:
        _mode.recording = before


class Tensor:
    """An n-dimensional array with reverse-mode differentiation.

    Parameters
    ----------
    data : array_like
        An array is used as it is, without a copy; anything else goes through `numpy.asarray`.
    requires_grad : bool
        Whether `backward` shall leave a gradient in `grad`. Only float32 and float64 can have one.
    name : str
        Shown in pictures and in error messages.

    Attributes
    ----------
    data : ndarray
        The values. Changing them here is invisible to the graph: see `add_`, `copy_` and item assignment.
    grad : ndarray or None
        Gradient of what `backward` was called on, same shape and dtype as `data`, summed over calls.

    Raises
    ------
    TypeError
        If `requires_grad` is asked for data that is not float32 or float64.

    Notes
    -----
    Operators and methods (``+``, ``@``, ``[]``, ``sum``, ``tanh``, ...) are attached by the files that define the
    operations, at their end, so that each rule stands in one place with its derivative.
    """

    __array_priority__ = 1000  # NumPy's operators give way to ours
    __slots__ = ("__weakref__", "_edges", "_freed", "_reads", "_retain", "_version", "data", "grad", "name", "op",
                 "requires_grad")  # fmt: skip

    def __init__(self, data: Any, requires_grad: bool = False, name: str = "") -> None:
        if isinstance(data, Tensor):
            raise TypeError("data is a Tensor already; use detach() for one that shares its values")
        self.data = np.asarray(data)
        if self.data.dtype.kind not in "biuf":
            raise TypeError(f"data must be numbers or booleans; got dtype {self.data.dtype}")
        if requires_grad and self.data.dtype.type not in DIFFERENTIABLE:
            raise TypeError(f"only float32 and float64 can require a gradient; got dtype {self.data.dtype}")
        self._set(requires_grad, "", (), (), [0], name)

    def _set(self, requires_grad: bool, op: str, edges: tuple, reads: tuple, version: list, name: str = "") -> None:
        self.requires_grad, self.op, self.name = requires_grad, op, name
        self.grad: np.ndarray | None = None
        self._edges, self._reads, self._version = edges, reads, version
        self._retain = self._freed = False

    # ---- what it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype:
        """Type of an entry."""
        return self.data.dtype

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by a person and not by a recorded operation."""
        return not self.op

    @property
    def T(self) -> "Tensor":
        """All axes in reverse order."""
        return self.transpose()

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.ndim:
            raise TypeError("iteration over a tensor without axes")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        values = np.array2string(self.data, precision=4, separator=", ", prefix="Tensor(", threshold=60)
        kind = f", dtype={self.dtype}" if self.dtype != np.float64 else ""
        made = f", op={self.op}" if self.op else ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({values}{kind}{made})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad and _mode.recording:
            raise TypeError("this tensor is part of a graph; use .data or .detach() to hand its values to NumPy")
        return np.array(self.data, dtype=dtype, copy=copy)

    def item(self) -> float:
        """The value of a tensor of one entry, as a Python number."""
        return self.data.item()

    def __float__(self) -> float:
        return float(self.data.item())

    def __bool__(self) -> bool:
        return bool(self.data)

    # ---- the graph

    def detach(self) -> "Tensor":
        """The same values, shared, without history and without a gradient."""
        out = Tensor(self.data)
        out._version = self._version
        return out

    def retain_grad(self) -> "Tensor":
        """Keep the gradient of this intermediate result too; returns the tensor."""
        if not self.requires_grad:
            raise RuntimeError("retain_grad() on a tensor that requires no gradient")
        self._retain = True
        return self

    def zero_grad(self) -> None:
        """Forget the gradient. Without this, the next `backward` adds to it."""
        self.grad = None

    def backward(self, gradient: Any = None, *, retain_graph: bool = False) -> None:
        """Add the gradient of this tensor to `grad` of every leaf that it was computed from.

        Parameters
        ----------
        gradient : array_like of this tensor's shape, optional
            Gradient of the final quantity with respect to this tensor. May be left out if it has one entry: then 1.
        retain_graph : bool
            Keep the graph for another call; otherwise its memory is freed on the way.

        Raises
        ------
        RuntimeError
            If the tensor requires no gradient, has several entries and no `gradient` is given, if the graph
            was freed by an earlier call, or if a value that the pass needs was changed in place.
        ValueError
            If `gradient` has another shape.
        """
        engine.backward(self, gradient, retain_graph)

    # ---- what the files of the operations attach

    if TYPE_CHECKING:

        def __add__(self, other: Any, /) -> "Tensor": ...
        def __radd__(self, other: Any, /) -> "Tensor": ...
        def __sub__(self, other: Any, /) -> "Tensor": ...
        def __rsub__(self, other: Any, /) -> "Tensor": ...
        def __mul__(self, other: Any, /) -> "Tensor": ...
        def __rmul__(self, other: Any, /) -> "Tensor": ...
        def __truediv__(self, other: Any, /) -> "Tensor": ...
        def __rtruediv__(self, other: Any, /) -> "Tensor": ...
        def __pow__(self, other: Any, /) -> "Tensor": ...
        def __rpow__(self, other: Any, /) -> "Tensor": ...
        def __matmul__(self, other: Any, /) -> "Tensor": ...
        def __rmatmul__(self, other: Any, /) -> "Tensor": ...
        def __neg__(self, /) -> "Tensor": ...
        def __abs__(self, /) -> "Tensor": ...
        def __lt__(self, other: Any, /) -> np.ndarray: ...
        def __le__(self, other: Any, /) -> np.ndarray: ...
        def __gt__(self, other: Any, /) -> np.ndarray: ...
        def __ge__(self, other: Any, /) -> np.ndarray: ...
        def __getitem__(self, index: Any, /) -> "Tensor": ...
        def exp(self, /) -> "Tensor": ...
        def log(self, /) -> "Tensor": ...
        def sqrt(self, /) -> "Tensor": ...
        def abs(self, /) -> "Tensor": ...
        def tanh(self, /) -> "Tensor": ...
        def sigmoid(self, /) -> "Tensor": ...
        def relu(self, /) -> "Tensor": ...
        def clip(self, /, low: float | None = None, high: float | None = None) -> "Tensor": ...
        def matmul(self, /, b: Any) -> "Tensor": ...
        def sum(self, /, axis: Axis = None, keepdims: bool = False) -> "Tensor": ...
        def mean(self, /, axis: Axis = None, keepdims: bool = False) -> "Tensor": ...
        def var(self, /, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> "Tensor": ...
        def max(self, /, axis: Axis = None, keepdims: bool = False) -> "Tensor": ...
        def min(self, /, axis: Axis = None, keepdims: bool = False) -> "Tensor": ...
        def logsumexp(self, /, axis: Axis = -1, keepdims: bool = False) -> "Tensor": ...
        def softmax(self, /, axis: int = -1) -> "Tensor": ...
        def log_softmax(self, /, axis: int = -1) -> "Tensor": ...
        def reshape(self, /, *shape: Any) -> "Tensor": ...
        def permute(self, /, *axes: Any) -> "Tensor": ...
        def transpose(self, /, first: int | None = None, second: int | None = None) -> "Tensor": ...
        def broadcast_to(self, /, shape: tuple[int, ...]) -> "Tensor": ...

    # ---- changing values in place

    def _change(self) -> np.ndarray:
        if self.requires_grad and _mode.recording:
            raise RuntimeError(
                f"{self.name or 'this tensor'} requires a gradient and cannot be changed in place while operations "
                "are recorded; do it within no_grad(), or compute a new tensor"
            )
        self._version[0] += 1
        return self.data

    def add_(self, other: Any, scale: float = 1.0) -> "Tensor":
        """Add ``scale * other`` in place; a graph that still needs the old values will say so."""
        data = self._change()
        data += scale * np.asarray(other.data if isinstance(other, Tensor) else other)
        return self

    def copy_(self, other: Any) -> "Tensor":
        """Overwrite the values in place."""
        self._change()[...] = other.data if isinstance(other, Tensor) else other
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        index = index.data if isinstance(index, Tensor) else index
        self._change()[index] = value.data if isinstance(value, Tensor) else value


def as_tensor(x: Any) -> Tensor:
    """`x` itself if it is a tensor, otherwise a constant made of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def record(
    data: np.ndarray,
    op: str,
    edges: Sequence[tuple[Tensor, Vjp]],
    reads: Sequence[Tensor] = (),
    *,
    reads_result: bool = False,
    view_of: Tensor | None = None,
) -> Tensor:
    """The result of an operation, with what the backward pass will need.

    Parameters
    ----------
    data : ndarray
        The values of the result.
    op : str
        Name of the operation, for pictures and messages.
    edges : sequence of (input, vector-Jacobian product)
        The product maps the gradient with respect to the result to the gradient with respect to that
        input; it may still have the *broadcast* shape, the engine sums it down. It must return a new
        array, its argument, or a view of its argument, and never change its argument.
    reads : sequence of Tensor
        Inputs whose *values* the products use: if one is changed in place before, `backward` raises.
    reads_result : bool
        Whether the products use the values of the result.
    view_of : Tensor, optional
        The input whose memory the result shares.
    """
    out = object.__new__(Tensor)
    out.data = data if isinstance(data, np.ndarray) else np.asarray(data)
    version = [0] if view_of is None else view_of._version
    if not (_mode.recording and any(x.requires_grad for x, _ in edges)):
        out._set(False, "", (), (), version)
        return out
    seen = tuple((x._version, x._version[0]) for x in reads)
    if reads_result:
        seen = (*seen, (version, version[0]))
    out._set(True, op, tuple(edges), seen, version)
    return out
