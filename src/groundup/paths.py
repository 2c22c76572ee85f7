"""Where things live: lessons, the learner's data, caches, data sets. Every other module asks here.

Lessons are looked for in ``GROUNDUP_LESSONS``, then in the checkout that the package was imported
from, then inside the installed package. The learner's data folder is ``GROUNDUP_HOME`` or the
platform's usual place, the cache folder ``GROUNDUP_CACHE`` or the platform's.
"""

import os
from pathlib import Path

__all__ = ["FolderError", "benchmarks_dir", "cache_dir", "checkout", "data_dir", "lessons_dir", "user_dir"]

PACKAGE = Path(__file__).resolve().parent


class FolderError(OSError):
    """A folder of ours cannot be made; the message says which one and which variable names another."""


def checkout() -> Path | None:
    """The root of the source checkout, or None for an installed wheel."""
    root = PACKAGE.parent.parent
    return root if (root / "go.py").is_file() and (root / "lessons").is_dir() else None


def lessons_dir() -> Path:
    """The folder of lessons: GROUNDUP_LESSONS, the checkout's, or the package's own copy."""
    if named := os.environ.get("GROUNDUP_LESSONS"):
        return Path(named)
    root = checkout()
    return root / "lessons" if root else PACKAGE / "_lessons"


def benchmarks_dir() -> Path | None:
    """The folder of benchmarks; only a checkout has one."""
    root = checkout()
    return root / "benchmarks" if root else None


def user_dir() -> Path:
    """The learner's data folder (made when missing): drafts, attempts, settings; else FolderError."""
    return _made("GROUNDUP_HOME", "user_data_path")


def cache_dir() -> Path:
    """The cache folder (made when missing): compiled kernels, executed lessons; else FolderError. Safe to delete."""
    return _made("GROUNDUP_CACHE", "user_cache_path")


def data_dir() -> Path | None:
    """GROUNDUP_DATA, a folder of data sets already on disk, if it is set."""
    named = os.environ.get("GROUNDUP_DATA")
    return Path(named) if named else None


def _made(variable: str, platform_path: str) -> Path:
    named = os.environ.get(variable)
    if named:
        folder = Path(named)
    else:
        import platformdirs

        folder = getattr(platformdirs, platform_path)("groundup", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        why = "it is not a folder" if isinstance(fault, FileExistsError) else fault.strerror
        raise FolderError(f"cannot use the folder {folder}: {why}; name another one in {variable}") from None
    return folder
