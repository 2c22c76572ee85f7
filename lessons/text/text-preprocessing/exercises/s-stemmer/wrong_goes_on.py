# named: the later rules are not tried
RULES = [("ies", "y", ("eies", "aies")), ("es", "e", ("aes", "ees", "oes")), ("s", "", ("us", "ss"))]


def s_stems(words):
    def stem(word):
        for ending, replacement, exceptions in RULES:
            if len(word) > 3 and word.endswith(ending) and not word.endswith(exceptions):
                return word.removesuffix(ending) + replacement
        return word

    return [stem(word) for word in words]
