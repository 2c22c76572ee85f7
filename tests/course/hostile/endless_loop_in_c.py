# says: had to be stopped
# seconds: 0.6
import itertools


def double(x):
    return all(itertools.repeat(1))
