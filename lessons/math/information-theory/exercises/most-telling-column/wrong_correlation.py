# named: codes have no order
import numpy as np


def most_telling(columns, outcome):
    return int(np.argmax([abs(np.corrcoef(c, outcome)[0, 1]) for c in columns.T]))
