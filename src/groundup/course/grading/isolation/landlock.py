"""Landlock: from now on this process may read only what is listed and write only into its scratch folder.

See landlock(7). Rights that the running kernel does not know are left out; the number of its ABI says which it knows.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from groundup.course.grading.isolation.tree import PR_SET_NO_NEW_PRIVS, prctl

__all__ = ["abi", "available", "restrict"]

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on all architectures
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV = (1 << n for n in range(9, 16))
BIND_TCP, CONNECT_TCP = 1, 2
SCOPE_ABSTRACT_UNIX, SCOPE_SIGNAL = 1, 2

READ = READ_FILE | READ_DIR
SCRATCH = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


def abi() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(ASK_VERSION)), 0)


def available() -> tuple[bool, str]:
    """Whether Landlock is there, and what it covers."""
    version = abi()
    if not version:
        return False, "this system has no Landlock" if sys.platform != "linux" else "this kernel has no Landlock"
    net = "; no TCP" if version >= 4 else ""
    scope = "; no signals to others" if version >= 6 else ""
    return True, f"reads only Python and the library, writes only its scratch folder{net}{scope} (ABI {version})"


def restrict(readable: Iterable[Path], scratch: Path) -> None:
    """Restricts this process, for good.

    Parameters
    ----------
    readable : iterable of Path
        Files and folders that may be read; those that do not exist are passed over.
    scratch : Path
        The folder that may be written.
    """
    version = abi()
    handled = (1 << 13) - 1
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        handled |= right if version >= since else 0
    net = BIND_TCP | CONNECT_TCP if version >= 4 else 0
    scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, net, scoped)[: 8 if version < 4 else 16 if version < 6 else 24]
    libc = ctypes.CDLL(None, use_errno=True)
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "no Landlock rule set")
    try:
        for path in readable:
            _allow(libc, ruleset, path, READ & handled)
        _allow(libc, ruleset, Path("/dev/null"), (READ | WRITE_FILE) & handled)
        _allow(libc, ruleset, scratch, SCRATCH & handled)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        if libc.syscall(RESTRICT_SELF, ruleset, ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), "Landlock refused the rule set")
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        if libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), f"Landlock refused a rule for {path}")
    finally:
        os.close(descriptor)
