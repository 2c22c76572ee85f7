"""One kernel process: started over Unix sockets in a private folder, asked to execute, told to end."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from groundup.course.execute import KERNEL_ARGUMENTS, kernel_environment

__all__ = ["KernelProcess", "runtime_folder"]

CHILD = "groundup.app.services.kernels_child"
START_SECONDS = 30.0
MAX_SOCKET_PATH = 107  # bytes, what the kernel of Linux allows
FOLDER_PREFIX = "groundup-k"

Message = Mapping[str, Any]


class _OurSpec(KernelSpecManager):
    """Knows one kernel, ours, whatever kernels are installed on the machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", CHILD, "-f", "{connection_file}"]
        argv += [*KERNEL_ARGUMENTS, "--IPKernelApp.log_level=50"]
        argv += ["--Completer.use_jedi=False"]  # what names hold is known: no need to analyse, which takes seconds
        return KernelSpec(argv=argv, display_name=kernel_name, language="python", interrupt_mode="signal")


def runtime_folder() -> Path:
    """A new folder that only this user can enter, with a path short enough for sockets; old ones are removed."""
    places = [Path(place) for place in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp") if place]
    for place in places:
        room = MAX_SOCKET_PATH - len(os.fsencode(place)) - len("/groundup-k1234567-abcdefgh/1234-ipc-1")
        if room >= 0 and os.access(place, os.W_OK):
            _remove_abandoned(place)
            return Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=place))
    raise OSError(
        f"no folder for the kernels' sockets: {', '.join(map(str, places))} cannot be written, or are too long"
    )


def _remove_abandoned(place: Path) -> None:
    """Remove the folders of servers that were killed before they could tidy up."""
    for folder in place.glob(f"{FOLDER_PREFIX}*-*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).split("-")[0]
        try:
            if pid.isdigit() and not psutil.pid_exists(int(pid)) and folder.stat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def limited_threads() -> dict[str, str]:
    """Thread counts of numerical libraries, so that a lesson leaves the machine usable."""
    threads = str(min(os.cpu_count() or 1, 4))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {name: os.environ.get(name, threads) for name in names}


class KernelProcess:
    """A running kernel.

    Parameters
    ----------
    folder : Path
        The private folder of the sockets.
    number : int
        Distinguishes the kernels of one server.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.number = number
        self.manager = AsyncKernelManager(
            kernel_spec_manager=_OurSpec(),
            transport="ipc",
            connection_file=str(folder / f"{number}.json"),
            shutdown_wait_time=1.0,
        )
        self.client: Any = None
        self.pid = 0
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._pumps: list[asyncio.Task[None]] = []
        self._on_iopub: Callable[[Message], None] | None = None
        self._log = folder / f"{number}.log"

    async def start(self) -> None:
        """Start the process and wait until it answers.

        Raises
        ------
        RuntimeError
            When it ends or stays silent; the message quotes what it wrote.
        """
        work = self.folder / f"work{self.number}"
        work.mkdir(exist_ok=True)
        environment = kernel_environment(self.folder) | limited_threads()
        with self._log.open("wb") as log:
            await self.manager.start_kernel(
                env=environment, cwd=str(work), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.pid = self._popen.pid
        self.client = self.manager.client()
        self.client.start_channels(stdin=False, hb=False)
        try:
            await self.client.wait_for_ready(timeout=START_SECONDS)
        except RuntimeError as error:
            written = self._log.read_text(errors="replace")[-2000:]
            await self.stop()
            raise RuntimeError(f"the kernel did not start: {error}\n{written}") from None
        self._pumps = [asyncio.create_task(self._pump_shell()), asyncio.create_task(self._pump_iopub())]

    @property
    def _popen(self) -> subprocess.Popen[bytes]:
        provisioner: Any = self.manager.provisioner
        return provisioner.process

    @property
    def exit_code(self) -> int | None:
        """None while the process runs; minus the signal's number when it was killed."""
        provisioner: Any = self.manager.provisioner
        process = provisioner.process if provisioner else None
        return process.poll() if process else -signal.SIGKILL

    def listen(self, handler: Callable[[Message], None] | None) -> None:
        """Give every message about outputs and state to ``handler``."""
        self._on_iopub = handler

    def execute(self, code: str) -> tuple[str, asyncio.Future[Message]]:
        """Send code; returns the message's id and its answer to come."""
        return self._asked(self.client.execute(code, allow_stdin=False, stop_on_error=False))

    async def complete(self, code: str, position: int, timeout: float = 2.0) -> Message | None:
        """Completions at a position in code points, or None when the kernel is busy."""
        identity, reply = self._asked(self.client.complete(code, position))
        try:
            return (await asyncio.wait_for(reply, timeout))["content"]
        except TimeoutError:
            self._replies.pop(identity, None)
            return None

    def _asked(self, identity: str) -> tuple[str, asyncio.Future[Message]]:
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[identity] = reply
        return identity, reply

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the code that runs, and stop what it started."""
        if self.exit_code is None:
            os.killpg(os.getpgid(self.pid), signal.SIGINT)

    async def stop(self) -> None:
        """End the process at once; it holds nothing that has to be saved."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for reply in self._replies.values():
            reply.cancel()
        self._replies.clear()
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)
        shutil.rmtree(self.folder / f"work{self.number}", ignore_errors=True)
        self._log.unlink(missing_ok=True)

    async def _pump_shell(self) -> None:
        while True:
            message = await self.client.shell_channel.get_msg()
            reply = self._replies.pop(message["parent_header"].get("msg_id", ""), None)
            if reply and not reply.done():
                reply.set_result(message)

    async def _pump_iopub(self) -> None:
        while True:
            message = await self.client.iopub_channel.get_msg()
            if self._on_iopub:
                self._on_iopub(message)
