# named: 1/√d is where training can start
import numpy as np


def choose_scale(keys, values, queries, answers, scales):
    wanted = 1 / np.sqrt(keys.shape[1])
    return min(scales, key=lambda scale: abs(np.log(scale / wanted)))
