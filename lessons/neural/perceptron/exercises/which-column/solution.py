import numpy as np


def choose_column(X, y):
    # mistakes grow with R², the largest squared length: the column that contributes most is the one
    return int(np.argmax((X**2).mean(axis=0)))
