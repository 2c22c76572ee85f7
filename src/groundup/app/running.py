"""Whether this person's course runs already: then a second start opens it instead of starting another."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Running", "forget", "note", "running"]


@dataclass(frozen=True, slots=True)
class Running:
    """A course that runs: its port and the page that signs a browser in."""

    port: int
    page: Path


def note(folder: Path) -> None:
    """Write down, in the folder of a port, which process serves it."""
    (folder / "pid").write_text(str(os.getpid()), encoding="ascii")


def forget(folder: Path) -> None:
    """Take the note back."""
    (folder / "pid").unlink(missing_ok=True)


def running(home: Path, port: int | None = None) -> Running | None:
    """The course that runs on this learner's folder, if there is one.

    A note may be left from a killed server, and another user's program may listen on its port since. So the process
    has to be alive, ours, and listening there itself.

    Parameters
    ----------
    home : Path
        The learner's folder.
    port : int or None
        Only a course on this port.
    """
    for file in sorted((home / "run").glob("*/pid")):
        found = _checked(file)
        if found and port in (None, found.port):
            return found
    return None


def _checked(file: Path) -> Running | None:
    page = file.with_name("open.html")
    try:
        port, process = int(file.parent.name), psutil.Process(int(file.read_text(encoding="ascii")))
        ours = process.uids().real == os.getuid()
        listens = ours and any(
            link.status == psutil.CONN_LISTEN and link.laddr.port == port for link in process.net_connections("tcp")
        )
    except (ValueError, OSError, psutil.Error):
        return None
    return Running(port, page) if listens and page.is_file() else None
