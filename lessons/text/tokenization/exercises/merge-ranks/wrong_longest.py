# named: not the longest token that fits
def encode(word, ranks):
    ids, at = [], 0
    while at < len(word):
        end = len(word)
        while word[at:end] not in ranks:
            end -= 1
        ids.append(ranks[word[at:end]])
        at = end
    return ids
