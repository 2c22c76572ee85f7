# named: a column far below zero
import numpy as np


def choose_column(X, y):
    return int(np.argmax(X.max(axis=0)))
