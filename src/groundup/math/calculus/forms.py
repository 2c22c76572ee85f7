"""What every part of the dual numbers needs to know of them: errors, plain values, linear maps.

Lesson: calculus
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

__all__ = ["NotDifferentiableError", "UnsupportedFunctionError", "constant", "is_plain", "kink", "kink_rule", "linear"]


class NotDifferentiableError(ArithmeticError):
    """The function has a kink, a jump or an infinite slope at a point where its derivative was asked for."""


class UnsupportedFunctionError(TypeError):
    """A NumPy function for which no rule of differentiation is known here."""


_RULE: ContextVar[str] = ContextVar("kinks", default="raise")


@contextmanager
def kink_rule(rule: str) -> Iterator[None]:
    """Within the block, what happens at a kink: ``"raise"``, or ``"subgradient"``, the convention of torch.

    Raises
    ------
    ValueError
        If `rule` is neither.
    """
    if rule not in ("raise", "subgradient"):
        raise ValueError(f"kinks must be 'raise' or 'subgradient', got {rule!r}")
    token = _RULE.set(rule)
    try:
        yield
    finally:
        _RULE.reset(token)


def kink(name: str, where: Any, value: Any, why: str) -> None:
    """Raise NotDifferentiableError if `where` holds anywhere, unless subgradients were asked for.

    For rules of differentiation: called with the places at which the rule has no answer.

    Parameters
    ----------
    name : str
        The function, as the message begins.
    where : array_like of bool that broadcasts to the shape of `value`
        Where there is no derivative.
    value : ndarray or number
        The function's argument or result; only its shape counts.
    why : str
        What is wrong there, as the message goes on.

    Raises
    ------
    NotDifferentiableError
        With the index of the first such place, if the rule in force (`kink_rule`) is "raise".

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.calculus.forms import kink, kink_rule
    >>> with kink_rule("subgradient"):
    ...     kink("abs", np.array([True]), np.zeros(1), "its slope jumps at 0")
    """
    if _RULE.get() == "raise" and np.any(where):
        at = np.argwhere(np.broadcast_to(where, np.shape(value)))[0]
        place = f" at index {tuple(int(i) for i in at)}" if at.size else ""
        raise NotDifferentiableError(
            f"{name} has no derivative{place}: {why}. Move the point, or pass kinks='subgradient'"
        )


def is_plain(x: Any) -> bool:
    """Whether `x` is an array or a number, not a dual number."""
    return not hasattr(x, "tangent")


def constant(x: Any) -> np.ndarray:
    """The value of `x` without its derivatives, to be treated as a constant.

    Use it where a quantity cancels, such as the maximum that a log-sum-exp subtracts.
    """
    while not is_plain(x):
        x = x.value
    return np.asarray(x)


def linear(map_: Callable[[np.ndarray, int], np.ndarray], x: Any) -> Any:
    """Apply a linear map to an array or to a dual number of any depth.

    `map_(array, lead)` must leave the first `lead` axes alone. A linear map is its own derivative, so
    the tangent goes through it as the value does.
    """
    return _linear(map_, x, 0)


def _linear(map_: Callable[[np.ndarray, int], np.ndarray], x: Any, lead: int) -> Any:
    if is_plain(x):
        return map_(np.asarray(x), lead)
    return x.rebuilt(_linear(map_, x.value, lead), _linear(map_, x.tangent.array(), lead + 1))
