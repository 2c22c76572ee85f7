# says: Line 2 (`import nunpy`) raised ModuleNotFoundError
import nunpy


def double(x):
    return x + x
