# named: with which nothing happens
def choose_rate(lrs, losses):
    return lrs[0]
