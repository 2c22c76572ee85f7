# says: The shape is (1, 3), expected (3,)
def double(x):
    return (x + x)[None]
