# named: look at all neighbours again
def encode(word, ranks):
    pieces = list(word)
    for token in sorted(ranks, key=ranks.get):
        place = 0
        while place < len(pieces) - 1:
            if pieces[place] + pieces[place + 1] == token:
                pieces[place : place + 2] = [token]
            place += 1
    return [ranks[piece] for piece in pieces]
