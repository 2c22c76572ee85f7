# named: the best is about
def choose_rate(lrs, losses):
    return 0.01
