"""Equal terms for a comparison: everything that computes in parallel limited to one number of threads."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["thread_limit"]


@contextmanager
def thread_limit(count: int, load: tuple[str, ...] = ()) -> Iterator[None]:
    """Limit BLAS, OpenMP, Numba and torch to `count` threads for as long as the context lasts.

    A library that is imported within the context starts with its own number: name it in `load`, and it is
    imported before (where it is installed).
    """
    import numpy  # noqa: F401  BLAS has to be loaded before it can be limited
    from threadpoolctl import threadpool_limits

    for name in load:
        if importlib.util.find_spec(name):
            importlib.import_module(name)
    torch, numba = sys.modules.get("torch"), sys.modules.get("numba")
    before = (torch.get_num_threads() if torch else 0, numba.get_num_threads() if numba else 0)
    with threadpool_limits(count):
        if torch:
            torch.set_num_threads(count)
        if numba:
            numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before[0])
            if numba:
                numba.set_num_threads(before[1])
