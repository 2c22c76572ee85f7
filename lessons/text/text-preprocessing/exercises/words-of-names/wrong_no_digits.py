# named: between a letter and a digit
import re


def name_words(name):
    parts = re.split(r"[^A-Za-z0-9]+", name)
    cuts = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return [word.lower() for part in parts for word in re.split(cuts, part) if word]
