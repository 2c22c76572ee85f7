"""What tests and intervals answer with.

Lesson: statistics
"""

from typing import Any, NamedTuple

__all__ = ["Interval"]


class Interval(NamedTuple):
    """The ends of an interval, numbers or arrays."""

    low: Any
    high: Any
