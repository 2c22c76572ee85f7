"""How the helper processes are started: their command, their environment, and the layers around them."""

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from groundup import paths
from groundup.course.grading.isolation import bubblewrap, landlock, places, seccomp, users
from groundup.course.grading.report import Layer

__all__ = ["command", "copy_kernels", "kill_below", "kill_strays", "layers"]

PYTHON = Path(os.__file__)
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def _environment() -> dict[str, str]:
    """What a helper sees of our environment: no tokens, no settings, one thread for matrix products."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= dict.fromkeys(ONE_THREAD, "1")
    env |= {"PYTHONPATH": os.pathsep.join(places.import_paths())}
    return env | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def command(kind: str, descriptor: int, base: str, without: frozenset[str]) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of a helper.

    Parameters
    ----------
    kind : str
        "judge" or "worker".
    descriptor : int
        The socket that it takes work from.
    base : str
        Folder for all that is temporary.
    without : frozenset of str
        Layers of isolation to leave out.
    """
    line = [sys.executable, "-P", "-m", "groundup.course.grading.host", kind, str(descriptor)]
    env = _environment()
    if kind == "judge":
        return line, env | {k: v for k, v in os.environ.items() if k.startswith("GROUNDUP_") or k == "HOME"} | {
            "GROUNDUP_GRADING_BASE": base
        }
    cache = os.path.join(base, "cache")
    env |= {"HOME": base, "GROUNDUP_CACHE": cache, "GROUNDUP_KERNELS_READONLY": "1", "JOBLIB_MULTIPROCESSING": "0"}
    env |= {"NUMBA_NUM_THREADS": str(min(os.cpu_count() or 1, 4))}  # below the limit on threads, on any machine
    env |= {"GROUNDUP_HIDDEN": os.pathsep.join(map(str, places.hidden()))}
    if "bubblewrap" not in without and bubblewrap.available()[0]:
        line = [*bubblewrap.prefix(base, cache), *line]
    return line, env


def copy_kernels(base: str) -> None:
    """Copies compiled kernels that the workers' cache lacks; workers read the copy and never see the course's own."""
    source, target = paths.cache_dir() / "kernels", Path(base) / "cache" / "kernels"
    try:
        stamps = [folder for folder in source.iterdir() if folder.is_dir()]
    except OSError:
        return
    if not stamps:
        return
    newest = max(stamps, key=lambda folder: folder.stat().st_mtime)
    copy = target / newest.name
    copy.mkdir(parents=True, exist_ok=True)
    have = {entry.name for entry in os.scandir(copy)}
    for entry in os.scandir(newest):
        if entry.is_file() and entry.name.endswith(".nbc") and entry.name not in have:
            with contextlib.suppress(OSError):
                part = copy / f".{entry.name}"
                shutil.copyfile(entry.path, part)
                part.chmod(0o644)
                part.rename(copy / entry.name)


def kill_below(pid: int) -> None:
    """Kills everything below a process of ours."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)


def kill_strays(base: str) -> None:
    """Kills workers' processes that nothing of ours is above any more: their first environment names `base`."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get("HOME") == base:
                process.kill()


def layers(without: frozenset[str] = frozenset()) -> list[Layer]:
    """Which layers of isolation are on, and why the others are not."""
    memory = ", memory" if sys.platform == "linux" else ""
    tried = {
        "limits": (True, f"processor time, file sizes and open files{memory}"),
        "user": users.available(),
        "bubblewrap": bubblewrap.available(),
        "landlock": landlock.available(),
        "seccomp": seccomp.available(),
        "audit": (True, "Python itself refuses network, processes and foreign files (no wall: native code passes it)"),
        "watch": (True, "the judge's side watches time, memory, processes and files, and kills the whole tree"),
    }
    found = {
        n: Layer(n, False, "switched off") if n in without else Layer(n, on, why) for n, (on, why) in tried.items()
    }
    if found["user"].on and not (found["bubblewrap"].on or found["landlock"].on) and not places.open_to_all(PYTHON):
        why = "; Python lies where they cannot go, so code can import only what is loaded already"
        found["user"] = Layer("user", True, found["user"].why + why)
    return list(found.values())
