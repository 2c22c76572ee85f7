# named: the step never changes
import numpy as np


def secant_descent(H, b, x0, first, steps):
    x, g, a = np.asarray(x0, float), H @ x0 - b, first
    path = [x]
    for _ in range(steps):
        if g @ g > 0:
            s = -a * g
            y = H @ s  # the gradient's change, without the cancellation of a difference
            x, g = x + s, g + y
        path.append(x)
    return np.array(path)
