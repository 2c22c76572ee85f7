"""What can go wrong with the learner's data, in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from groundup.course.progress.records import Copy, Draft

__all__ = ["DraftConflict", "StoreError", "translated"]


class StoreError(Exception):
    """The database did not do what was asked; nothing was saved.

    Attributes
    ----------
    kind : str
        ``full``, ``readonly``, ``busy``, ``damaged``, ``newer`` or ``other``.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class DraftConflict(Exception):
    """The draft was saved elsewhere in the meantime.

    Attributes
    ----------
    current : Draft
        What is saved.
    copy : Copy
        The text that was to be saved; it is kept.
    """

    def __init__(self, current: Draft, copy: Copy) -> None:
        super().__init__(f"{current.lesson}/{current.name} was saved elsewhere as version {current.version}")
        self.current = current
        self.copy = copy


@contextmanager
def translated(database: Path) -> Iterator[None]:
    """Turn SQLite's errors into `StoreError`."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, database) from error
    except sqlite3.Error as error:
        raise _explained(error, database) from error


def _explained(error: BaseException | None, database: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StoreError("full", f"The disk that holds {database.parent} takes no more data. Free some space there.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError("readonly", f"{database} cannot be written. Check who owns it and its folder.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError("busy", f"Another program has held {database} for too long. Close it and try again.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreError("damaged", f"{database} is damaged. Start the course again: it sets the file aside.")
    return StoreError("other", f"{database}: {error}")
