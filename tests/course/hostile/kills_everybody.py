# held by: seccomp landlock user
# status: any
import ctypes

libc = ctypes.CDLL(None)


def double(x):
    libc.kill(-1, 9)
    return x + x
