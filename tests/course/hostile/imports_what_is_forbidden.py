# says: Line 2 uses statistics: this exercise asks you to do without it
import statistics


def double(x):
    return x + x
