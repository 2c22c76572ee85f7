"""An exercise as its page shows it, and the running of its tests."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any

from groundup.app.services.overview import short
from groundup.course.catalog import Catalog
from groundup.course.exercise import Exercise
from groundup.course.grading import Layer, grade, layers
from groundup.course.lesson import source_hash
from groundup.course.progress import Attempt, Draft, Help, Store

__all__ = ["Following", "Graded", "Workbench", "following", "graded", "isolation", "run_tests"]

AT_ONCE = BoundedSemaphore(2)  # a grading has processes of its own; more of them only slow each other down


@dataclass(frozen=True, slots=True)
class Graded:
    """A case for the page: what `CaseResult` holds, however it was stored."""

    name: str
    status: str
    message: str
    call: str
    got: str
    expected: str
    mistake: str
    hint: str
    output: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Following:
    """Where to go on from a solved exercise."""

    words: str
    title: str
    url: str


def following(catalog: Catalog, store: Store, exercise: Exercise) -> Following:
    """The lesson's next exercise that is not solved, or the way back to the lesson when all of them are."""
    ids = [id for id in catalog.exercises if id.startswith(f"{exercise.lesson}/")]
    place, solved = ids.index(exercise.id), store.solved()
    for id in ids[place + 1 :] + ids[:place]:
        if id not in solved:
            return Following("Next exercise:", catalog.exercises[id].title, f"/exercise/{id}")
    name = short(catalog.title(exercise.lesson))
    return Following("All exercises of this lesson are solved. Back to", name, f"/lesson/{exercise.lesson}")


class Workbench:
    """Everything that the page of one exercise shows.

    Parameters
    ----------
    catalog, store : Catalog, Store
        Content and progress.
    exercise : Exercise
        The exercise.
    """

    def __init__(self, catalog: Catalog, store: Store, exercise: Exercise) -> None:
        self.exercise = exercise
        self.lesson_name = short(catalog.title(exercise.lesson))
        self.draft: Draft | None = store.draft("exercise", exercise.lesson, exercise.name)
        self.copies = store.copies("exercise", exercise.lesson, exercise.name)
        self.attempts: list[Attempt] = store.attempts(exercise.id)
        self.help: Help = store.help(exercise.id)
        self.base = source_hash(exercise.stub)

    @property
    def text(self) -> str:
        """What stands in the editor."""
        return self.draft.text if self.draft else self.exercise.stub

    @property
    def version(self) -> int:
        """The saved version, 0 when nothing was saved."""
        return self.draft.version if self.draft else 0

    @property
    def outdated(self) -> bool:
        """Whether the exercise's starting text changed since the draft was begun."""
        return bool(self.draft and self.draft.base and self.draft.base != self.base)

    @property
    def solved(self) -> bool:
        """Whether the tests passed once."""
        return any(attempt.status == "pass" for attempt in self.attempts)

    @property
    def honest(self) -> bool:
        """Whether there was an attempt that is more than the starting text."""
        stub = _letters(self.exercise.stub)
        return any(_letters(attempt.code) != stub for attempt in self.attempts)

    @property
    def solution_reason(self) -> str:
        """Why the solution may be shown now: ``solved``, ``attempted`` or ``asked``."""
        return "solved" if self.solved else "attempted" if self.honest else "asked"


def _letters(code: str) -> str:
    """Code without comments and blanks: what is no attempt changes nothing but these."""
    return re.sub(r"#.*|\s+", "", code)


def graded(report: dict[str, Any]) -> list[Graded]:
    """The cases of a stored report.

    Parameters
    ----------
    report : dict
        ``Report.to_json()``, as an attempt keeps it.
    """
    cases = report.get("groundup", {}).get("cases", [])
    return [_merged(test, case) for test, case in zip(report.get("tests", []), cases, strict=False)]


def _merged(test: dict[str, Any], case: dict[str, Any]) -> Graded:
    said = test.get("message") or ""
    tail = "\n".join(filter(None, [case["mistake"] and f"Likely: {case['mistake']}.", case["hint"]]))
    return Graded(
        name=test["name"],
        status=test["status"],
        message=said.removesuffix(tail).rstrip("\n"),
        output=test.get("output") or "",
        **{key: case.get(key) or "" for key in ("call", "got", "expected", "mistake", "hint")},
        line=case.get("line"),
    )


@lru_cache(maxsize=1)
def isolation() -> tuple[Layer, ...]:
    """Which layers keep learner code in; probed once."""
    return tuple(layers())


def run_tests(exercise: Exercise, code: str, store: Store) -> Iterator[tuple[str, Any]]:
    """Run an exercise's tests and remember the attempt, also when nobody listens any more.

    Parameters
    ----------
    exercise : Exercise
        What is graded.
    code : str
        The learner's text.
    store : Store
        Gets the attempt.

    Yields
    ------
    tuple
        ``("case", Graded)`` as they come, then
        ``("report", (report as JSON, Attempt or None, why it was not saved))`` or ``("fault", message)``.
    """
    events: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def on_case(case: Any) -> None:
        values = asdict(case)
        events.put(("case", Graded(**{key: values[key] for key in Graded.__slots__})))

    def work() -> None:
        try:
            with AT_ONCE:
                report = grade(exercise, code, on_case=on_case).to_json()
        except Exception as error:
            events.put(("fault", f"The grader itself failed ({type(error).__name__}: {error}). Your text is kept."))
            return
        try:
            attempt, unsaved = store.add_attempt(exercise.id, code, report), ""
        except Exception as error:  # the result is worth showing even when it cannot be stored
            attempt, unsaved = None, str(error)
        events.put(("report", (report, attempt, unsaved)))

    Thread(target=work, name=f"grading {exercise.id}", daemon=True).start()
    while True:
        kind, value = events.get()
        yield kind, value
        if kind in ("report", "fault"):
            return
