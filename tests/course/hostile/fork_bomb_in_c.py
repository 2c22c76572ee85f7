# says: still running
# says: had to be stopped
# says: too many processes
# seconds: 0.6
import ctypes

libc = ctypes.CDLL(None)


def double(x):
    while True:
        libc.fork()
