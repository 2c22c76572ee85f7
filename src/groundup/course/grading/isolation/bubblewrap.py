"""Bubblewrap around the helper that forks workers: own process table, no network, and only the files that it needs."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from groundup.course.grading.isolation import places

__all__ = ["available", "prefix"]

AS_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL")
NAMESPACES = (
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--new-session",
)


@functools.cache
def available() -> tuple[bool, str]:
    """Whether bubblewrap works here: a trial run decides."""
    if sys.platform != "linux":
        return False, "only Linux has it"
    if not shutil.which("bwrap"):
        return False, "bubblewrap (bwrap) is not installed"
    trial = ["bwrap", *NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        run = subprocess.run(trial, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"bubblewrap could not be run: {error}"
    if run.returncode:
        return False, f"bubblewrap is not allowed here: {run.stderr.strip()[:200]}"
    return True, "own process table, no network, a file system of its own"


def prefix(base: str, cache: str) -> list[str]:
    """The words before a command that run it inside.

    Parameters
    ----------
    base : str
        Folder for scratch folders; a small one in memory takes its place inside.
    cache : str
        Folder below `base` with a copy of compiled kernels, to be read.
    """
    words = ["bwrap", *NAMESPACES, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    roots = [p for p in places.readable() if not p.is_relative_to("/dev") and not p.is_relative_to("/proc")]
    bound = [*roots, *_links(sys.executable, roots)]
    for folder in sorted({parent for path in bound for parent in path.parents} - {Path("/")}):
        words += ["--perms", "0755", "--dir", str(folder)]  # else bubblewrap makes them for the owner alone
    for path in bound:
        words += ["--ro-bind", str(path), str(path)]
    words += ["--size", str(512 * 2**20), "--perms", "0711", "--tmpfs", base, "--ro-bind", cache, cache, "--chdir", "/"]
    if os.geteuid() == 0:
        for name in AS_ROOT:
            words += ["--cap-add", name]
    return words


def _links(file: str, roots: list[Path]) -> list[Path]:
    """The file and the links on the way to it, as far as they lie outside `roots`."""
    steps = [Path(os.path.abspath(file))]
    while steps[-1].is_symlink():
        steps.append(Path(os.path.normpath(steps[-1].parent / os.readlink(steps[-1]))))
    return [step for step in steps if not any(root in step.parents for root in roots)]
