# named: a run of capitals is one word
import re


def name_words(name):
    return [word.lower() for word in re.findall(r"[A-Z][a-z]*|[a-z]+|[0-9]+", name)]
