"""Texts cut by several tokenizers, in a process of their own: the app itself loads no compiled kernels."""

import asyncio
import contextlib
import json
import os
import sys
from typing import Any

from groundup import paths

__all__ = ["LIMIT", "TokenHelper"]

LIMIT = 100_000  # characters of a text
SECONDS = 240.0  # the first answer may have to wait for compilation and training
IDLE_SECONDS = 600.0
LARGEST = 64 * 2**20  # bytes of an answer


class TokenHelper:
    """Starts the process when it is first asked, ends it when nobody has asked for ten minutes."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def cut(self, text: str) -> dict[str, Any]:
        """What every tokenizer makes of the text; see `tokens_child.row`.

        Raises
        ------
        ValueError
            If the text is longer than LIMIT.
        RuntimeError
            If the process fails or takes too long; the next call starts another.
        """
        if len(text) > LIMIT:
            raise ValueError(f"the text has {len(text)} characters; at most {LIMIT} are cut")
        async with self._lock:
            if self._idle:
                self._idle.cancel()
            try:
                answer = await asyncio.wait_for(self._ask(text), SECONDS)
            except BaseException as fault:
                await self._end()
                if isinstance(fault, TimeoutError):
                    raise RuntimeError(f"the tokenizers took over {SECONDS:.0f} seconds and were stopped") from None
                if isinstance(fault, (OSError, ValueError)):
                    raise RuntimeError("the tokenizers' process ended without an answer") from fault
                raise
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._leave)
        if "error" in answer:
            raise RuntimeError(f"the tokenizers could not be prepared: {answer['error']}")
        return answer

    async def close(self) -> None:
        """End the process."""
        if self._idle:
            self._idle.cancel()
        async with self._lock:
            await self._end()

    async def _ask(self, text: str) -> dict[str, Any]:
        if self._process is None or self._process.returncode is not None:
            self._process = await _start()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps({"text": text}).encode() + b"\n")
        await stdin.drain()
        line = await stdout.readline()
        return json.loads(line)  # of an empty line: a ValueError

    def _leave(self) -> None:
        if not self._lock.locked() and self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _start() -> asyncio.subprocess.Process:
    environment = dict(os.environ)
    source = str(paths.PACKAGE.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [source, environment.get("PYTHONPATH", "")]))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundup.app.services.tokens_child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        limit=LARGEST,
    )
