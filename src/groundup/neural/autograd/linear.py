"""Matrix products.

For C = A B with the gradient G of C:  ∂L/∂A = G Bᵀ  and  ∂L/∂B = Aᵀ G,  from
∂L/∂A_ik = Σ_j G_ij ∂C_ij/∂A_ik = Σ_j G_ij B_kj. The shapes leave no other choice.
"""

from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["matmul"]


def matmul(a: Any, b: Any) -> Tensor:
    """a @ b with NumPy's rules: leading axes are broadcast batches, an operand of one axis is a vector.

    Raises
    ------
    ValueError
        If an operand is a single number or the inner lengths differ.
    """
    a, b = as_tensor(a), as_tensor(b)
    if not a.ndim or not b.ndim:
        raise ValueError(f"matmul needs at least one axis on both sides; got shapes {a.shape} and {b.shape}")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ValueError(f"matmul of shapes {a.shape} and {b.shape}: inner lengths {a.shape[-1]} and {inner} differ")
    # a vector is a matrix of one row (left) or one column (right); the extra axis is cut off again
    x = a.data if a.ndim > 1 else a.data[None, :]
    y = b.data if b.ndim > 1 else b.data[:, None]

    def as_matrices(g: np.ndarray) -> np.ndarray:
        g = g if a.ndim > 1 else np.expand_dims(g, -1 if b.ndim == 1 else -2)
        return g if b.ndim > 1 else g[..., None]

    def by_left(g: np.ndarray) -> np.ndarray:
        d = as_matrices(g) @ np.swapaxes(y, -1, -2)
        return d if a.ndim > 1 else d[..., 0, :]

    def by_right(g: np.ndarray) -> np.ndarray:
        g = as_matrices(g)
        if y.ndim == 2 and x.ndim > 2:  # one product over all batches instead of one each and a sum
            d = x.reshape(-1, x.shape[-1]).T @ g.reshape(-1, g.shape[-1])
        else:
            d = np.swapaxes(x, -1, -2) @ g
        return d if b.ndim > 1 else d[..., 0]

    return record(a.data @ b.data, "@", ((a, by_left), (b, by_right)), reads=(a, b))


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, lambda a, b: matmul(b, a)
Tensor.matmul = matmul
