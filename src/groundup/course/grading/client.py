"""Grading as the course sees it: `grade` queues, connects a judge with a worker, and gathers the report.

Two helper processes are started on first use and kept: one forks judges, one forks workers. This process runs neither
learner's code nor a grader, and imports nothing for them.
"""

import atexit
import collections
import contextlib
import json
import os
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from groundup.course.errors import ContentError
from groundup.course.grading import launch
from groundup.course.grading.isolation import worker_user
from groundup.course.grading.isolation.scratch import remove
from groundup.course.grading.report import CaseResult, Limits, Report

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise

__all__ = ["close", "grade", "warm"]

AT_ONCE = 2
ATTEMPTS = 3
START_SECONDS = 60.0


class _Lost(Exception):
    """A helper process ended in the middle of a grading."""


class _Host:
    """One helper process and the socket that it takes work from."""

    def __init__(self, kind: str, without: frozenset[str], base: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command, env = launch.command(kind, theirs.fileno(), base, without)
            self.process = subprocess.Popen(
                command, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, cwd="/", start_new_session=True,
            )  # fmt: skip
        self.channel = ours
        self.channel.settimeout(START_SECONDS)
        self.ready = False
        self.said = collections.deque(maxlen=40)  # its last words, for when it does not start
        errors = self.process.stderr or ()
        self.listener = threading.Thread(target=lambda: self.said.extend(errors), daemon=True)
        self.listener.start()

    def wait(self) -> None:
        """Returns once the process takes work; RuntimeError when it does not start."""
        if self.ready:
            return
        try:
            self.ready = self.channel.recv(1) == b"r"
        except OSError:
            self.ready = False
        if not self.ready:
            self.close()
            raise RuntimeError("the grading process did not start: " + b"".join(self.said).decode(errors="replace"))

    def give(self, descriptors: list[int]) -> None:
        """Starts a child that serves these descriptors."""
        try:
            socket.send_fds(self.channel, [b"j"], descriptors)
        except OSError:
            raise _Lost from None

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """Ends the process and everything below it."""
        self.channel.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            launch.kill_below(self.process.pid)
            self.process.kill()
            self.process.wait()
        self.listener.join(2)
        if self.process.stderr is not None:
            self.process.stderr.close()


class _Hosts:
    """The helper processes of this process, by kind and layers left out."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner = os.getpid()
        self.base = ""
        self.running: dict[tuple[str, frozenset[str]], _Host] = {}

    def get(self, *keys: tuple[str, frozenset[str]]) -> list[_Host]:
        with self.lock:
            if self.owner != os.getpid():  # a fork of the course: the parent's helpers are not ours to use
                self.owner, self.running, self.base = os.getpid(), {}, ""
            if not os.path.isdir(self.base):
                self.base = tempfile.mkdtemp(prefix="groundup-grading-")
                os.makedirs(os.path.join(self.base, "cache"))
                os.chmod(self.base, 0o711)  # a worker's user passes through to its own scratch folder
            for key in keys:
                if key in self.running and not self.running[key].alive:
                    self.running.pop(key).close()
                if key not in self.running:
                    self.running[key] = _Host(*key, self.base)
            hosts = [self.running[key] for key in keys]
            for key, host in zip(keys, hosts, strict=True):
                try:
                    host.wait()
                except RuntimeError:
                    self.running.pop(key)
                    raise
            return hosts

    def drop(self, *key: Any) -> None:
        """Ends a helper with everything below it, of which some may have slipped out of its hands."""
        with self.lock:
            if host := self.running.pop(key, None):
                host.close()
                launch.kill_strays(self.base)

    def close(self) -> None:
        with self.lock:
            if self.owner == os.getpid():
                for host in self.running.values():
                    host.close()
                remove(self.base)
            self.running, self.base = {}, ""


class _Slots:
    """At most so many gradings at once; who came first goes first."""

    def __init__(self, count: int) -> None:
        self.free = list(range(count))
        self.queue: collections.deque[object] = collections.deque()
        self.changed = threading.Condition()

    @contextlib.contextmanager
    def take(self) -> Iterator[int]:
        ticket = object()
        with self.changed:
            self.queue.append(ticket)
            try:
                self.changed.wait_for(lambda: self.free and self.queue[0] is ticket)
                slot = self.free.pop(0)
            finally:
                self.queue.remove(ticket)
                self.changed.notify_all()
        try:
            yield slot
        finally:
            with self.changed:
                self.free.append(slot)
                self.changed.notify_all()


_hosts = _Hosts()
_slots = _Slots(AT_ONCE)


def warm() -> None:
    """Starts the helper processes, so that the first grading need not wait for them. Returns when they are ready."""
    _hosts.get(("judge", frozenset()), ("worker", Limits().without))


def close() -> None:
    """Ends the helper processes; the next grading starts new ones."""
    _hosts.close()


atexit.register(close)


def grade(
    exercise: "Exercise",
    code: str,
    *,
    on_case: Callable[[CaseResult], None] | None = None,
    limits: Limits | None = None,
) -> Report:
    """Grades `code`; waits for a free place first, then for the result.

    Parameters
    ----------
    exercise : Exercise
    code : str
        The learner's source.
    on_case : callable, optional
        Called in this thread with each case's result as it is known.
    limits : Limits, optional
        By default the exercise's own time and memory.

    Returns
    -------
    Report

    Raises
    ------
    ContentError
        When the grader itself breaks the rules.
    RuntimeError
        When the helper processes cannot be started.
    """
    limits = limits or Limits()
    with _slots.take() as slot:
        started = time.perf_counter()
        told: list[CaseResult] = []

        def once(case: CaseResult) -> None:
            told.append(case)
            if on_case:
                on_case(case)

        for attempt in range(1, ATTEMPTS + 1):
            try:
                end = _attempt(exercise, code, limits, slot, once)
                break
            except _Lost:
                told.clear()
                time.sleep(0.1)  # a helper that is just ending must be seen to have ended
                if attempt == ATTEMPTS:
                    end = {"status": "error", "message": "The grading process ended unexpectedly; please run again."}
        if end["status"] == "broken":
            raise ContentError(exercise.path / "grader.py", None, end["field"], end["message"])
        return Report(
            exercise=exercise.id,
            status=end["status"],
            message=end["message"],
            cases=told,
            line=end.get("line"),  # pyright: ignore[reportArgumentType]
            stdout=end.get("stdout", ""),
            layers=launch.layers(limits.without),
            seconds=time.perf_counter() - started,
        )


def _attempt(
    exercise: "Exercise", code: str, limits: Limits, slot: int, on_case: Callable[[CaseResult], None]
) -> dict[str, Any]:
    judges, workers = _hosts.get(("judge", frozenset()), ("worker", limits.without))
    seconds, memory = limits.seconds or exercise.seconds, limits.memory or exercise.memory
    launch.copy_kernels(_hosts.base)
    with contextlib.ExitStack() as open_ends:
        (events, judge_events), (judge_work, work), (judge_control, control) = (
            tuple(map(open_ends.enter_context, socket.socketpair())) for _ in range(3)
        )
        scratch = os.path.join(_hosts.base, f"scratch-{secrets.token_hex(8)}")
        open_ends.callback(remove, scratch)  # the keeper does it, unless it was killed
        judge_output, output = os.pipe()
        open_ends.callback(os.close, judge_output)
        open_ends.callback(os.close, output)
        settings = {
            "seconds": seconds,
            "memory": memory,
            "processes": limits.processes,
            "without": sorted(limits.without),
            "scratch": scratch,
            "user": worker_user(slot),
            "hidden": [str(exercise.path)],
        }
        judge_control.sendall(json.dumps(settings).encode() + b"\n")
        workers.give([work.fileno(), output, control.fileno()])
        judges.give([judge_events.fileno(), judge_work.fileno(), judge_output, judge_control.fileno()])
        for end in (judge_events, judge_work, work, judge_control, control):
            end.close()
        job = {"folder": str(exercise.path), "code": code, "seconds": seconds, "output": limits.output}
        events.settimeout(4 * seconds + 60)
        last = _follow(events, job, on_case)
        if last.get("lost"):
            _hosts.drop("worker", limits.without)
        return last


def _follow(events: socket.socket, job: dict[str, Any], on_case: Callable[[CaseResult], None]) -> dict[str, Any]:
    """Sends the job and reads events up to the last."""
    stream = events.makefile("rwb")
    try:
        stream.write(json.dumps(job).encode() + b"\n")
        stream.flush()
        for line in stream:
            event = json.loads(line)
            if event["event"] == "end":
                return event
            on_case(CaseResult(**event["case"]))
    except OSError:
        pass
    raise _Lost
