"""The tree of processes below this one: its size, its memory, its end. Linux by prctl; elsewhere what psutil sees."""

import ctypes
import os
import signal
import sys
import time

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


def _descendants() -> list:
    import psutil

    try:
        return psutil.Process().children(recursive=True)
    except psutil.Error:
        return []


def usage() -> tuple[int, int]:
    """Resident bytes, and number of processes and threads, of all descendants.

    What this process holds itself is not counted: its forks share it with each other.
    """
    import psutil

    memory = count = 0
    own = psutil.Process().memory_info().rss
    for process in _descendants():
        try:
            memory += max(process.memory_info().rss - own, 0)
            count += process.num_threads()
        except psutil.Error:
            continue
    return memory, count


def kill_tree(patience: float = 3.0) -> None:
    """Kills all descendants, again and again until none is left or `patience` seconds are over."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        left = _descendants()
        for process in left:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except OSError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            if not left:
                return
        time.sleep(0.002)
