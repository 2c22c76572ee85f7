"""Opening the database: set a damaged one aside, bring an older one up to date, choose the journal.

Only one process does this at a time (a lock file beside the database), others wait for it.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import Connection, Engine, create_engine, event

from groundup.course.progress.errors import StoreError, translated
from groundup.course.progress.migrations import HEAD, KNOWN

__all__ = ["backup", "connect", "prepare"]

BUSY_MS = 10_000
KEPT_BACKUPS = 10
# Shared memory, which WAL needs, does not work across machines or through these drivers.
NO_WAL = ("nfs", "cifs", "smb", "9p", "sshfs", "afs", "vboxsf", "fuse.sshfs", "drvfs", "davfs", "ceph", "glusterfs")


def prepare(path: Path) -> str:
    """Make ``path`` a sound database of the newest layout.

    Parameters
    ----------
    path : Path
        The database; made, with its folder, when missing.

    Returns
    -------
    str
        What the learner has to be told, or an empty text.

    Raises
    ------
    StoreError
        When it cannot be opened or written, or when a newer groundup wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _locked(path.with_name(path.name + ".lock"))
        with lock, translated(path):
            notice = _set_aside_if_damaged(path)
            _private(path)
            _migrate(path)
    except OSError as error:
        raise StoreError("readonly", f"{path} cannot be written: {error.strerror}. Check its folder.") from error
    return notice


def connect(path: Path) -> Engine:
    """An engine whose every connection has foreign keys, a busy timeout, full synchronisation and the right journal."""
    journal = "DELETE" if _filesystem(path).startswith(NO_WAL) else "WAL"
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, below
        for pragma in (f"busy_timeout={BUSY_MS}", "foreign_keys=ON", f"journal_mode={journal}", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes its lock at once: one that reads first may find its snapshot outdated, and busy
        # timeouts do not help against that.
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def backup(path: Path, reason: str) -> Path:
    """Copy the database, consistently even while others write, to ``backups/`` beside it."""
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    copy = folder / f"{path.stem}-{_now()}-{reason}{path.suffix}"
    part = copy.with_name(copy.name + ".part")  # what a full disk cuts short must not pass for a copy
    try:
        _private(part)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.rename(copy)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + ending).unlink(missing_ok=True)
    older = (old for old in folder.glob(f"{path.stem}-*{path.suffix}") if old != copy)  # the clock may have gone back
    for old in sorted(older)[: -KEPT_BACKUPS + 1]:
        old.unlink()
    return copy


def _set_aside_if_damaged(path: Path) -> str:
    if not path.exists() or path.stat().st_size == 0 or not (fault := _fault(path)):
        return ""
    aside = path.with_name(f"{path.stem}.damaged-{_now()}{path.suffix}")
    for ending in ("", "-wal", "-shm", "-journal"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return (
        f"The file with your progress was damaged ({fault}). It is kept as {aside}; the course goes on with an empty "
        f"one. Copies made earlier are in {path.parent / 'backups'}."
    )


def _fault(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(100)
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    journals = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    alone = head.startswith(b"SQLite") and not any(j.exists() and j.stat().st_size for j in journals)
    if alone and path.stat().st_size < (65536 if page == 1 else page) * pages:
        return "its end is missing"  # SQLite would read zeros there
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            return "" if verdict == "ok" else str(verdict).splitlines()[0]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return str(error)
        raise


def _migrate(path: Path) -> None:
    current = _revision(path)
    if current == HEAD:
        return
    if current is not None and current not in KNOWN:
        raise StoreError(
            "newer",
            f"{path} was written by a newer groundup (layout {current}, this one knows {HEAD}). Update groundup.",
        )
    if current is not None:
        backup(path, f"before-{HEAD}")

    # Imported here: a current database, which is nearly every start, needs no Alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    engine = connect(path)
    try:
        with engine.execution_options(write=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    finally:
        engine.dispose()


def _revision(path: Path) -> str | None:
    with closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    return row[0] if row else None


def _private(path: Path) -> None:
    """Make the file readable to its owner alone; SQLite gives its journals the same rights."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    path.chmod(0o600)


def _filesystem(path: Path) -> str:
    """The type of the file system that holds ``path``, in lower case; empty when unknown."""
    place = path.resolve()
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[folder].lower() for folder in place.parents if folder in mounts), "")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
