# says: had to be stopped
import itertools


def double(x):
    return all(itertools.repeat(1))
