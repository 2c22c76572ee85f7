# named: stemming alone is not always best
def choose_way(ways, answers):
    return "stems"
