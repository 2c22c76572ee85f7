"""The kernel of one lesson: a queue of cells, what each has shown, and the pages that watch.

Runs belong to the kernel, not to a page: a page that is reloaded while a cell runs is sent everything that
happened and goes on from there.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from groundup.app.services.kernels_names import dependents, with_value
from groundup.app.services.kernels_outputs import Event, Shown
from groundup.app.services.kernels_process import KernelProcess, Message

__all__ = ["Job", "LessonKernel", "Listener"]

Listener = Callable[[Event], None]
POLL_SECONDS = 0.4
STOP_AGAIN_SECONDS = 0.8
LATE_OUTPUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """A cell to run.

    Attributes
    ----------
    name, source : str
        The cell as it stands in the page.
    values : mapping of str to float
        What its sliders say, in place of what the source assigns.
    raises : str
        The error that the lesson means it to end with.
    tag : str
        Echoed to the page.
    """

    name: str
    source: str
    raises: str = ""
    tag: str = ""
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """What is executed: the source, with the sliders' values where it assigns them."""
        written = self.source.lstrip("\n")
        # IPython drops leading empty lines, and its line numbers would no longer be the page's.
        code = "#\n" * (len(self.source) - len(written)) + written
        for name, value in self.values.items():
            with contextlib.suppress(ValueError, SyntaxError):  # an edited cell may no longer have the assignment
                code = with_value(code, name, value)
        return code


@dataclass(slots=True)
class Ran:
    """The last run of a cell."""

    job: Job
    shown: Shown
    state: str = "running"  # running, fresh, failed, stopped, dead
    seconds: float = 0.0
    began: float = 0.0


class LessonKernel:
    """Runs the cells of one lesson, one after the other.

    Parameters
    ----------
    key : str
        The lesson's id.
    spawn : coroutine function
        Gives a started `KernelProcess`.
    note : callable, optional
        Told ``(key, job, True)`` when a run takes a moment, is stopped or takes the process along, and
        ``(key, job, False)`` when one came to its end: what never ended should not be run again by itself.
    """

    def __init__(
        self,
        key: str,
        spawn: Callable[[], Awaitable[KernelProcess]],
        note: Callable[[str, Job, bool], None] | None = None,
    ) -> None:
        self.key = key
        self.state = "starting"  # starting, idle, busy, dead, stopped
        self.reason = ""
        self.nonce = ""
        self.used = time.monotonic()
        self.process: KernelProcess | None = None
        self.ran: dict[str, Ran] = {}
        self.listeners: list[Listener] = []
        self._spawn = spawn
        self._note = note or (lambda *_: None)
        self._queue: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._message_id = ""
        self._idle = asyncio.Event()
        self._current: Ran | None = None
        self._stop_asked = 0.0  # when, on the monotonic clock; 0 when the run is not to be stopped
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take a process and begin to work the queue."""
        self._set_state("starting")
        try:
            self.process = await self._spawn()
        except (RuntimeError, OSError) as error:
            self._set_state("dead", f"It did not start. {error}")
            return
        self.process.listen(self._heard)
        self._set_state("idle")
        self._worker = asyncio.create_task(self._work())

    async def stop(self, reason: str = "", state: str = "stopped") -> None:
        """End the process; pages that watch are told why."""
        self._drop_queue()
        if self._worker:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None
        if self._current:
            self._note(self.key, self._current.job, True)
            self._current.state, self._current = "dead", None
        if self.process:
            await self.process.stop()
            self.process = None
        self._set_state(state, reason)

    async def restart(self) -> None:
        """A new process; every name and output is gone."""
        await self.stop(state="starting")
        self.ran.clear()
        self._tell({"type": "forgotten"})
        await self.start()

    def interrupt(self) -> None:
        """Stop the cell that runs and forget those that wait."""
        self._drop_queue()
        if self.process and self._current:
            self._stop_asked = time.monotonic()
            self.process.interrupt()

    def run(self, jobs: Sequence[Job]) -> None:
        """Put cells into the queue. One that waits keeps its place and takes the new source; the others go first."""
        self.used = time.monotonic()
        front: list[Job] = []
        for job in jobs:
            waiting = next((i for i, other in enumerate(self._queue) if other.name == job.name), None)
            if waiting is None:
                front.append(job)
            else:
                self._drop(self._queue[waiting], job)
                self._queue[waiting] = job
            self._tell({"type": "cell", "name": job.name, "state": "queued", "tag": job.tag})
        self._queue.extendleft(reversed(front))
        self._wake.set()

    def following(self, page: Sequence[Job], name: str) -> list[Job]:
        """The cells after ``name`` that depend on it and have been run, or wait to be."""
        after = set(dependents([(job.name, job.source) for job in page], name))
        seen = self.ran.keys() | {job.name for job in self._queue}
        return [job for job in page if job.name in after and job.name in seen]

    async def complete(self, code: str, position: int) -> Message | None:
        """Completions from the kernel; None while it is busy or gone."""
        if not self.process or self.state != "idle":
            return None
        return await self.process.complete(code, position)

    def snapshot(self) -> list[Event]:
        """Messages that bring a page that just opened up to date."""
        events: list[Event] = [{"type": "kernel", "state": self.state, "reason": self.reason}]
        for name, ran in self.ran.items():
            events.append({
                "type": "shown", "name": name, "source": ran.job.source, "state": ran.state, "html": ran.shown.html(),
                "seconds": ran.seconds, "line": ran.shown.error_line,
            })  # fmt: skip
        events += [{"type": "cell", "name": job.name, "state": "queued", "tag": job.tag} for job in self._queue]
        return events

    @property
    def busy(self) -> bool:
        """Whether a cell runs or waits."""
        return bool(self._current or self._queue)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)

    def _set_state(self, state: str, reason: str = "") -> None:
        self.state, self.reason = state, reason
        self._tell({"type": "kernel", "state": state, "reason": reason})

    def _drop_queue(self) -> None:
        while self._queue:
            job = self._queue.popleft()
            self._drop(job)

    def _drop(self, job: Job, instead: Job | None = None) -> None:
        if instead is None or instead.tag != job.tag:
            self._tell({"type": "cell", "name": job.name, "state": "dropped", "tag": job.tag})

    async def _work(self) -> None:
        while True:
            while not self._queue:
                self._wake.clear()
                watch = asyncio.create_task(self._wake.wait())
                await asyncio.wait([watch], timeout=POLL_SECONDS)
                watch.cancel()
                if self._died():
                    return
            self._set_state("busy")
            await self._run_one(self._queue.popleft())
            if self._died():
                return
            if not self._queue:
                self._set_state("idle")

    async def _run_one(self, job: Job) -> None:
        assert self.process is not None
        ran = self._current = Ran(job, Shown(self.nonce), began=time.monotonic())
        self.ran.pop(job.name, None)
        self.ran[job.name] = ran
        self._tell({"type": "cell", "name": job.name, "state": "running", "tag": job.tag})
        self._idle.clear()
        self._message_id, reply = self.process.execute(job.code)
        noted, self._stop_asked = False, 0.0
        while not reply.done():
            await asyncio.wait([reply], timeout=POLL_SECONDS)
            if self.process.exit_code is not None:
                break
            if not reply.done() and not noted:
                noted = True
                self._note(self.key, job, True)
            if not reply.done() and self._stop_asked and time.monotonic() - self._stop_asked > STOP_AGAIN_SECONDS:
                self.interrupt()  # the first came before the code began to run, and was lost
        if reply.done():  # outputs come on another socket and may arrive after the answer
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), LATE_OUTPUT_SECONDS)
        self._finish(ran, reply)

    def _finish(self, ran: Ran, reply: "asyncio.Future[Message]") -> None:
        job = ran.job
        self._current, self._message_id = None, ""
        ran.seconds = time.monotonic() - ran.began
        self.used = time.monotonic()
        content = reply.result()["content"] if reply.done() and not reply.cancelled() else {"status": "dead"}
        failed = content["status"] != "ok"
        meant = bool(job.raises) and content.get("ename") == job.raises
        if job.raises and not failed:
            said = f'<p class="output-note">This cell was meant to end with {job.raises}, and did not.</p>'
            for event in ran.shown.note(said):
                self._tell({**event, "name": job.name})
        if content["status"] == "dead":
            ran.state = "dead"
        elif failed and not meant:
            ran.state = "stopped" if content.get("ename") == "KeyboardInterrupt" else "failed"
        else:
            ran.state = "fresh"
        self._note(self.key, job, ran.state in ("dead", "stopped"))
        self._tell({
            "type": "done", "name": job.name, "state": ran.state, "seconds": ran.seconds, "tag": job.tag,
            "source": job.source, "line": ran.shown.error_line, "outputs": len(ran.shown.html()),
        })  # fmt: skip
        if ran.state in ("failed", "stopped"):
            self._drop_queue()

    def _died(self) -> bool:
        code = self.process.exit_code if self.process else None
        if code is None:
            return False
        self._drop_queue()
        self._set_state("dead", _why(code))
        return True

    def _heard(self, message: Message) -> None:
        if not self._current or message["parent_header"].get("msg_id") != self._message_id:
            return
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                self._idle.set()
            return
        for event in self._current.shown.take(kind, content):
            self._tell({**event, "name": self._current.job.name})


def _why(code: int) -> str:
    """What an exit code means to a person."""
    if code == -9:
        return "It was killed, most likely because the machine ran out of memory."
    if code < 0:
        return f"It crashed (signal {-code})."
    return f"The code ended the Python process (exit code {code})."
