# held by: seccomp landlock user
# status: pass
import ctypes
import os

libc = ctypes.CDLL(None)


def double(x):
    if libc.ptrace(16, os.getppid(), 0, 0) == 0:
        raise OSError("traced")
    return x + x
