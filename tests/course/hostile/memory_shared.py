# says: more memory than it may
import mmap


def double(x):
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 10_000_000))
        kept[-1].write(b"x" * 10_000_000)
