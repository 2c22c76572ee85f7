# named: wherever it stands
def s_stems(words: list[str]) -> list[str]:
    stems = []
    for word in words:
        if len(word) > 3:
            if word.endswith("ies"):
                word = word if word.endswith(("eies", "aies")) else word.replace("ies", "y")
            elif word.endswith("es"):
                word = word if word.endswith(("aes", "ees", "oes")) else word.replace("es", "e")
            elif word.endswith("s"):
                word = word if word.endswith(("us", "ss")) else word.replace("s", "")
        stems.append(word)
    return stems
