# named: the step that is still to come
import numpy as np


def secant_descent(H, b, x0, first, steps):
    x, a = np.asarray(x0, float), first
    path = [x]
    for k in range(steps):
        g = H @ x - b
        if g @ g > 0:
            y = H @ g
            a = first if k == 0 else (g @ y) / (y @ y)
            x = x - a * g
        path.append(x)
    return np.array(path)
