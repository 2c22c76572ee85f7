"""What a worker does to itself before it touches learner's code."""

import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from groundup import paths
from groundup.course.grading.isolation import audit, landlock, places, seccomp, users
from groundup.course.grading.isolation.tree import PR_SET_NO_NEW_PRIVS, die_with_parent, prctl

if TYPE_CHECKING:
    from groundup.course.grading.keeper import Settings

__all__ = ["confine"]

FILE_MB, OPEN_FILES = 16, 256


def confine(settings: "Settings", scratch: str, user: int | None) -> None:
    """Puts on every layer that is available and not left out; there is no way back.

    Parameters
    ----------
    settings : Settings
        The keeper's.
    scratch : str
        The folder that may be written.
    user : int or None
        User id to become.
    """
    without, processes = settings.without, settings.processes
    files = landlock.abi() > 0 and "landlock" not in without
    calls = seccomp.available()[0] and "seccomp" not in without
    readable = [*places.readable(), paths.cache_dir()] if files else []
    if "limits" not in without:
        _limits(settings.memory, settings.seconds)
        if user is not None:
            _lower(resource.RLIMIT_NPROC, processes)
        elif not calls:
            _lower(resource.RLIMIT_NPROC, _tasks_of_mine() + processes)
    if user is not None:
        users.become(user, read_all=files and not places.open_to_all(Path(os.__file__)))
        die_with_parent()  # changing the user cleared it
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if files:
        landlock.restrict(readable, Path(scratch))
    if "audit" not in without:
        audit.install(Path(scratch), [*places.hidden(), *map(Path, settings.hidden)])
    if calls:
        seccomp.install()


def _limits(memory: int, seconds: float) -> None:
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


def _tasks_of_mine() -> int:
    """Processes and threads that this user has already: the limit counts them as well."""
    import psutil

    count, me = 0, os.getuid()
    for process in psutil.process_iter(["uids", "num_threads"]):
        if process.info["uids"] and process.info["uids"].real == me:
            count += process.info["num_threads"] or 1
    return count
