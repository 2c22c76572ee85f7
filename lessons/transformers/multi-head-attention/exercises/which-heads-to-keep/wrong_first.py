# named: on new data
def choose_heads(losses, k):
    return list(range(k))
