# says: `double` is not defined, but `dobule` is
def dobule(x):
    return x + x
