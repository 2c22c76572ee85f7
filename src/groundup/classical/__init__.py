"""Classical learning: models that are fitted by mathematics of their own, not by backpropagation."""

from groundup.lazy import lazily

_HOMES = {"LinearRegression": "linear_regression"}

__all__ = ["LinearRegression"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
