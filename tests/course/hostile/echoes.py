# says: 3 of 3 numbers differ
def double(x):
    return x
