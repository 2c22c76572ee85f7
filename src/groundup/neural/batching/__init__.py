"""Batches: which examples, in which order, put together how.

| file | holds |
|---|---|
| `samplers` | orders of examples and of batches, which continue exactly where they were |
| `loader` | batches of arrays, tensors or any sequence |
"""

from groundup.neural.batching.loader import Loader, stack
from groundup.neural.batching.samplers import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
)

__all__ = ["BatchSampler", "Loader", "RandomSampler", "Sampler", "SequentialSampler", "WeightedRandomSampler", "stack"]
