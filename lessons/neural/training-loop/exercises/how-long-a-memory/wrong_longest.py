# named: a longer memory is not always better
def choose_decay(path, X, y, X_train, y_train, decays):
    return max(decays)
