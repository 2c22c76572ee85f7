# says: is not defined
# says: No such file
# says: cannot
# says: bad
# held by: bubblewrap landlock
import ctypes

libc = ctypes.CDLL(None)


def double(x):
    text = ctypes.create_string_buffer(100_000)
    file = libc.open(b"{EXERCISE}/grader.py", 0)
    if file < 0 or libc.read(file, text, 100_000) <= 0:
        raise OSError("bad luck")
    return x + x
