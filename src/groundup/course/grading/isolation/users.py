"""As root, a worker becomes a user who owns nothing: limits on processes bind only users other than root."""

import ctypes
import os
import struct
import sys

from groundup.course.grading.isolation.tree import prctl

__all__ = ["FIRST", "available", "become", "worker_user"]

FIRST, COURSES = 65_000, 250  # below 65536, since a container may map no more
PR_SET_KEEPCAPS, CAP_DAC_READ_SEARCH, CAPABILITY_VERSION = 8, 2, 0x20080522


def available() -> tuple[bool, str]:
    """Whether workers get a user of their own, and why not."""
    if os.geteuid() != 0:
        return False, "only root can change the user; workers run as you"
    return True, f"workers run as users {FIRST} and up, who own nothing"


def worker_user(slot: int) -> int | None:
    """The user id that a worker takes when started as root; None for everybody else.

    One a place in the queue and a course, as far as ids go: workers of one user could signal each other, and would
    share one limit on processes.
    """
    return FIRST + 2 * (os.getpid() % COURSES) + slot if os.geteuid() == 0 else None


def become(user: int, *, read_all: bool) -> None:
    """Becomes `user`, for good.

    Parameters
    ----------
    user : int
    read_all : bool
        Keep the right to read what file modes forbid (CAP_DAC_READ_SEARCH): only where Landlock says afterwards what
        may be read at all. It is needed where Python lies in a folder that other users cannot enter.
    """
    if read_all and sys.platform == "linux":
        prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    if hasattr(os, "setresuid"):
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    else:  # macOS: as root, these set all ids
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        kept = 1 << CAP_DAC_READ_SEARCH if read_all else 0
        header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))
        data = ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.capset(header, data) != 0:
            raise OSError(ctypes.get_errno(), "capabilities could not be dropped")
