"""Saying what is going on: named steps with their time, and failures in one sentence."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

__all__ = ["Step", "Stop", "explain", "run"]


class Stop(Exception):
    """The end of a command: what happened, and the one thing to do.

    Parameters
    ----------
    what : str
    do : str
        Empty when `what` says it all.
    """

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what}.\n{do}, then run the same command again." if do else what)
        self.what = what


class Step:
    """A line on the terminal: its number, what is done, how far it is, and in the end how long it took."""

    def __init__(self, number: int, total: int, what: str, out=None) -> None:
        self.label = f"[{number}/{total}] {what}"
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self.note = ""
        self._done = threading.Event()

    def __enter__(self) -> "Step":
        self.start = time.monotonic()
        if self.live:
            threading.Thread(target=self._repaint, daemon=True).start()
        else:
            print(f"{self.label} ...", file=self.out, flush=True)
        return self

    def _repaint(self) -> None:
        while not self._done.wait(0.5):
            text = f"{self.label} ... {self._elapsed()}  {self.note}"
            print(f"\r\033[2K{text[:110]}", end="", file=self.out, flush=True)

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self.start:.0f} s"

    def __exit__(self, kind, *_) -> None:
        self._done.set()
        ending = "stopped" if kind else "done"
        before = f"\r\033[2K{self.label}:" if self.live else "     "
        print(f"{before} {ending} after {self._elapsed()}", file=self.out, flush=True)


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run a command quietly; everything it says goes to `log`, its last lines come back with the exit code."""
    tail: deque[str] = deque(maxlen=60)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as kept:
        kept.write("$ " + " ".join(map(str, command)) + "\n")
        child = Popen(command, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", cwd=cwd, env=env)
        try:
            assert child.stdout is not None
            for line in child.stdout:
                kept.write(line)
                tail.append(line)
                if on_line:
                    on_line(line.rstrip())
            return child.wait(), "".join(tail)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Read timed out",
    "ProxyError",
    "ConnectionResetError",
    "Connection refused",
    "Max retries exceeded",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "dns error",
    "error sending request",
)
FAULTS = [  # signs in a tool's output, what they mean, what to do
    (
        ("No space left on device", "ENOSPC", "Disk quota exceeded"),
        "the disk is full ({free:.1f} GB are free at {root})",
        "Make room",
    ),
    (
        ("DO NOT MATCH THE HASHES", "EINTEGRITY"),
        "a downloaded package differs from the pinned one, so it was not installed",
        "Use a package source that is not altered",
    ),
    (
        UNREACHABLE,
        "the package source cannot be reached",
        "Connect this machine to the network, or name your mirror in PIP_INDEX_URL",
    ),
    (("Permission denied", "EACCES"), "a file cannot be written", "Make {root} writable for you"),
    (
        ("No matching distribution found", "Could not find a version"),
        "the package source in use does not have a pinned package for this machine",
        "Use another source (PIP_INDEX_URL)",
    ),
]


def explain(output: str, root: Path, free_gb: float) -> tuple[str, str] | None:
    """What a failed command's output means and the one thing to do, or None when it is not known."""
    for signs, what, do in FAULTS:
        if any(sign in output for sign in signs):
            return what.format(root=root, free=free_gb), do.format(root=root)
    return None
