# named: not its tanh form
import math

import numpy as np


def gated_backward(x, W, V, dy):
    z, b = x @ W, x @ V
    Phi = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    a = z * Phi
    dz = dy * b * (Phi + z * density)
    db = dy * a
    return {"y": a * b, "dx": dz @ W.T + db @ V.T, "dW": x.T @ dz, "dV": x.T @ db}
