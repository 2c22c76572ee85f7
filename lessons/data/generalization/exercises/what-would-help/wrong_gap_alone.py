# named: a gap alone says little
def what_would_help(sizes, train, validation, noise):
    if validation[-1] <= 1.2 * noise:
        return "stop"
    return "rows" if validation[-1] > 1.3 * train[-1] else "columns"
