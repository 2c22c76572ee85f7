# named: the best that can be believed is model
def best_model(surprises, characters):
    return 0
