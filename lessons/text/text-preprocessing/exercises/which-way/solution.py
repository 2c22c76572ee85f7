import numpy as np


def choose_way(ways: dict, answers: np.ndarray) -> str:
    """The way that answers most of the known queries."""
    return max(ways, key=lambda name: answered(ways[name], answers))


def answered(way: dict, answers: np.ndarray) -> int:
    documents = [set(words) for words in way["documents"]]
    count = 0
    for words, wanted in zip(way["queries"], answers, strict=True):
        asked = set(words)
        scores = np.array([len(asked & document) / np.sqrt(len(document) + 1) for document in documents])
        count += int((scores >= scores[wanted]).sum() == 1)
    return count
