"""Memory and processor use of the machine, of the app and of what it started."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import psutil

__all__ = ["measure"]


@lru_cache(maxsize=1)
def _self() -> psutil.Process:
    process = psutil.Process()
    process.cpu_percent()  # the first call gives 0 and starts the clock
    psutil.cpu_percent()
    return process


def measure(sources: Mapping[str, Callable[[], list[dict[str, Any]]]]) -> dict[str, Any]:
    """Current use.

    Parameters
    ----------
    sources : mapping of name to callable
        Further rows, such as the kernels'.

    Returns
    -------
    dict
        ``machine`` and ``app`` with ``memory`` (bytes used) and ``cpu`` (percent; of the whole machine, of one core),
        ``machine.total`` in bytes, and a list for each source.
    """
    process, memory = _self(), psutil.virtual_memory()
    return {
        "machine": {"memory": memory.total - memory.available, "total": memory.total, "cpu": psutil.cpu_percent()},
        "app": {"memory": process.memory_info().rss, "cpu": process.cpu_percent()},
        **{name: source() for name, source in sources.items()},
    }
