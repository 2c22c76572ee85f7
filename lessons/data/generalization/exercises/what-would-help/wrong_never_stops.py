# named: nothing to gain
def what_would_help(sizes, train, validation, noise):
    bias = (train[-1] + validation[-1]) / 2 - noise
    return "rows" if (validation[-1] - train[-1]) / 2 > bias else "columns"
