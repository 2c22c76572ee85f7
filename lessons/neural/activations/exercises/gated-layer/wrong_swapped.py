# named: gelu belongs to x W
import math

import numpy as np


def gated_backward(x, W, V, dy):
    z, b = x @ V, x @ W
    Phi = 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    a = z * Phi
    dz = dy * b * (Phi + z * density)
    db = dy * a
    return {"y": a * b, "dx": dz @ V.T + db @ W.T, "dW": x.T @ db, "dV": x.T @ dz}
