# named: dy times w
import numpy as np


def rms_backward(x, w, dy, eps):
    r = 1 / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + eps)
    xhat = x * r
    h = dy
    dx = r * (h - xhat * np.mean(h * xhat, axis=1, keepdims=True))
    return {"y": xhat * w, "dx": dx, "dw": (dy * xhat).sum(axis=0)}
