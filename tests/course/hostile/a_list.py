# says: must be an array of shape (3,); a list of 3 came
def double(x):
    return (x + x).tolist()
