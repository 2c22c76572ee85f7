# named: the fewest different words are not the aim
def choose_way(ways, answers):
    return min(ways, key=lambda name: len({w for words in ways[name]["documents"] for w in words}))
