"""A worker's scratch folder as its keeper sees it: how much it takes, and how it is removed, whatever was made in it.

Learner's code may make folders nested by the thousand, folders that nobody may enter, a million empty files, and
files that are deleted but still open. No function here calls itself or follows a link.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

__all__ = ["remove", "taken"]

DEEPEST = 40  # folders in folders
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
ENTRY = 4096  # bytes that a file or folder takes at least


def taken(folder: Path, processes: Iterable[int], enough: int) -> int:
    """Bytes that `folder` and the deleted files that `processes` hold open take; counts no further than `enough`.

    Folders that are too deep to look into take `enough`.
    """
    seen: set[tuple[int, int]] = set()
    total, waiting = sum(_deleted(process, seen) for process in processes), [(str(folder), 0)]
    while waiting and total < enough:
        path, depth = waiting.pop()
        if depth > DEEPEST:
            return enough
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                total += ENTRY
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
                if total >= enough:
                    break
    return total


def _deleted(process: int, seen: set[tuple[int, int]]) -> int:
    """Bytes of the files that this process has open and that no folder names any more (Linux)."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                found = os.stat(entry.path)
                file = (found.st_dev, found.st_ino)
                if stat.S_ISREG(found.st_mode) and not found.st_nlink and file not in seen:
                    seen.add(file)
                    total += 512 * found.st_blocks
    return total


def remove(folder: str) -> None:
    """Removes a folder with all that is in it; what cannot be removed stays.

    Folders inside folders are first moved up to the top, so that no path is ever long.
    """
    try:
        top = os.open(folder, FOLDER)
    except OSError:
        return
    try:
        names, progress = os.listdir(top), True
        while names and progress:
            progress = False
            for name in names:
                with contextlib.suppress(OSError):
                    if not _removed(top, name):
                        _lift(top, name)
                        os.rmdir(name, dir_fd=top)
                    progress = True
            names = os.listdir(top)
    finally:
        os.close(top)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _removed(top: int, name: str) -> bool:
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return True
    try:
        os.rmdir(name, dir_fd=top)
    except OSError:
        return False
    return True


def _lift(top: int, name: str) -> None:
    """Empties the folder `name`: its files go, its folders move up."""
    inner = _entered(top, name)
    try:
        for part in os.listdir(inner):
            if not _removed(inner, part):
                os.close(_entered(inner, part))  # a folder without the right to write cannot be moved
                os.rename(part, f".lifted-{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)


def _entered(top: int, name: str) -> int:
    """A descriptor of the folder, which is ours to write from now on."""
    try:
        inner = os.open(name, FOLDER, dir_fd=top)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=top)
        return os.open(name, FOLDER, dir_fd=top)
    os.fchmod(inner, 0o700)
    return inner
