"""groundup.neural.batching beside torch: samplers, loader, padding, packed attention, accumulation; the noise scale."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.neural import batching
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.batching", reference="torch.utils.data", needs=("torch",))


def _torch_batches(n: int, size: int, drop_last: bool) -> list[list[int]]:
    from torch.utils.data import BatchSampler, SequentialSampler

    return [list(b) for b in BatchSampler(SequentialSampler(range(n)), size, drop_last)]


@proof.check("batches of indices", tolerance=0.0, reason="whole numbers")
def _batches() -> Iterator[Case]:
    for n, size, drop_last in [(10, 3, False), (10, 3, True), (9, 3, False), (2, 5, False), (2, 5, True), (1, 1, True)]:
        yield Case(
            f"{n} in batches of {size}{', the rest dropped' if drop_last else ''}",
            lambda n=n, s=size, d=drop_last: [
                b.tolist() for b in batching.BatchSampler(batching.SequentialSampler(n), s, d)
            ],
            lambda n=n, s=size, d=drop_last: _torch_batches(n, s, d),
        )


def _counted(batches: Any, n: int) -> np.ndarray:
    """How often each index came."""
    return np.bincount(np.concatenate([np.asarray(b) for b in batches]), minlength=n)


def _torch_random(n: int, size: int) -> np.ndarray:
    from torch.utils.data import BatchSampler, RandomSampler

    return _counted(list(BatchSampler(RandomSampler(range(n)), size, False)), n)


@proof.check("an epoch has every index once", tolerance=0.0, reason="whole numbers")
def _once() -> Iterator[Case]:
    n, lengths = 103, np.random.default_rng(0).integers(1, 60, size=103)
    makers = {
        "random order": lambda: batching.BatchSampler(batching.RandomSampler(n), 8),
        "buckets of 8": lambda: batching.BucketBatchSampler(lengths, 8),
        "buckets of 100 tokens": lambda: batching.BucketBatchSampler(lengths, max_tokens=100, pool=4),
        "rows of packed documents": lambda: batching.pack_lengths(lengths, 64),
        "rows in order": lambda: batching.pack_lengths(lengths, 64, "next-fit"),
    }
    for name, make in makers.items():
        yield Case(name, lambda m=make: _counted(m(), n), lambda: _torch_random(n, 8))


def _loaded_by_torch(X: np.ndarray, y: np.ndarray) -> list[list[np.ndarray]]:
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.tensor(X), torch.tensor(y)), batch_size=7)
    return [[a.numpy(), b.numpy()] for a, b in loader]


@proof.check("batches of data", tolerance=0.0, reason="copies")
def _loaded() -> Iterator[Case]:
    rng = np.random.default_rng(1)
    for shape in [(30, 4), (7, 2, 3), (1, 5)]:
        X, y = rng.normal(size=shape), rng.integers(0, 9, size=shape[0])
        yield Case(
            f"arrays of {shape}",
            lambda X=X, y=y: [list(batch) for batch in batching.Loader((X, y), batch_size=7)],
            lambda X=X, y=y: _loaded_by_torch(X, y),
        )


def _padded_by_torch(sequences: list[np.ndarray], fill: float) -> np.ndarray:
    import torch

    tensors = [torch.tensor(s) for s in sequences]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=fill).numpy()


@proof.check("padding", tolerance=0.0, reason="copies", reference="torch.nn.utils.rnn")
def _padding() -> Iterator[Case]:
    rng = np.random.default_rng(2)
    for rest in [(), (3,), (2, 2)]:
        sequences = [rng.normal(size=(n, *rest)) for n in (4, 1, 9, 0)]
        yield Case(
            f"four sequences, features {rest}",
            lambda s=sequences: batching.pad(s, -1.5)[0],
            lambda s=sequences: _padded_by_torch(s, -1.5),
        )


def _attention(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Softmax attention of embeddings drawn per token and position with themselves, in plain NumPy."""
    scores = tokens @ np.swapaxes(tokens, -1, -2) / tokens.shape[-1] ** 0.5
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - np.where(mask.any(-1), scores.max(-1), 0)[..., None])
    return weights / np.maximum(weights.sum(-1, keepdims=True), 1e-300) @ tokens


def _embed(token: np.ndarray, position: np.ndarray) -> np.ndarray:
    waves = np.arange(1, 9)
    return np.sin(token[..., None] * waves) + np.cos(position[..., None] / waves)


def _packed_attention(documents: list[np.ndarray], length: int, method: str) -> list[np.ndarray]:
    packed = batching.pack(documents, length, method)
    mixed = _attention(_embed(packed.tokens, packed.position), batching.document_mask(packed.document))
    return [mixed[packed.document == i] for i in range(len(documents))]


def _separate_attention(documents: list[np.ndarray]) -> list[np.ndarray]:
    import torch

    results = []
    for d in documents:
        x = torch.tensor(_embed(d, np.arange(len(d))))[None]
        results.append(torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)[0].numpy())
    return results


@proof.check(
    "attention over packed rows, beside each document alone",
    tolerance=1e-13,
    reason="the same sums, at most 64 terms",
    reference="torch.nn.functional",
)
def _packed() -> Iterator[Case]:
    rng = np.random.default_rng(3)
    documents = [rng.integers(1, 50, size=n) for n in rng.integers(1, 33, size=40)]
    for length in (32, 64):
        for method in ("first-fit-decreasing", "next-fit"):
            yield Case(
                f"40 documents in rows of {length}, {method}",
                lambda n=length, m=method: _packed_attention(documents, n, m),
                lambda: _separate_attention(documents),
            )


def _problem() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(4)
    counts = (3, 11, 1, 6)
    return [rng.normal(size=(n, 5)) for n in counts], [rng.normal(size=n) for n in counts], rng.normal(size=5)


def _accumulated(world: str, reduction: str) -> list[Any]:
    X, y, start = _problem()
    if world == "ours":
        w: Any = Tensor(start.copy(), requires_grad=True)
        pieces: list[Any] = [(Tensor(a), Tensor(b)) for a, b in zip(X, y, strict=True)]
    else:
        import torch

        w = torch.tensor(start, requires_grad=True)
        pieces = [(torch.tensor(a), torch.tensor(b)) for a, b in zip(X, y, strict=True)]

    def loss(piece: Any) -> Any:
        errors = (piece[0] @ w - piece[1]) ** 2
        return errors.mean() if reduction == "mean" else errors.sum()

    value = batching.accumulate(pieces, loss, [len(b) for b in y], reduction=reduction)
    return [value, np.asarray(w.grad)]


def _large_batch() -> list[Any]:
    import torch

    X, y, start = _problem()
    w = torch.tensor(start, requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch.tensor(np.concatenate(X)) @ w, torch.tensor(np.concatenate(y)))
    loss.backward()
    assert w.grad is not None
    return [loss.item(), w.grad.numpy()]


@proof.check(
    "accumulated gradients, beside one large batch", tolerance=1e-13, reason="another order of sums of 21 terms"
)
def _accumulation() -> Iterator[Case]:
    for world in ("ours", "torch"):
        for reduction in ("mean", "sum"):
            yield Case(
                f"pieces of 3, 11, 1 and 6, {reduction}, {world}",
                lambda w=world, r=reduction: _accumulated(w, r),
                _large_batch,
            )


def _regression(d: int, sigma: float, distance: float, n: int, seed: int) -> np.ndarray:
    """Gradients of n examples x ~ N(0, I_d), y = x·w + σ e, of (x·v - y)²/2 at |v - w| = distance: x (x·δ - σ e)."""
    rng = np.random.default_rng(seed)
    x, delta = rng.normal(size=(n, d)), np.full(d, distance / d**0.5)
    return x * (x @ delta - sigma * rng.normal(size=n))[:, None]


def _estimated(d: int, sigma: float, distance: float) -> list[float]:
    """From 4,000 pairs of batches of 4 and of 64, and from 20,000 single gradients."""
    meter = batching.NoiseScale(4, 64)
    small = _regression(d, sigma, distance, 256_000, 0).reshape(4000, 16, 4, d).mean(axis=2)
    for pieces in small:
        meter.update((pieces**2).sum(axis=1), batching.squared_norm(pieces.mean(axis=0)))
    signal, noise = batching.noise_from_examples(_regression(d, sigma, distance, 20_000, 10_000))
    return [meter.value, noise / signal]


@proof.check(
    "noise scale of a linear regression",
    tolerance=0.05,
    reason="errors of sampling: 4,000 pairs of batches, 20,000 examples",
    reference="closed form (d + 1) + d σ² / |δ|²",
)
def _noise() -> Iterator[Case]:
    for d, sigma, distance in [(5, 1.0, 1.0), (10, 0.5, 2.0), (3, 2.0, 1.0)]:
        exact = d + 1 + d * sigma**2 / distance**2
        yield Case(
            f"d = {d}, σ = {sigma}, |δ| = {distance}",
            lambda d=d, s=sigma, r=distance: _estimated(d, s, r),
            lambda e=exact: [e, e],
        )
