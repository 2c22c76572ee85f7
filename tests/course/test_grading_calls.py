"""The system call filter alone, from C: what it refuses to whoever runs as the same user as the course."""

import subprocess
import sys
import textwrap

import pytest

from groundup.course.grading.isolation import seccomp

BEFORE = """
    import ctypes, errno, os, subprocess, sys
    from groundup.course.grading.isolation import seccomp
    libc = ctypes.CDLL(None, use_errno=True)
    other = subprocess.Popen(["sleep", "5"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = sys.argv[1].encode()
    pair = (ctypes.c_int * 2)()
    number = ctypes.c_int(other.pid)
    zero, one = ctypes.byref(ctypes.c_int(0)), ctypes.byref(ctypes.c_ulong(1))
    open_file = os.open(file, os.O_RDONLY)
    ready, _ = os.pipe()

    def tried(function, *arguments):
        ctypes.set_errno(0)
        return ctypes.get_errno() if getattr(libc, function)(*arguments) < 0 else 0

    def trials():
        own = os.getpid()
        yield errno.EPERM, "chmod", file, 0o777
        yield errno.EPERM, "fchmod", open_file, 0o777
        yield errno.EPERM, "fchmodat", -100, file, 0o777, 0
        yield errno.EPERM, "chown", file, os.getuid(), os.getgid()
        yield errno.EPERM, "utimensat", -100, file, None, 0
        yield errno.EPERM, "setxattr", file, b"user.name", b"value", 5, 0
        yield errno.EPERM, "socketpair", 1, 2, 0, pair  # a datagram socket sends to any path
        yield errno.EPERM, "socketpair", 1, 2 | 0o2000000, 0, pair
        yield errno.EPERM, "fcntl", ready, 8, other.pid  # F_SETOWN and F_SETSIG: a signal by way of a descriptor
        yield errno.EPERM, "fcntl", ready, 10, 9
        yield errno.EPERM, "fcntl", ready, 15, ctypes.byref((ctypes.c_int * 2)(1, other.pid))
        yield errno.EPERM, "ioctl", ready, 0x8901, ctypes.byref(number)
        yield errno.EPERM, "setpriority", 0, other.pid, 19
        yield errno.EPERM, "sched_setscheduler", other.pid, 5, zero
        yield errno.EPERM, "sched_setaffinity", other.pid, 8, one
        yield errno.EPERM, "kill", other.pid, 9
        yield errno.ENOSYS, "syscall", 463, -100, file, 0, b"user.name", None, 0  # setxattrat: newer than the filter
        yield 0, "socketpair", 1, 1, 0, pair
        yield 0, "fcntl", ready, 3
        yield 0, "sched_getaffinity", 0, 8, one
        yield 0, "kill", own, 0
"""
AFTER = """
    if "free" not in sys.argv:
        seccomp.install()
    for wanted, function, *arguments in trials():
        came = tried(function, *arguments)
        if came != wanted:
            print(function, arguments[1:3], errno.errorcode.get(came, came), flush=True)
    print("end", flush=True)
    os._exit(0)  # the other process ends by itself: nothing here may signal it
"""


def surprises(file, *more: str) -> list[str]:
    code = textwrap.dedent(BEFORE) + textwrap.dedent(AFTER)
    run = subprocess.run([sys.executable, "-c", code, str(file), *more], capture_output=True, text=True)
    *said, end = run.stdout.splitlines() or [""]
    assert end == "end", run.stderr
    return said


@pytest.mark.skipif(not seccomp.available()[0], reason="no system call filter here")
def test_the_filter_refuses_what_reaches_other_files_and_processes(tmp_path):
    file = tmp_path / "file"
    file.touch(0o600)
    assert surprises(file) == []
    assert file.stat().st_mode & 0o777 == 0o600
    # Without it each of them works, or is refused for another reason: the trials are real ones.
    assert len(surprises(file, "free")) >= 14
