# says: Line 4 (`raise ValueError("only vectors")`) raised ValueError: only vectors
def double(x):
    if x.ndim > 1:
        raise ValueError("only vectors")
    return x + x
