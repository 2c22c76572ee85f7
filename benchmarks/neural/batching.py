"""Putting batches together: packing by first fit decreasing, padding, an epoch of buckets."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark


def _pack() -> dict[str, Callable[[], Any]]:
    from groundup.neural.batching import pack_lengths

    lengths = np.random.default_rng(0).integers(1, 1025, size=20_000)

    def ours() -> int:
        return len(pack_lengths(lengths, 2048))

    def scanning() -> int:
        """The first row with room, found by looking at all rows, in NumPy."""
        room, used = np.full(len(lengths), 2048), 0
        for size in np.sort(lengths)[::-1]:
            row = int(np.argmax(room[: used + 1] >= size))
            used = max(used, row + 1)
            room[row] -= size
        return used

    return {"ours": ours, "numpy": scanning}


def _pad() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.batching import pad

    rng = np.random.default_rng(1)
    sequences = [rng.normal(size=(n, 64)).astype(np.float32) for n in rng.integers(1, 513, size=256)]
    tensors = [torch.tensor(s) for s in sequences]
    return {
        "ours": lambda: float(pad(sequences)[0].sum()),
        "torch": lambda: float(torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True).sum()),
        "ours, on tensors": lambda: float(pad(tensors)[0].sum()),
    }


def _epoch() -> dict[str, Callable[[], Any]]:
    from torch.utils.data import BatchSampler, RandomSampler

    from groundup.neural.batching import BucketBatchSampler, padding_waste

    lengths = np.random.default_rng(2).integers(1, 513, size=50_000)
    ours = BucketBatchSampler(lengths, 32)
    theirs = BatchSampler(RandomSampler(range(len(lengths))), 32, False)
    return {"ours": lambda: padding_waste(lengths, ours), "torch": lambda: padding_waste(lengths, theirs)}


BENCHMARKS = [
    Benchmark(
        name="neural.batching/pack",
        work="first fit decreasing, 20,000 documents of 1 to 1,024 tokens in rows of 2,048",
        setup=_pack,
        reference="numpy",
        reach=0.5,
        score=float,
        score_name="rows",
    ),
    Benchmark(
        name="neural.batching/pad",
        work="256 sequences of 1 to 512 vectors of 64, float32, padded and summed",
        setup=_pad,
        reference="torch",
        reach=1.3,
        score=float,
        score_name="sum",
        rounds=21,
    ),
    Benchmark(
        name="neural.batching/epoch",
        work="an epoch of 50,000 lengths in batches of 32, waste counted (torch: without buckets)",
        setup=_epoch,
        reference="torch",
        reach=1.3,
        score=float,
        score_name="share of padding",
    ),
]
