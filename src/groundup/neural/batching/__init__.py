"""Batches: which examples, in which order, put together how, and how many.

    >>> import numpy as np
    >>> from groundup.neural.batching import BucketBatchSampler, pack, padding_waste
    >>> lengths = np.random.default_rng(0).integers(1, 100, size=1000)
    >>> bool(padding_waste(lengths, BucketBatchSampler(lengths, 16)) < 0.05)
    True
    >>> pack([[5, 6, 7], [8], [9, 9]], length=4).tokens
    array([[5, 6, 7, 8],
           [9, 9, 0, 0]])

| file | holds |
|---|---|
| `samplers` | orders of examples and of batches, which continue exactly where they were |
| `loader` | batches of arrays, tensors or any sequence |
| `bucketing` | similar lengths together, by number or by tokens; padding |
| `packing` | several documents in a row, with the mask that keeps them apart |
| `accumulation` | the gradient of a large batch from pieces; the linear scaling rule |
| `noise` | the noise scale of gradients: how large a batch is worth its price |
"""

from groundup.neural.batching.accumulation import accumulate, linear_scaling
from groundup.neural.batching.bucketing import BucketBatchSampler, pad, padding_waste
from groundup.neural.batching.loader import Loader, stack
from groundup.neural.batching.noise import NoiseScale, gain, noise_from_examples, squared_norm, two_batches
from groundup.neural.batching.packing import Packed, document_mask, next_tokens, pack, pack_lengths
from groundup.neural.batching.samplers import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "BucketBatchSampler",
    "Loader",
    "NoiseScale",
    "Packed",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "WeightedRandomSampler",
    "accumulate",
    "document_mask",
    "gain",
    "linear_scaling",
    "next_tokens",
    "noise_from_examples",
    "pack",
    "pack_lengths",
    "pad",
    "padding_waste",
    "squared_norm",
    "stack",
    "two_batches",
]
