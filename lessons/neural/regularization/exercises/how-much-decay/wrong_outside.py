# named: is expected
def choose_decay(X, y, decays):
    return 1 / len(X)
