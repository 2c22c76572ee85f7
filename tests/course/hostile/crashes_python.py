# says: crashed Python in this case (SIGSEGV)
import ctypes


def double(x):
    return ctypes.string_at(0)
