# says: None came back, expected an array of shape (3,); is a `return` missing?
def double(x):
    x + x
