# named: the best choice gives
import numpy as np


def choose_alpha(log_p, lengths, matches, references, alphas):
    return 0.0
