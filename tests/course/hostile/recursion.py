# says: A function calls itself without end in line 3
def double(x):
    return double(x)
