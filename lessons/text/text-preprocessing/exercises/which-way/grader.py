"""Choose how to make words by what the search then finds, not by how few words there are."""

import numpy as np

FUNCTION = "choose_way"
FORBIDDEN = ["groundup.text.preprocessing"]
TIME_LIMIT = 20


def stems(words):
    return [word.split("-")[0] for word in words]


def content(words):
    return [word for word in words if not word.startswith("the")]


WAYS = {
    "as written": lambda words: words,
    "stems": stems,
    "no stop words": content,
    "stems without stop words": lambda words: stems(content(words)),
}


def collection(rng, roots, forms, same, small, alike):
    """Documents of root-form and small words; a query repeats some of a document's, in the same or another form."""
    documents = []
    for i in range(60):
        if i and i % alike:
            words = [word for word in documents[-1] if not word.startswith("the")]  # differs in small words alone
        else:
            words = [f"root{rng.integers(roots)}-{rng.integers(forms)}" for _ in range(10)]
        count = int(rng.integers(2, 26))
        documents.append([*words, *(f"the{j}" for j in rng.choice(26, count, replace=False))])

    def asked(count):
        wanted = rng.integers(60, size=count)
        queries = []
        for i in wanted:
            words, own = content(documents[i]), [w for w in documents[i] if w.startswith("the")]
            chosen = [str(word) for word in rng.choice(words, 4, replace=False)]
            chosen = [w if rng.random() < same else f"{w.split('-')[0]}-{rng.integers(forms)}" for w in chosen]
            few = rng.choice(own, min(small, len(own)), replace=False) if alike > 1 else rng.choice(26, small, replace=False)
            queries.append([*chosen, *(str(w) if alike > 1 else f"the{w}" for w in few)])
        return queries, wanted

    return documents, asked


def in_all_ways(documents, queries):
    return {
        name: {"queries": [way(q) for q in queries], "documents": [way(d) for d in documents]} for name, way in WAYS.items()
    }


def score(way, answers):
    documents = [set(words) for words in way["documents"]]
    sizes = np.sqrt([len(words) + 1 for words in documents])
    hits = 0
    for words, wanted in zip(way["queries"], answers, strict=True):
        scores = np.array([len(set(words) & document) for document in documents]) / sizes
        hits += int((scores >= scores[wanted]).sum() == 1)
    return hits / len(answers)


def cases():
    rng = np.random.default_rng(11)
    for name, roots, forms, same, small, alike in [
        ("people ask in other forms", 200, 5, 0.1, 0, 1),
        ("every form is another thing", 12, 12, 1.0, 0, 1),
        ("long questions", 120, 4, 1.0, 8, 1),
        ("small words decide", 150, 3, 1.0, 5, 4),
        ("other forms in long questions", 200, 5, 0.1, 8, 1),
    ]:
        documents, asked = collection(rng, roots, forms, same, small, alike)
        queries, answers = asked(120)
        fresh, wanted = asked(500)
        told = {way: score(made, wanted) for way, made in in_all_ways(documents, fresh).items()}
        yield name, {"ways": in_all_ways(documents, queries), "answers": answers}, {"told": told}


def judge(decision, case):
    told = case.held["told"]
    if not isinstance(decision, str) or decision not in told:
        return f"one of {', '.join(map(repr, told))} is expected; {decision!r} came"
    best = max(told.values())
    if told[decision] < best - 0.08:
        return f"{decision!r} answers {told[decision]:.0%} of the other queries; the best way answers {best:.0%}"
    return None


def reference(ways, answers, *, by="answered"):
    if by in ("few", "many"):
        sizes = {name: len({w for words in way["documents"] for w in words}) for name, way in ways.items()}
        return (min if by == "few" else max)(sizes, key=lambda name: sizes[name])
    if by in WAYS:
        return by
    if by == "overlap":
        def common(way):
            pairs = zip(way["queries"], answers, strict=True)
            return np.mean([len(set(q) & set(way["documents"][i])) for q, i in pairs])

        return max(ways, key=lambda name: common(ways[name]))
    return max(ways, key=lambda name: score(ways[name], answers))


MISTAKES = {
    "words in common with the wanted document say nothing about the other documents: rank them all": {"by": "overlap"},
    "the fewest different words are not the aim: count how many queries are answered": {"by": "few"},
    "most different words are not the aim: count how many queries are answered": {"by": "many"},
    "stemming alone is not always best: try each way on the known queries": {"by": "stems"},
}
