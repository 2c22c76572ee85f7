"""The tree of processes below this one: its size, its memory, its end. Linux by prctl; elsewhere what psutil sees."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection

__all__ = ["adopt_orphans", "die_with_parent", "kill_tree", "prctl", "usage"]

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 38, 36


def prctl(option: int, a: int = 0, b: int = 0) -> bool:
    """prctl(2); False where it fails or does not exist."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.prctl(option, ctypes.c_ulong(a), ctypes.c_ulong(b), ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0


def die_with_parent() -> None:
    """Asks the kernel to kill this process when its parent ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose own parent ended, so that none slips away."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def _descendants(spare: Collection[int] = ()) -> list:
    import psutil

    try:
        if not spare:
            return psutil.Process().children(recursive=True)
        mine = [p for p in psutil.Process().children() if p.pid not in spare]
        return [p for child in mine for p in (child, *child.children(recursive=True))]
    except psutil.Error:
        return []


def usage() -> tuple[int, int, list[int]]:
    """Resident bytes, number of processes and threads, and process ids, of all descendants.

    What this process holds itself is not counted: its forks share it with each other.
    """
    import psutil

    memory = count = 0
    descendants = _descendants()
    own = psutil.Process().memory_info().rss
    for process in descendants:
        try:
            memory += max(process.memory_info().rss - own, 0)
            count += process.num_threads()
        except psutil.Error:
            continue
    return memory, count, [process.pid for process in descendants]


def _signal(processes: list, number: int) -> None:
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process.pid, number)


def kill_tree(patience: float = 3.0, *, spare: Collection[int] = ()) -> None:
    """Kills all descendants, again and again until none is left or `patience` seconds are over.

    They are stopped first, all of them: each that is killed makes room for another fork of one that still runs.

    Parameters
    ----------
    patience : float
        Seconds.
    spare : collection of int
        Children that are left alone, with all below them.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        left, stopped = _descendants(spare), set()
        while (running := [p for p in left if p.pid not in stopped]) and time.monotonic() < end:
            _signal(running, signal.SIGSTOP)
            stopped |= {p.pid for p in running}
            left = _descendants(spare)
        _signal(left, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            ended = bool(spare)
        except ChildProcessError:
            ended = True
        if ended and not left:
            return
        time.sleep(0.002)
