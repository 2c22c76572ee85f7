"""`Store`: every question and change of the learner's progress, each change one committed transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from groundup import paths
from groundup.course.progress.errors import DraftConflict, translated
from groundup.course.progress.models import AttemptRow, CopyRow, DraftRow, HelpRow, LessonRow, SettingRow
from groundup.course.progress.opening import backup, connect, prepare
from groundup.course.progress.records import Attempt, Copy, Draft, Help, LessonProgress

__all__ = ["Store"]

KINDS = ("exercise", "cell")
STATES = ("started", "read", "known")


class Store:
    """The learner's progress in one SQLite file. Threads and processes may share it.

    A method that changes something returns after the commit, which is on the disk then (``synchronous=FULL``).

    Parameters
    ----------
    path : Path or None
        The database; ``progress.sqlite`` in the learner's folder when left out.

    Attributes
    ----------
    notice : str
        What happened while opening that the learner has to know (a damaged file was set aside), or an empty text.

    Raises
    ------
    StoreError
        When the file cannot be opened; any method raises it when the change could not be saved.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.user_dir() / "progress.sqlite"
        self.notice = prepare(self.path)
        self._engine = connect(self.path)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    # Drafts

    def draft(self, kind: str, lesson: str, name: str) -> Draft | None:
        """The draft of an exercise or cell, if there is one."""
        with self._reading() as session:
            row = session.get(DraftRow, (kind, lesson, name))
            return _draft(row) if row else None

    def drafts(self, kind: str, lesson: str | None = None) -> dict[str, Draft]:
        """All drafts of a kind, keyed ``<lesson>/<name>``; of one lesson when named."""
        with self._reading() as session:
            query = select(DraftRow).where(DraftRow.kind == kind)
            rows = session.scalars(query.where(DraftRow.lesson == lesson) if lesson else query)
            return {f"{row.lesson}/{row.name}": _draft(row) for row in rows}

    def save_draft(
        self,
        kind: str,
        lesson: str,
        name: str,
        text: str,
        *,
        version: int,
        base: str,
        resolve: bool = False,
        reason: str = "replaced",
    ) -> Draft:
        """Save a text over the version that its writer knows.

        Parameters
        ----------
        kind, lesson, name : str
            Which text: kind is ``exercise`` or ``cell``.
        text : str
            The new text.
        version : int
            The version that the writer last saw, 0 for none.
        base : str
            Hash of the text that the draft started from.
        resolve : bool
            Save in any case; the text that was saved before is kept as a copy, with ``reason``.
        reason : str
            ``replaced`` or ``reset``.

        Returns
        -------
        Draft
            What is saved now.

        Raises
        ------
        DraftConflict
            When another version is saved and ``resolve`` is not set. The text is kept as a copy.
        ValueError
            When ``kind`` is unknown.
        """
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
        with self._writing() as session:
            row = session.get(DraftRow, (kind, lesson, name))
            if row is None:
                row = DraftRow(kind=kind, lesson=lesson, name=name, version=version)
                session.add(row)
            elif row.text == text:
                return _draft(row)  # an acknowledgement that was lost, or two writers of one mind
            elif resolve:
                self._keep(session, row, row.text, reason)
            elif row.version != version:
                current, copy = _draft(row), self._keep(session, row, text, "conflict")
                session.commit()
                raise DraftConflict(current, copy)
            row.text, row.base, row.updated, row.version = text, base, _now(), max(row.version, version) + 1
            session.flush()
            return _draft(row)

    def copies(self, kind: str, lesson: str, name: str) -> list[Copy]:
        """Texts that lost against another one, newest first."""
        with self._reading() as session:
            rows = session.scalars(_copies(kind, lesson, name).order_by(CopyRow.id.desc()))
            return [_copy(row) for row in rows]

    def _keep(self, session: Session, row: DraftRow, text: str, reason: str) -> Copy:
        same = session.scalar(_copies(row.kind, row.lesson, row.name).where(CopyRow.text == text))
        if same is None:
            same = CopyRow(kind=row.kind, lesson=row.lesson, name=row.name, text=text, reason=reason, created=_now())
            session.add(same)
            session.flush()
        return _copy(same)

    # Attempts and help

    def add_attempt(self, exercise: str, code: str, report: dict[str, Any]) -> Attempt:
        """Remember a run of the tests; ``report`` is the JSON of the grading report, with its ``status``."""
        with self._writing() as session:
            row = AttemptRow(exercise=exercise, code=code, status=report["status"], report=report, created=_now())
            session.add(row)
            session.flush()
            return _attempt(row)

    def attempts(self, exercise: str, limit: int = 50) -> list[Attempt]:
        """Runs of an exercise's tests, newest first."""
        with self._reading() as session:
            query = select(AttemptRow).where(AttemptRow.exercise == exercise)
            return [_attempt(row) for row in session.scalars(query.order_by(AttemptRow.id.desc()).limit(limit))]

    def attempt(self, number: int) -> Attempt | None:
        """One attempt by its id."""
        with self._reading() as session:
            row = session.get(AttemptRow, number)
            return _attempt(row) if row else None

    def solved(self) -> set[str]:
        """Ids of the exercises whose tests passed at least once."""
        with self._reading() as session:
            return set(session.scalars(select(AttemptRow.exercise).where(AttemptRow.status == "pass").distinct()))

    def tried(self) -> dict[str, int]:
        """Number of attempts of each exercise that was tried."""
        with self._reading() as session:
            rows = session.execute(select(AttemptRow.exercise, func.count()).group_by(AttemptRow.exercise))
            return {exercise: count for exercise, count in rows}

    def help(self, exercise: str) -> Help:
        """Hints and solution shown so far."""
        with self._reading() as session:
            row = session.get(HelpRow, exercise)
            return Help(row.hints, row.solution_shown, row.solution_reason) if row else Help()

    def show_hints(self, exercise: str, count: int) -> Help:
        """Remember that the first ``count`` hints were shown; never fewer than before."""
        with self._writing() as session:
            row = self._help(session, exercise)
            row.hints = max(row.hints, count)
            return Help(row.hints, row.solution_shown, row.solution_reason)

    def show_solution(self, exercise: str, reason: str) -> Help:
        """Remember that the solution was shown, and why the first time: ``attempted``, ``solved`` or ``asked``."""
        with self._writing() as session:
            row = self._help(session, exercise)
            if row.solution_shown is None:
                row.solution_shown, row.solution_reason = _now(), reason
            return Help(row.hints, row.solution_shown, row.solution_reason)

    @staticmethod
    def _help(session: Session, exercise: str) -> HelpRow:
        row = session.get(HelpRow, exercise)
        if row is None:
            row = HelpRow(exercise=exercise, hints=0)
            session.add(row)
        return row

    # Lessons

    def lessons(self) -> dict[str, LessonProgress]:
        """Every lesson that was opened, most recent first."""
        with self._reading() as session:
            rows = session.scalars(select(LessonRow).order_by(LessonRow.updated.desc()))
            return {row.lesson: _lesson(row) for row in rows}

    def position(self, lesson: str) -> LessonProgress | None:
        """Where the learner was in a lesson."""
        with self._reading() as session:
            row = session.get(LessonRow, lesson)
            return _lesson(row) if row else None

    def set_position(
        self, lesson: str, *, anchor: str | None = None, scroll: float = 0.0, cell: str | None = None
    ) -> LessonProgress:
        """Remember the place in a lesson; opens it when it was not open."""
        with self._writing() as session:
            row = self._lesson(session, lesson)
            row.anchor, row.scroll, row.cell, row.updated = anchor, min(max(scroll, 0.0), 1.0), cell, _now()
            return _lesson(row)

    def set_state(self, lesson: str, state: str) -> LessonProgress:
        """Remember that a lesson was ``started``, ``read``, or that its subject is ``known`` already.

        Raises
        ------
        ValueError
            When ``state`` is another word.
        """
        if state not in STATES:
            raise ValueError(f"state is {state!r}, expected one of {', '.join(STATES)}")
        with self._writing() as session:
            row = self._lesson(session, lesson)
            if not (row.state == "known" and state == "read"):  # reading what one knows takes nothing back
                row.state = state
            row.updated = _now()
            return _lesson(row)

    @staticmethod
    def _lesson(session: Session, lesson: str) -> LessonRow:
        row = session.get(LessonRow, lesson)
        if row is None:
            row = LessonRow(lesson=lesson, state="started", scroll=0.0, updated=_now())
            session.add(row)
        return row

    # Settings and reset

    def setting(self, key: str, default: Any = None) -> Any:
        """A named value, or ``default``."""
        with self._reading() as session:
            row = session.get(SettingRow, key)
            return row.value["value"] if row else default

    def set_setting(self, key: str, value: Any) -> None:
        """Store a named value; anything that JSON holds."""
        with self._writing() as session:
            session.merge(SettingRow(key=key, value={"value": value}))

    def reset(self, exercise: str | None = None) -> Path:
        """Forget the draft, attempts and help of one exercise, or everything but the settings.

        The caller asks the learner first.

        Parameters
        ----------
        exercise : str or None
            The id ``<lesson>/<name>``; None resets all.

        Returns
        -------
        Path
            A copy of the database as it was before.
        """
        with translated(self.path):
            copy = backup(self.path, "before-reset")
        with self._writing() as session:
            if exercise is None:
                for table in (DraftRow, CopyRow, AttemptRow, HelpRow, LessonRow):
                    session.execute(delete(table))
                return copy
            lesson, name = exercise.split("/", 1)
            row = session.get(DraftRow, ("exercise", lesson, name))
            if row:
                self._keep(session, row, row.text, "reset")
                session.delete(row)
            session.execute(delete(AttemptRow).where(AttemptRow.exercise == exercise))
            session.execute(delete(HelpRow).where(HelpRow.exercise == exercise))
        return copy

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with translated(self.path), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        engine = self._engine.execution_options(write=True)
        with translated(self.path), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def _now() -> datetime:
    return datetime.now(UTC)


def _copies(kind: str, lesson: str, name: str):
    return select(CopyRow).where(CopyRow.kind == kind, CopyRow.lesson == lesson, CopyRow.name == name)


def _draft(row: DraftRow) -> Draft:
    return Draft(row.kind, row.lesson, row.name, row.text, row.version, row.base, row.updated)


def _copy(row: CopyRow) -> Copy:
    return Copy(row.id, row.text, row.reason, row.created)


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(row.id, row.exercise, row.code, row.status, row.report, row.created)


def _lesson(row: LessonRow) -> LessonProgress:
    return LessonProgress(row.lesson, row.state, row.anchor, row.cell, row.scroll, row.updated)
