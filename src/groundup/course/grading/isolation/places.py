"""Which files learner's code may read: Python, the installed packages and ours; never lessons with their solutions."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from groundup import paths

__all__ = ["hidden", "import_paths", "open_to_all", "readable"]

SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/usr/share/locale",
    "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/System/Library",
)  # fmt: skip


def hidden() -> list[Path]:
    """Folders with solutions and graders."""
    named = os.environ.get("GROUNDUP_HIDDEN", "")
    found = {Path(p) for p in named.split(os.pathsep) if p} | {paths.lessons_dir(), paths.PACKAGE / "_lessons"}
    return sorted({p for path in found for p in (path, path.resolve())})


def import_paths() -> list[str]:
    """Where workers import from, apart from Python's own folders: our package, NumPy's neighbours, and PYTHONPATH.

    Not all of `sys.path`: it may hold the folder that somebody happened to start the course in.
    """
    numpy = importlib.util.find_spec("numpy")
    beside = [str(Path(numpy.origin).parents[1])] if numpy and numpy.origin else []
    named = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return list(dict.fromkeys(map(os.path.abspath, [str(paths.PACKAGE.parent), *named, *beside])))


def readable() -> list[Path]:
    """Folders and files that may be read, none of them above a hidden folder."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix} - {"/usr", "/usr/local", "/"}
    named = [*SYSTEM, *prefixes, *import_paths()]
    roots = {p for name in named if os.path.exists(name) for p in (Path(name), Path(name).resolve())}
    secret = [folder for folder in hidden() if folder.is_dir()]
    open_roots = {part for root in sorted(roots) for part in _around(root, secret)}
    return sorted(p for p in open_roots if not any(q in open_roots for q in p.parents))


def _around(root: Path, secret: list[Path]) -> Iterator[Path]:
    """`root`, or its parts when a hidden folder lies inside it."""
    if any(root == s or s in root.parents for s in secret):
        return
    if not any(root in s.parents for s in secret):
        yield root
        return
    if root.is_dir():
        for child in sorted(root.iterdir()):
            yield from _around(child, secret)


def open_to_all(path: Path) -> bool:
    """Whether another user can reach and read `path`, by the mode bits."""
    try:
        if not all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents):
            return False
        mode = path.stat().st_mode
        return bool(mode & 0o004) and bool(mode & 0o001 or not path.is_dir())
    except OSError:
        return False
