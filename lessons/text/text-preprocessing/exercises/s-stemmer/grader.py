"""What the learner's `s_stems` is held against: Harman's three rules (1991), the first that fits decides."""

import numpy as np

FUNCTION = "s_stems"
FORBIDDEN = ["groundup.text.preprocessing", "nltk"]

RULES = [("ies", "y", ("eies", "aies")), ("es", "e", ("aes", "ees", "oes")), ("s", "", ("us", "ss"))]


def reference(words, *, go_on=False, exceptions=True, short=3, rules=RULES, strip=False, everywhere=False):
    def stem(word):
        if len(word) <= short:
            return word
        for ending, replacement, but in rules:
            if word.endswith(ending):
                if exceptions and word.endswith(but):
                    if go_on:
                        continue
                    return word
                if strip:
                    return word.rstrip(ending) + replacement
                if everywhere:
                    return word.replace(ending, replacement)
                return word.removesuffix(ending) + replacement
        return word

    return [stem(word) for word in words]


def cases():
    rng = np.random.default_rng(3)

    def drawn(beginnings, endings, count):
        return [str(rng.choice(beginnings)) + str(rng.choice(endings)) for _ in range(count)]

    beginnings = ["part", "quer", "box", "hors", "class", "vir", "thes", "tr", "mov", "glass", "gass", "sess"]
    yield "plurals in -ies", {"words": ["queries", *drawn(beginnings, ["ies", "y"], 4)]}
    yield "plurals in -es and -s", {"words": ["horses", "stresses", *drawn(beginnings, ["es", "s", "e"], 6), "matrix"]}
    yield "words that only look like plurals", {"words": ["virus", "class", "goes", "trees", "aloes", "eyries", "dies", "gas",
                                                          *drawn(beginnings, ["us", "ss", "oes", "aies", "eies"], 6)]}  # fmt: skip
    yield "short words", {"words": ["is", "as", "gas", "bus", "ies", "s", "", "ties", *drawn(["a", "b", "to"], ["s", "es"], 3)]}
    yield "no words", {"words": []}
    letters = list("aeiousxyz")
    yield "letters at random", {"words": ["".join(rng.choice(letters, int(rng.integers(2, 9)))) + str(rng.choice(["ies", "es", "s", ""])) for _ in range(60)]}


MISTAKES = {
    "the first rule whose ending fits decides: where its exception forbids a change, the later rules are not tried": {"go_on": True},
    "each rule has exceptions: goes, trees and virus keep their s": {"exceptions": False},
    "words of three letters or fewer stay as they are": {"short": 0},
    "three letters or fewer stay, four do not": {"short": 4},
    "try the longest ending first: -ies before -es before -s": {"rules": RULES[::-1]},
    "rstrip takes off letters, not an ending: use removesuffix": {"strip": True},
    "replace changes an ending wherever it stands, stresses in two places: use removesuffix": {"everywhere": True},
    "-es becomes -e: horses is horse": {"rules": [RULES[0], ("es", "", RULES[1][2]), RULES[2]]},
    "-ies becomes -y: queries is query": {"rules": [("ies", "ie", RULES[0][2]), *RULES[1:]]},
}
