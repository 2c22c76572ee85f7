# named: errors have units
def what_would_help(sizes, train, validation, noise):
    if validation[-1] <= 1.2 * noise:
        return "stop"
    return "columns" if validation[-1] > 2 else "rows"
