# named: try the longest ending first
RULES = [("s", "", ("us", "ss")), ("es", "e", ("aes", "ees", "oes")), ("ies", "y", ("eies", "aies"))]


def s_stems(words):
    def stem(word):
        if len(word) <= 3:
            return word
        for ending, replacement, exceptions in RULES:
            if word.endswith(ending):
                return word if word.endswith(exceptions) else word[: -len(ending)] + replacement
        return word

    return [stem(word) for word in words]
