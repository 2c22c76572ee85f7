def encode(word, ranks):
    pieces = list(word)
    while True:
        known = [
            (ranks[left + right], place)
            for place, (left, right) in enumerate(zip(pieces, pieces[1:]))
            if left + right in ranks
        ]
        if not known:
            return [ranks[piece] for piece in pieces]
        _, place = min(known)
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
