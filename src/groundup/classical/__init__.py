"""Classical learning: models that are fitted by mathematics of their own, not by backpropagation.

The estimators are loaded when they are first used, so that a lesson on one of them does not depend on the others.
"""

from importlib import import_module
from typing import Any

# an import for the type checker alone would make every lesson depend on all estimators' files
__all__ = ["LinearRegression"]  # pyright: ignore[reportUnsupportedDunderAll]

_HOMES = {"LinearRegression": "linear_regression"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
