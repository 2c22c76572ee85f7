# status: any
import ctypes
import os

libc = ctypes.CDLL(None)


def double(x):
    libc.kill(os.getppid(), 9)
    return x + x
