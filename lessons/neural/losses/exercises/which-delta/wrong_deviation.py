# named: what wild values inflate most
import numpy as np


def choose_delta(targets):
    return float(1.35 * targets.std())
