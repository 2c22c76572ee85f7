# says: calls itself without end
# says: crashed Python
# says: more memory than it may
import sys

sys.setrecursionlimit(10**9)


def double(x):
    return double(double(x))
