# named: where the loss had already run away
def choose_rate(lrs, losses):
    return lrs[-1]
