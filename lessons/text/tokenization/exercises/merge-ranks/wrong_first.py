# named: not the first pair that is a token
def encode(word, ranks):
    pieces = list(word)
    place = 0
    while place < len(pieces) - 1:
        if pieces[place] + pieces[place + 1] in ranks:
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
            place = 0
        else:
            place += 1
    return [ranks[piece] for piece in pieces]
