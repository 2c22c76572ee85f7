# named: rstrip takes off letters
RULES = [("ies", "y", ("eies", "aies")), ("es", "e", ("aes", "ees", "oes")), ("s", "", ("us", "ss"))]


def s_stems(words):
    stems = []
    for word in words:
        for ending, replacement, exceptions in RULES:
            if len(word) > 3 and word.endswith(ending):
                word = word if word.endswith(exceptions) else word.rstrip(ending) + replacement
                break
        stems.append(word)
    return stems
