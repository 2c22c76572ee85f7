"""A trip wire inside Python: what the sandbox forbids is told in words, with the learner's line.

It is no wall (native code passes under it); the kernel's layers are. Where a system lacks those, this one still
stops what happens by accident or by curiosity.
"""

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["Blocked", "install"]

NETWORK = {"socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"}
PROCESSES = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
}
SIGNALS = {"os.kill", "os.killpg", "signal.pthread_kill"}
CHANGES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move",
}  # fmt: skip
LISTS = {"os.listdir", "os.scandir"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Blocked(PermissionError):
    """What was refused, as the rest of a sentence: "opened a network connection"."""


def install(scratch: Path, hidden: list[Path]) -> None:
    """Sets the trip wire in this process, for good."""
    own, secret = os.path.realpath(scratch) + os.sep, tuple(str(path) + os.sep for path in hidden)
    told = NETWORK | PROCESSES | SIGNALS | CHANGES | LISTS | {"open"}

    def outside(path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        real = os.path.realpath(os.fsdecode(path))
        return not (real + os.sep).startswith(own) and real != os.devnull

    def secretive(path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        text = os.path.abspath(os.fsdecode(path)) + os.sep
        return text.startswith(secret) or (os.path.realpath(text) + os.sep).startswith(secret)

    def hook(event: str, args: tuple) -> None:
        if event not in told:
            return
        if event == "open":
            path, mode, flags = args
            if isinstance(path, int):
                return
            if (flags or 0) & WRITING or (mode and set(str(mode)) & set("wax+")):
                if outside(path):
                    raise Blocked(f"opened {path!r} for writing")
            elif secretive(path):
                raise Blocked("looked into the course's solutions")
        elif event in LISTS:
            if secretive(args[0]):
                raise Blocked("looked into the course's solutions")
        elif event in NETWORK:
            raise Blocked("opened a network connection")
        elif event in PROCESSES:
            raise Blocked("started another process")
        elif event in SIGNALS:
            raise Blocked("sent a signal to a process")
        elif any(outside(path) for path in args[:2] if isinstance(path, str | bytes | os.PathLike)):
            raise Blocked("changed files outside its own folder")

    sys.addaudithook(hook)
