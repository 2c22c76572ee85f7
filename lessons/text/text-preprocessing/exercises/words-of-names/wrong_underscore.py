# named: not the underscore alone
import re


def name_words(name):
    out = []
    for part in name.split("_"):
        pieces = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])", " ", part)
        out += pieces.lower().split()
    return out
