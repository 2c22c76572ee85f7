"""Gradient accumulation: the gradient of a large batch, from pieces that fit into memory.

The loss of a batch is a mean over its items (examples, or tokens that are predicted). Let piece k have nₖ items with
the losses ℓₖᵢ, and N = Σ nₖ. Then

    ∇ (1/N) Σₖ Σᵢ ℓₖᵢ  =  Σₖ ∇ (1/N) Σᵢ ℓₖᵢ  =  Σₖ (nₖ / N) ∇ mean of piece k ,

and adding gradients up is what `backward` does anyway. The weights nₖ / N are all equal to 1/K only when all pieces
have the same number of items: dividing each mean by K, as is often done, gives items of small pieces too much weight.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.checks import check_choice

__all__ = ["accumulate", "linear_scaling"]


def accumulate(
    pieces: Sequence[Any], loss: Callable[[Any], Any], counts: Sequence[float], *, reduction: str = "mean"
) -> float:
    """Add the gradient of the whole batch's mean loss to the parameters, one piece in memory at a time.

    Parameters
    ----------
    pieces : sequence
        Parts of the batch, as `loss` takes them.
    loss : callable
        Piece -> loss, a tensor without axes (ours or torch's), mean or sum over the items of the piece.
    counts : sequence of numbers
        Items of each piece: of tokens that are predicted, padding left out. 0 leaves a piece out.
    reduction : {"mean", "sum"}
        What `loss` computes.

    Returns
    -------
    float
        Mean loss over all items.

    Raises
    ------
    ValueError
        If there are not as many counts as pieces, one is negative, or all are 0.
    """
    check_choice("reduction", reduction, ("mean", "sum"))
    sizes = np.asarray(counts, dtype=np.float64)
    if sizes.shape != (len(pieces),):
        raise ValueError(f"counts must have one number a piece, {len(pieces)}; got shape {sizes.shape}")
    if not np.isfinite(sizes).all() or (sizes < 0).any() or not sizes.sum() > 0:
        raise ValueError(f"counts must be finite, at least 0 and not all 0; got {sizes.tolist()}")
    total, value = float(sizes.sum()), 0.0
    for piece, size in zip(pieces, sizes.tolist(), strict=True):
        if not size:
            continue  # the mean of nothing is NaN
        share = loss(piece) * ((size if reduction == "mean" else 1.0) / total)
        share.backward()
        value += share.item()
    return value


def linear_scaling(lr: float, batch: int, base: int) -> float:
    """Learning rate for another batch size, lr · batch / base, where `lr` suits batches of size `base`.

    Goyal et al. 2017 (arXiv 1706.02677), section 2.1: k steps of rate lr on batches of n go about as far as one step
    of rate k · lr on k · n, as long as the gradient changes little on the way. It ends near the noise scale, see
    `groundup.neural.batching.noise`.
    """
    if batch < 1 or base < 1:
        raise ValueError(f"batch and base must be at least 1; got {batch} and {base}")
    return lr * batch / base
