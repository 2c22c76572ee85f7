"""The judge's end of the connection with a worker: requests, answers, printed text and the keeper's verdict."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

from groundup.course.grading import values

__all__ = ["PATIENCE", "Gone", "Link", "Slow", "at_most"]

START_SECONDS = 30.0
PATIENCE = 10.0  # seconds to look at one answer
GRACE = 1.0  # seconds after the worker's own clock until it is killed


class Gone(Exception):
    """The worker is no more; `verdict` says why: {"why": …, "code": …, "signal": …}."""

    def __init__(self, verdict: dict[str, Any]) -> None:
        super().__init__(verdict.get("why"))
        self.verdict = verdict


class Slow(BaseException):
    """What came back takes too long to look at. Not an Exception, so that no grader's own clause stops it."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises Slow in the block when it takes longer: an answer may be made to be slow to read, show or compare."""

    def stop(*_: Any) -> None:
        raise Slow

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Link:
    """Talks with one worker.

    Parameters
    ----------
    work : socket
        Frames of `values` in both directions.
    output : int
        Read end of the pipe that the worker prints into.
    control : socket
        The keeper's: one byte asks it to kill, one JSON line is its verdict.
    keep : int
        Characters of printed text kept a request.
    """

    def __init__(self, work: socket.socket, output: int, control: socket.socket, keep: int) -> None:
        self.work, self.output, self.control, self.keep = work, output, control, keep
        os.set_blocking(output, False)
        self.printed = bytearray()
        self.dropped = 0
        self.verdict: dict[str, Any] | None = None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Sends a request and returns the answer, a dict.

        Raises
        ------
        Gone
            When the worker ended, or was ended because `seconds` were over or its answer broke the rules.
        """
        try:
            self.work.settimeout(seconds + GRACE)
            values.send(self.work, {**request, "seconds": seconds})
        except TimeoutError:
            raise Gone(self._kill("time")) from None
        except OSError:
            raise Gone(self._verdict()) from None
        return self._answer(time.monotonic() + seconds + GRACE)

    def wait_ready(self) -> None:
        """Returns once the worker has put on its layers and waits for work; Gone when it could not."""
        if self._answer(time.monotonic() + START_SECONDS)["op"] != "ready":
            raise Gone(self._kill("garbled"))

    def _answer(self, deadline: float) -> dict[str, Any]:
        try:
            frame = self._frame(deadline)
        except TimeoutError:
            raise Gone(self._kill("time")) from None
        except (EOFError, OSError):
            raise Gone(self._verdict()) from None
        self._drain()
        try:
            with at_most(PATIENCE):
                answer = values.open_frame(frame)
        except (values.Refused, Slow):
            raise Gone(self._kill("garbled")) from None
        if not (isinstance(answer, dict) and isinstance(answer.get("op"), str)):
            raise Gone(self._kill("garbled"))
        return answer

    def _frame(self, deadline: float) -> bytes:
        data, need = bytearray(), values.FRAME.size
        while len(data) < need:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready, _, _ = select.select([self.work, self.output], [], [], left)
            if self.output in ready and self._drain() and self.work not in ready:
                continue
            if self.work in ready:
                part = self.work.recv(min(need - len(data), 2**20))
                if not part:
                    raise EOFError
                data += part
                if not data.startswith(values.MAGIC[: len(data)]):
                    raise Gone(self._kill("garbled"))
                if need == values.FRAME.size == len(data):
                    need += self._size(bytes(data))
            elif self.output in ready:  # the pipe is closed, so the worker's output ended: wait for its answer alone
                select.select([self.work], [], [], left)
        return bytes(data)

    def _size(self, head: bytes) -> int:
        magic, header, body = values.FRAME.unpack(head)
        if magic != values.MAGIC or header > values.MAX_HEADER or body > values.MAX_BYTES:
            raise Gone(self._kill("garbled"))
        return header + body

    def _drain(self) -> bool:
        """Takes what was printed; False at the end of the pipe."""
        while True:
            try:
                part = os.read(self.output, 2**16)
            except BlockingIOError:
                return True
            if not part:
                return False
            room = max(self.keep - len(self.printed), 0)
            self.printed += part[:room]
            self.dropped += len(part) - len(part[:room])
            if len(part) < 2**12:
                return True

    def text(self) -> str:
        """What was printed since the last call, cut with a note."""
        self._drain()
        text = self.printed.decode(errors="replace")
        if self.dropped:
            text += f"\n… cut here: {self.dropped:,} more bytes were printed."
        self.printed, self.dropped = bytearray(), 0
        return text

    def _kill(self, why: str) -> dict[str, Any]:
        with contextlib.suppress(OSError):
            self.control.sendall(b"k")
        return {**self._verdict(), "why": why}

    def close(self) -> None:
        """Ends the worker, and returns when nothing is left of it."""
        self._kill("asked")

    @property
    def lost(self) -> bool:
        """Whether the keeper itself was ended, so that something of the worker may be left."""
        return self._verdict().get("why") == "lost"

    def _verdict(self) -> dict[str, Any]:
        """The keeper's word on how the worker ended; it comes once everything of it is gone."""
        if self.verdict is None:
            self.verdict = self._read_verdict()
        return self.verdict

    def _read_verdict(self) -> dict[str, Any]:
        line = b""
        self.control.settimeout(10)
        try:
            while not line.endswith(b"\n"):
                part = self.control.recv(4096)
                if not part:
                    break
                line += part
            self._drain()
            return json.loads(line)
        except (OSError, ValueError):
            return {"why": "lost"}
