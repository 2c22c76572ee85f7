# says: The indentation is not valid, line 3
def double(x):
return x
