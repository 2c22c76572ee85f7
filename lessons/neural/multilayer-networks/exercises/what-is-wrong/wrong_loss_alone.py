# named: says nothing about units
import numpy as np


def diagnose(losses, hidden, W):
    return "fine" if losses[-1] < losses[0] else "too slow"
