# named: an int


def choose_column(X, y):
    return "the first"
