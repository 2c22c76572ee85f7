# named: most different words are not the aim
def choose_way(ways, answers):
    return max(ways, key=lambda name: len({w for words in ways[name]["documents"] for w in words}))
