"""The random states of a process: Python's, NumPy's and torch's, taken and put back as plain data and arrays."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

__all__ = ["random_states", "seed_all", "set_random_states", "untouched_random"]


def seed_all(seed: int) -> None:
    """Seed the global generators of Python, NumPy and torch (on all devices).

    Parameters
    ----------
    seed : int
        From 0 to 2^32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def random_states() -> dict[str, Any]:
    """States of all global generators, for `set_random_states`."""
    version, internal, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state()  # type: ignore[misc]  # the legacy tuple
    states = {
        "python": {"version": version, "internal": np.array(internal, dtype=np.uint64), "gauss": gauss},
        "numpy": {"kind": kind, "keys": keys, "position": position, "has_gauss": has_gauss, "cached": cached},
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def set_random_states(states: dict[str, Any]) -> None:
    """Put states back that `random_states` gave; those of devices that this machine lacks are left out."""
    python, numpy = states["python"], states["numpy"]
    random.setstate((python["version"], tuple(python["internal"].tolist()), python["gauss"]))
    np.random.set_state((numpy["kind"], numpy["keys"], numpy["position"], numpy["has_gauss"], numpy["cached"]))
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        for i, state in enumerate(states["cuda"][: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(state, i)


@contextmanager
def untouched_random() -> Iterator[None]:
    """Random draws inside leave no trace: afterwards all generators are where they were."""
    states = random_states()
    try:
        yield
    finally:
        set_random_states(states)
