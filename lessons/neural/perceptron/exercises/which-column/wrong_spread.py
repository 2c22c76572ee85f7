# named: a column that hardly varies
import numpy as np


def choose_column(X, y):
    return int(np.argmax(X.std(axis=0)))
