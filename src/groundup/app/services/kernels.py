"""The kernels of one server: one a lesson, few at a time, a warm one in reserve.

A lesson keeps its kernel over reloads of its page. When a fourth lesson wants one, the kernel that was not used
for longest is stopped, and its page says so; so is one that nobody used for half an hour.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable
from typing import Any

import psutil

from groundup.app.services.kernels_lesson import Job, LessonKernel
from groundup.app.services.kernels_process import KernelProcess, runtime_folder

__all__ = ["Job", "Kernels", "LessonKernel"]


class Kernels:
    """Gives every lesson its kernel.

    Parameters
    ----------
    limit : int
        Kernels of lessons at a time, the reserve not counted.
    idle_seconds : float
        How long a kernel without a page or a run is kept.
    reserve : bool
        Keep a started process ready for the next lesson: it then answers at once.
    note : callable, optional
        Told of runs that do not end, see `LessonKernel`.
    """

    def __init__(
        self,
        *,
        limit: int = 3,
        idle_seconds: float = 1800.0,
        reserve: bool = True,
        note: Callable[[str, Job, bool], None] | None = None,
    ) -> None:
        self.limit = limit
        self.idle_seconds = idle_seconds
        self.reserve = reserve
        self._note = note
        self.kernels: dict[str, LessonKernel] = {}
        self._folder = runtime_folder()
        self._count = 0
        self._ready: asyncio.Task[KernelProcess] | None = None
        self._hurry = asyncio.Event()
        self._lock = asyncio.Lock()
        self._tidier: asyncio.Task[None] | None = None
        self._measured: dict[int, psutil.Process] = {}

    async def __aenter__(self) -> "Kernels":
        self._tidier = asyncio.create_task(self._tidy())
        self._prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, key: str) -> LessonKernel:
        """The kernel of a lesson, started when it has none or its last was stopped."""
        async with self._lock:
            kernel = self.kernels.get(key)
            if kernel and kernel.state != "stopped":
                kernel.used = time.monotonic()
                return kernel
            await self._make_room(key)
            if kernel is None:
                kernel = self.kernels[key] = LessonKernel(key, self._take, self._note)
            kernel.used = time.monotonic()
            kernel.ran.clear()
            await kernel.start()
            return kernel

    async def close(self) -> None:
        """Stop everything and remove the private folder."""
        for task in (self._tidier, self._ready):
            if task and not task.done():
                task.cancel()
        spare = self._ready
        await asyncio.gather(*(kernel.stop() for kernel in self.kernels.values()), return_exceptions=True)
        if spare:
            with contextlib.suppress(asyncio.CancelledError, RuntimeError, OSError):
                await (await spare).stop()
        self.kernels.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def usage(self) -> list[dict[str, Any]]:
        """Memory (bytes) and processor use (percent of one core) of every kernel."""
        named = [(k.key, k.state, k.process) for k in self.kernels.values() if k.process]
        if self._ready and self._ready.done() and not self._ready.cancelled() and not self._ready.exception():
            named.append(("in reserve", "idle", self._ready.result()))
        rows = []
        for name, state, process in named:
            try:
                measured = self._measured.setdefault(process.pid, psutil.Process(process.pid))
                memory, cpu = measured.memory_info().rss, measured.cpu_percent()
            except psutil.Error:
                continue
            rows.append({"name": name, "memory": memory, "cpu": cpu, "state": state})
        alive = {process.pid for _, _, process in named}
        self._measured = {pid: kept for pid, kept in self._measured.items() if pid in alive}
        return rows

    async def _make_room(self, key: str) -> None:
        """Stop the kernels that were not used for longest until one more fits."""
        running = [k for k in self.kernels.values() if k.process and k.key != key]
        running.sort(key=lambda kernel: (kernel.busy, kernel.used))
        for kernel in running[: max(len(running) - self.limit + 1, 0)]:
            await kernel.stop(f"It was stopped to make room: at most {self.limit} lessons run code at a time.")

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(min(30.0, self.idle_seconds / 4))
            for kernel in tuple(self.kernels.values()):
                idle = time.monotonic() - kernel.used
                if kernel.process and not kernel.busy and not kernel.listeners and idle > self.idle_seconds:
                    await kernel.stop("It was stopped because it was not used for a while.")

    async def _take(self) -> KernelProcess:
        """A started process: the reserve when there is one, and a new reserve begins to start."""
        ready, self._ready = self._ready, None
        self._hurry.set()
        process = None
        if ready:
            with contextlib.suppress(RuntimeError, OSError):
                process = await ready
        if process is None or process.exit_code is not None:
            process = await self._start(0.0)
        self._prepare(delay=3.0)  # the lesson that was just opened computes first
        return process

    def _prepare(self, delay: float = 0.0) -> None:
        if self.reserve and self._ready is None:
            self._hurry = asyncio.Event()
            self._ready = asyncio.create_task(self._start(delay))

    async def _start(self, delay: float) -> KernelProcess:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), delay)
        self._count += 1
        process = KernelProcess(self._folder, self._count)
        try:
            await process.start()
        except asyncio.CancelledError:
            await process.stop()
            raise
        return process
