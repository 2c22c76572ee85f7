"""What the learner's `name_words` is held against: a scan that looks at each pair of neighbours."""

import numpy as np

FUNCTION = "name_words"
FORBIDDEN = ["groundup.text.preprocessing"]


def reference(name, *, digits=True, camel=True, runs="last", small=True, separators=None, empty=False, single=False):
    words, word = [], ""
    for i, c in enumerate(name):
        before, after = name[i - 1 : i] if i else "", name[i + 1 : i + 2]
        if not c.isalnum() if separators is None else c in separators:
            words.append(word)
            word = ""
            continue
        cut = camel and c.isupper() and before.islower()
        if runs == "last":
            cut = cut or (c.isupper() and before.isupper() and after.islower())
        elif runs == "each":
            cut = cut or (c.isupper() and before.isupper())
        elif runs == "greedy":  # the small letters lose their capital
            cut = cut or (c.islower() and i > 1 and before.isupper() and name[i - 2].isupper())
        if digits == "before":
            cut = cut or (c.isdigit() and before.isalpha())
        elif digits:
            cut = cut or (c.isdigit() != before.isdigit() and before.isalnum())
        if single and c.isdigit():
            cut = True
        if cut:
            words.append(word)
            word = ""
        word += c
    words.append(word)
    words = [w.lower() if small else w for w in words]
    return words if empty else [w for w in words if w]


def cases():
    rng = np.random.default_rng(8)
    parts = ["get", "Name", "XML", "http", "Request", "x", "2", "10", "URL", "n", "samples", "A", "Is"]
    joints = ["", "_", "-", ".", "__"]
    fixed = ["n_core_samples", "getName", "XMLHttpRequest2", "loadCSV", "utf8", "__init__", "HTTPServer", "aB", "ABc", "x", "A", "",
             "_", "TfidfVectorizer", "sha256sum", "isURLValid", "2to3", "snake_Case", "SVC", "PCA2D", "a1B2c3"]  # fmt: skip
    for name in fixed:
        yield repr(name), {"name": name}
    for i in range(12):
        chosen = rng.choice(parts, int(rng.integers(2, 6)))
        yield f"joined at random, {i + 1}", {"name": "".join(str(part) + str(rng.choice(joints)) for part in chosen)}


MISTAKES = {
    "return the words in small letters": {"small": False},
    "between a letter and a digit there is a cut, on either side": {"digits": False},
    "a cut is due behind digits as well as before them: 256sum is 256, sum": {"digits": "before"},
    "a capital after a small letter begins a word": {"camel": False},
    "a run of capitals is one word: XML, not x, m, l": {"runs": "each"},
    "a run of capitals gives its last one to the small letters behind it: XMLHttp is xml, http, not xmlh, ttp": {
        "runs": "greedy"
    },
    "the last capital of a run belongs to the small letters after it: XMLHttp is xml, http": {"runs": "none"},
    "everything that is neither letter nor digit separates words, not the underscore alone": {"separators": "_"},
    "two separators in a row, or one at an end, make no empty word": {"empty": True},
    "digits in a row are one word: 256, not 2, 5, 6": {"single": True},
}
