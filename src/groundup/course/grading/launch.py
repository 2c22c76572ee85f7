"""How the helper processes are started: their command, their environment, and the layers around them."""

import os
import signal
import sys
from pathlib import Path

from groundup.course.grading.report import Layer

__all__ = ["base_inside", "command", "kill_below", "layers"]

PACKAGES = Path(__file__).resolve().parents[3]
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def environment(base: str | None) -> dict[str, str]:
    """What a helper sees of our environment: no tokens, no settings, one thread for matrix products."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= dict.fromkeys(ONE_THREAD, "1")
    paths = [str(PACKAGES), *(p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)]
    env |= {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    if base:
        env |= {"GROUNDUP_GRADING_BASE": base, "HOME": base, "GROUNDUP_KERNELS_READONLY": "1"}
    return env


def command(kind: str, descriptor: int, base: str | None, without: frozenset[str]) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of the helper of a kind ("judge" or "worker")."""
    line = [sys.executable, "-P", "-m", "groundup.course.grading.host", kind, str(descriptor)]
    return line, environment(base)


def base_inside(base: str, without: frozenset[str]) -> str:
    """Where the worker's side finds the folder for scratch folders."""
    return base


def kill_below(pid: int) -> None:
    """Kills everything below a process of ours."""
    import psutil

    try:
        for process in psutil.Process(pid).children(recursive=True):
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.Error:
                continue
    except psutil.Error:
        pass


def layers(without: frozenset[str] = frozenset()) -> list[Layer]:
    """Which layers of isolation are on."""
    return [Layer("limits", "limits" not in without, "time, memory, file size and open files are limited")]
