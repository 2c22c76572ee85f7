"""Neural networks, from the perceptron to a training loop that resumes bit for bit.

``groundup.neural.autograd`` and what stands on it need NumPy alone; torch is loaded by the modules that train with it.
"""

from groundup.lazy import lazily

_HOMES = {"Perceptron": "perceptron", "MLPClassifier": "mlp", "MLPRegressor": "mlp", "Trainer": "training"}

__all__ = ["MLPClassifier", "MLPRegressor", "Perceptron", "Trainer"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
