# says: The answer is a generator; return plain data. Expected: an array of shape (3,)
def double(x):
    for value in x:
        yield 2 * value
