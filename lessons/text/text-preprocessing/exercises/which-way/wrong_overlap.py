# named: words in common with the wanted document
import numpy as np


def choose_way(ways, answers):
    def common(way):
        return np.mean([len(set(q) & set(way["documents"][i])) for q, i in zip(way["queries"], answers)])

    return max(ways, key=lambda name: common(ways[name]))
