# named: the last capital of a run belongs
import re


def name_words(name):
    return [word.lower() for word in re.findall(r"[A-Z]+[a-z]*|[a-z]+|[0-9]+", name)]
