# named: each rule has exceptions
def s_stems(words):
    stems = []
    for word in words:
        if len(word) > 3:
            if word.endswith("ies"):
                word = word[:-3] + "y"
            elif word.endswith("es"):
                word = word[:-1]
            elif word.endswith("s"):
                word = word[:-1]
        stems.append(word)
    return stems
