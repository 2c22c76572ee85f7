# named: are NaN
import numpy as np


def secant_descent(H, b, x0, first, steps):
    x, g, a = np.asarray(x0, float), H @ x0 - b, first
    path = [x]
    for _ in range(steps):
        s = -a * g
        y = H @ s
        x, g = x + s, g + y
        a = (s @ y) / (y @ y)
        path.append(x)
    return np.array(path)
