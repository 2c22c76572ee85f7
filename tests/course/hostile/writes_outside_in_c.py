# held by: bubblewrap landlock
# status: any
import ctypes

libc = ctypes.CDLL(None)


def double(x):
    libc.unlink(b"{CANARY}/kept.txt")
    libc.creat(b"{CANARY}/new.txt", 0o644)
    return x + x
