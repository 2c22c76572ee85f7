"""Keeps one worker: starts it, watches its memory, processes and files, and leaves nothing of it behind.

The keeper is the worker's parent and the reaper of all its descendants, so whatever the learner's code starts, in
whatever session, stays below the keeper and is killed with it.
"""

import contextlib
import json
import os
import select
import signal
import socket
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.course.grading import isolation, worker
from groundup.course.grading.isolation.scratch import remove, taken

__all__ = ["Settings", "keep"]

POLL = 0.04
SCRATCH = 64 * 2**20  # bytes


@dataclass(frozen=True)
class Settings:
    """What a keeper is told: limits, layers left out, the scratch folder to make, the user that the worker becomes,
    folders that must not be looked into."""

    seconds: float
    memory: int
    processes: int
    without: frozenset[str]
    scratch: str
    user: int | None
    hidden: tuple[str, ...] = ()


def keep(work: socket.socket, output: int, control: socket.socket, host: int) -> None:
    """Runs a worker to its end and reports it on `control`; returns when nothing is left of it.

    Ends the worker when the process `host` is no longer the parent of this one.
    """
    told = json.loads(_line(control))
    settings = Settings(**{**told, "without": frozenset(told["without"])})
    os.setsid()
    isolation.adopt_orphans()  # and no death with the host: what the worker started would outlive it
    scratch = settings.scratch
    os.mkdir(scratch, 0o700)
    user = settings.user if "user" not in settings.without else None
    if user is not None:
        os.chown(scratch, user, user)
    child = os.fork()
    if child == 0:
        _become_worker(work, output, control, settings, scratch, user)
    work.close()
    os.close(output)
    verdict = _watch(child, control, settings, Path(scratch), host)
    isolation.kill_tree()
    remove(scratch)
    with contextlib.suppress(OSError):
        control.sendall(json.dumps(verdict).encode() + b"\n")


def _line(channel: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = channel.recv(1)
        if not part:
            raise EOFError
        line += part
    return line


def _become_worker(
    work: socket.socket, output: int, control: socket.socket, settings: Settings, scratch: str, user: int | None
) -> None:
    try:
        control.close()
        os.setsid()
        isolation.die_with_parent()
        isolation.confine(settings, scratch, user)
        worker.run(work, output, scratch)
        os._exit(0)
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(output, traceback.format_exc().encode())  # the judge reads it
        os._exit(70)


def _watch(child: int, control: socket.socket, settings: Settings, scratch: Path, host: int) -> dict[str, Any]:
    """Waits for the end of the worker, or brings it about."""
    peak, pause = 0, 0.005
    ended = [os.pidfd_open(child)] if hasattr(os, "pidfd_open") else []  # wakes the wait below at once
    last = time.monotonic() + 2 * settings.seconds + 60  # the judge keeps the time; this is for a judge that hangs
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return {"why": "ended", "code": code, "signal": -code if code < 0 else 0, "peak": peak}
        ready, _, _ = select.select([control, *ended], [], [], pause)
        pause = min(pause * 1.5, POLL)
        why = "asked" if control in ready or time.monotonic() > last or os.getppid() != host else None
        if "watch" not in settings.without and not why:
            memory, count, pids = isolation.usage()
            peak = max(peak, memory)
            if count >= settings.processes:
                why = "processes"
            elif memory > settings.memory * 2**20:
                why = "memory"
            elif taken(scratch, pids, SCRATCH) >= SCRATCH:
                why = "files"
        if why:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"why": why, "code": None, "signal": 9, "peak": peak}
