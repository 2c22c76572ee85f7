# held by: seccomp landlock bubblewrap
# status: any
import ctypes
import struct

libc = ctypes.CDLL(None)


def double(x):
    s = libc.socket(2, 1, 0)
    libc.connect(s, struct.pack("=H", 2) + struct.pack(">H4B8x", {PORT}, 127, 0, 0, 1), 16)
    libc.send(s, b"secret", 6, 0)
    return x + x
