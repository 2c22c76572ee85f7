"""The backward pass.

A node may hand its gradient on only when everything that uses it has delivered: the chain rule *sums* over
uses. So the graph is walked twice, both times without recursion (a chain of 100 000 operations is no
problem): once to count the uses of each node, once from the result towards the leaves, a node entering
when its last use has been served. Every edge is used once, so the pass costs about as much as the forward
computation, whatever the number of leaves.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from groundup.neural.autograd.tensor import Tensor

FREED = (
    "the graph was freed by an earlier backward(); pass retain_graph=True to the first call, or compute the result anew"
)
CHANGED = (
    "a value that the gradient of {!r} needs was changed in place after it was used; "
    "change it after backward(), or compute a new tensor"
)

__all__ = ["backward", "topological_order", "unbroadcast"]


def unbroadcast(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient down to the shape of an input that was broadcast.

    Broadcasting copies: y_ij = x_j for every i, so ∂L/∂x_j = Σ_i ∂L/∂y_ij. Axes that it put in
    front are summed away, axes that it stretched from length 1 are summed to length 1.
    """
    if gradient.shape == shape:
        return gradient
    in_front = gradient.ndim - len(shape)
    now = gradient.shape[in_front:]
    stretched = tuple(in_front + i for i, n in enumerate(shape) if n == 1 and now[i] != 1)
    summed = gradient.sum(axis=(*range(in_front), *stretched), keepdims=True)
    return summed.reshape(shape)


def topological_order(root: "Tensor") -> Iterator["Tensor"]:
    """What `root` was computed from and needs a gradient, each node after all of its uses."""
    uses: dict[int, int] = {id(root): 0}
    waiting = [root]
    while waiting:
        for x, _ in waiting.pop()._edges:
            if x.requires_grad:
                if id(x) not in uses:
                    uses[id(x)] = 0
                    waiting.append(x)
                uses[id(x)] += 1
    ready = [root]
    while ready:
        node = ready.pop()
        edges = node._edges  # taken before the caller may free them
        yield node
        for x, _ in edges:
            if x.requires_grad:
                uses[id(x)] -= 1
                if not uses[id(x)]:
                    ready.append(x)


def backward(root: "Tensor", gradient: Any, retain_graph: bool) -> None:
    """See `Tensor.backward`."""
    gradients = {id(root): _seed(root, gradient)}
    ours: set[int] = set()  # nodes whose gradient is our own buffer, safe to add to in place
    for node in topological_order(root):
        g = gradients.pop(id(node))
        if not node._edges:
            if node._freed:
                raise RuntimeError(FREED)
            node.grad = _kept(node.grad, g, own=id(node) in ours)
            continue
        if node._retain:
            node.grad = _kept(node.grad, g, own=False)
        if any(version[0] != count for version, count in node._reads):
            raise RuntimeError(CHANGED.format(node.op))
        for x, vjp in node._edges:
            if x.requires_grad:
                _accumulate(gradients, ours, x, vjp(g), g)
        if not retain_graph:
            node._edges, node._reads, node._freed = (), (), True


def _seed(root: "Tensor", gradient: Any) -> np.ndarray:
    if not root.requires_grad:
        raise RuntimeError("backward() on a tensor that requires no gradient: nothing that it was made from has one")
    if gradient is None:
        if root.size != 1:
            raise RuntimeError(f"backward() without a gradient needs one entry; this tensor has shape {root.shape}")
        return np.ones(root.shape, root.dtype)
    seed = np.array(gradient.data if isinstance(gradient, type(root)) else gradient)
    if seed.shape != root.shape:
        raise ValueError(f"gradient has shape {seed.shape}, expected the tensor's shape {root.shape}")
    return seed.astype(root.dtype, copy=False)


def _accumulate(gradients: dict, ours: set, x: "Tensor", part: np.ndarray, g: np.ndarray) -> None:
    """Add one use's part to the gradient of `x`, without copying where nobody else can see the array."""
    key = id(x)
    shared = part is g or part.base is not None
    if part.shape != x.data.shape:
        part, shared = unbroadcast(part, x.data.shape), False
    if part.dtype != x.data.dtype:
        part, shared = part.astype(x.data.dtype), False
    present = gradients.get(key)
    if present is None:
        gradients[key] = part
        if not shared:
            ours.add(key)
    elif key in ours:
        present += part
        gradients[key] = present  # NumPy's scalars cannot be changed in place
    else:
        gradients[key] = present + part
        ours.add(key)


def _kept(present: np.ndarray | None, g: np.ndarray, own: bool) -> np.ndarray:
    if present is not None:
        present += g
        return present
    return np.asarray(g) if own else np.array(g)
