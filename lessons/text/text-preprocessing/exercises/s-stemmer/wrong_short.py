# named: words of three letters or fewer stay
def s_stems(words):
    stems = []
    for word in words:
        if word.endswith("ies"):
            word = word if word.endswith(("eies", "aies")) else word[:-3] + "y"
        elif word.endswith("es"):
            word = word if word.endswith(("aes", "ees", "oes")) else word[:-1]
        elif word.endswith("s"):
            word = word if word.endswith(("us", "ss")) else word[:-1]
        stems.append(word)
    return stems
