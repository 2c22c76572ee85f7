"""Files that are written whole or not at all.

Write a temporary file in the same folder, have it reach the disk (fsync), rename it over the old one, and have the
folder's new entry reach the disk. The rename is atomic: whoever opens the name, at any moment, finds the old file or
the new one (POSIX rename).
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["flush", "replacing", "write_whole"]


def flush(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no fsync of a folder
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def replacing(file: str | os.PathLike) -> Iterator[Path]:
    """A name to write under; at the end what was written takes the place of the file. The folder must exist.

    If anything fails, an earlier file of that name is untouched and nothing unfinished is left.
    """
    file = Path(file)
    temporary = file.with_name(f".{file.name}.unfinished")
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, file)
        flush(file.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_whole(file: str | os.PathLike, content: str | bytes) -> Path:
    """Write a text (UTF-8) or bytes to a file, whole or not at all; the folder must exist.

    Raises
    ------
    OSError
        If it cannot be written; an earlier file of that name is then untouched.
    """
    with replacing(file) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(file)
