# named: subtract the noise
def what_would_help(sizes, train, validation, noise):
    if validation[-1] <= 1.2 * noise:
        return "stop"
    gap = (validation[-1] - train[-1]) / 2
    return "rows" if gap > (validation[-1] + train[-1]) / 2 else "columns"
