"""Neural networks, from the perceptron to automatic differentiation.

The estimators are loaded when they are first used, so that ``groundup.neural.autograd`` needs NumPy alone.
"""

from importlib import import_module
from typing import Any

# an import for the type checker alone would make every lesson on autograd depend on the estimators' files
__all__ = ["MLPClassifier", "MLPRegressor", "Perceptron"]  # pyright: ignore[reportUnsupportedDunderAll]

_HOMES = {"Perceptron": "perceptron", "MLPClassifier": "mlp", "MLPRegressor": "mlp"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
