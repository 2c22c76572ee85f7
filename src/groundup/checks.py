"""Checks of the numbers and choices that our functions are given: messages name argument, value and expectation."""

from numbers import Integral, Real
from typing import Any

__all__ = ["check_choice", "check_count", "check_number"]


def check_number(name: str, value: Any, low: float, high: float = float("inf"), *, open_low: bool = False) -> None:
    """Raise unless low <= value < high (low < value with `open_low`)."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number; got {value!r}")
    above = low < value if open_low else low <= value  # pyright: ignore[reportOperatorIssue]  # Real declares no order with float
    if not above or not (value < high or high == float("inf") > value):
        bounds = f"{'above' if open_low else 'at least'} {low:g}" + (f" and below {high:g}" if high < 1e308 else "")
        raise ValueError(f"{name} must be {bounds}; got {value!r}")


def check_count(name: str, value: Any, low: int = 1) -> None:
    """Raise unless value is a whole number of at least `low`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number; got {value!r}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}; got {value!r}")


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")
