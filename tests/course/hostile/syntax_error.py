# says: This is not valid Python, line 3: `return x +`
def double(x):
    return x +
