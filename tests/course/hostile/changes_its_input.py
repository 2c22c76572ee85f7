# says: changed its input `x`, line 3 (`x *= 2`)
def double(x):
    x *= 2
    return x
