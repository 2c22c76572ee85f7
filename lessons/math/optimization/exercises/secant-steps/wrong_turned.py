# named: a curvature and no step
import numpy as np


def secant_descent(H, b, x0, first, steps):
    x, g, a = np.asarray(x0, float), H @ x0 - b, first
    path = [x]
    for _ in range(steps):
        if g @ g > 0:
            s = -a * g
            y = H @ s
            x, g, a = x + s, g + y, (y @ y) / (s @ y)
        path.append(x)
    return np.array(path)
