# named: has the unit of the targets
import numpy as np


def choose_delta(targets):
    return 1.0
