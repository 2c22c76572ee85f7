"""What a worker does to itself before it touches learner's code."""

import os
import resource
import sys

__all__ = ["confine", "worker_user"]

FILE_MB, OPEN_FILES = 16, 256


def worker_user(slot: int) -> int | None:
    """The user id that a worker takes when started as root; None for everybody else."""
    return 65_200 + slot if os.geteuid() == 0 else None


def confine(
    memory: int, seconds: float, processes: int, scratch: str, user: int | None, without: frozenset[str]
) -> None:
    """Puts on every layer that is available and not left out; there is no way back."""
    if "limits" not in without:
        _limits(memory, seconds, processes, user)


def _limits(memory: int, seconds: float, processes: int, user: int | None) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_CPU, int(2 * seconds) + 5)
    _lower(resource.RLIMIT_FSIZE, FILE_MB * 2**20)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if sys.platform == "linux":
        size = _status()
        _lower(resource.RLIMIT_AS, size["VmSize"] + 4 * memory * 2**20)
        _lower(resource.RLIMIT_DATA, size["VmData"] + memory * 2**20)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _status() -> dict[str, int]:
    with open("/proc/self/status") as file:
        pairs = (line.split(":") for line in file if line.startswith("Vm"))
        return {name: int(value.split()[0]) * 1024 for name, value in pairs}
