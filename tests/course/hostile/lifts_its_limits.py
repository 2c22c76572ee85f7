# says: more memory than it may
# says: not allowed to
import resource

import numpy as np


def double(x):
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    return np.ones((100_000, 100_000))
