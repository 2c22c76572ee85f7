# named: the pair of the step before last
import numpy as np


def secant_descent(H, b, x0, first, steps):
    points, sizes = [np.asarray(x0, float)], [first]
    for k in range(steps):
        g = H @ points[-1] - b
        if k >= 2:
            s = points[k - 1] - points[k - 2]
            y = H @ s
            sizes.append((s @ y) / (y @ y) if y @ y > 0 else first)
        points.append(points[-1] - sizes[-1] * g)
    return np.array(points)
