# says: raised EOFError
def double(x):
    return input("What is twice this? ") and x
