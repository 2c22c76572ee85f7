# says: takes 0 positional arguments
# says: unexpected keyword argument 'x'
def double(y):
    return y + y
