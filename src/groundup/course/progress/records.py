"""What the store hands out: plain frozen records, no live database objects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Attempt", "Copy", "Draft", "Help", "LessonProgress"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that the learner is writing.

    Attributes
    ----------
    kind : str
        ``"exercise"`` or ``"cell"``.
    lesson, name : str
        The lesson's id and the exercise's or cell's name.
    text : str
        The saved text.
    version : int
        Counts the saves, from 1; a save names the version that it replaces.
    base : str
        Hash of the text that the draft started from; another hash now means that the lesson changed since.
    updated : datetime
        Time of the save, UTC.
    """

    kind: str
    lesson: str
    name: str
    text: str
    version: int
    base: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """A text that lost against another one and was kept: ``reason`` is conflict, replaced or reset."""

    id: int
    text: str
    reason: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of an exercise's tests: the code, the verdict (``pass``, ``fail`` or ``error``), the whole report."""

    id: int
    exercise: str
    code: str
    status: str
    report: dict[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True)
class Help:
    """How much help an exercise has given: number of hints, and when and why the solution was shown."""

    hints: int = 0
    solution_shown: datetime | None = None
    solution_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """Where the learner is in a lesson.

    Attributes
    ----------
    lesson : str
        The lesson's id.
    state : str
        ``"started"``, ``"read"``, or ``"known"`` (the learner said so).
    anchor, cell : str or None
        The section and the code cell last in view.
    scroll : float
        Share of the page above the window, 0 to 1.
    updated : datetime
        Last visit, UTC.
    """

    lesson: str
    state: str
    anchor: str | None
    cell: str | None
    scroll: float
    updated: datetime
