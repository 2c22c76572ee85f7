"""All of the course's content, loaded without running anything."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from groundup import paths
from groundup.course.bibliography import Reference, load_bibliography
from groundup.course.errors import ContentError, GraphError, read_text
from groundup.course.graph import Graph
from groundup.course.lesson import Lesson
from groundup.course.schema import Choice, Compute, Concept, Open, line_of, load_yaml

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise
    from groundup.course.search import Index

__all__ = ["Catalog"]


class _Exercises(Mapping):
    """Exercises by ``<lesson>/<name>``, each read from disk when it is first asked for."""

    def __init__(self, lessons: Mapping[str, Lesson]) -> None:
        self._folders = {
            f"{lesson.id}/{name}": lesson.path / "exercises" / name
            for lesson in lessons.values()
            for name in _exercise_names(lesson)
        }
        self._loaded: dict[str, Exercise] = {}

    def __getitem__(self, id: str) -> "Exercise":
        if id not in self._loaded:
            from groundup.course.exercise import Exercise

            self._loaded[id] = Exercise.load(self._folders[id])
        return self._loaded[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)

    def __contains__(self, id: object) -> bool:
        return id in self._folders


@dataclass(frozen=True)
class Catalog:
    """Lessons, inventory, bibliography and the graph of prerequisites.

    Attributes
    ----------
    folder : Path
    lessons : dict of id to Lesson, in learning order
    inventory : dict of id to Concept, in the inventory's order
    bibliography : dict of key to Reference
    faults : tuple of ContentError
        What was wrong with the content that is left out; empty unless loaded with ``strict=False``.
    """

    folder: Path
    lessons: dict[str, Lesson]
    inventory: dict[str, Concept]
    bibliography: dict[str, Reference]
    graph: Graph
    faults: tuple[ContentError, ...] = field(default=())

    @classmethod
    def load(cls, folder: Path | None = None, *, strict: bool = True) -> "Catalog":
        """Read the folder of lessons (`groundup.paths.lessons_dir` by default).

        Parameters
        ----------
        folder : Path, optional
        strict : bool
            Raise the first fault (default), or leave out a faulty lesson, or the faulty prerequisites of a concept, and
            keep the fault in `faults`.

        Raises
        ------
        ContentError
            With `strict`, for any fault; without it, still for one in the inventory or bibliography.
        FileNotFoundError
            If there is no such folder.
        """
        folder = Path(folder) if folder is not None else paths.lessons_dir()
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder of lessons at {folder}")
        inventory = _load_inventory(folder / "inventory.yaml")
        bibliography_file = folder / "bibliography.csv"
        bibliography = load_bibliography(bibliography_file) if bibliography_file.is_file() else {}
        lessons: dict[str, Lesson] = {}
        faults: list[ContentError] = []
        for file in sorted(folder.glob("*/*/lesson.md")):
            try:
                lesson = Lesson.load(file.parent)
                _check(lesson, lessons, inventory, bibliography)
            except ContentError as fault:
                if strict:
                    raise
                faults.append(fault)
            else:
                lessons[lesson.id] = lesson
        graph = _graph(folder, lessons, inventory, None if strict else faults)
        ordered = {id: lessons[id] for id in graph.order() if id in lessons}
        return cls(folder, ordered, inventory, bibliography, graph, tuple(faults))

    @cached_property
    def exercises(self) -> Mapping[str, "Exercise"]:
        """Exercises by ``<lesson>/<name>``; reading one may raise ContentError."""
        return _Exercises(self.lessons)

    @cached_property
    def questions(self) -> dict[str, tuple[Lesson, Open | Choice | Compute]]:
        """All questions by id, with their lesson.

        Raises
        ------
        ContentError
            If two lessons use one id.
        """
        found: dict[str, tuple[Lesson, Open | Choice | Compute]] = {}
        for lesson in self.lessons.values():
            for index, question in enumerate(lesson.questions):
                if question.id in found:
                    file = lesson.path / "questions.yaml"
                    line = 1 + line_of(file.read_text(encoding="utf-8"), [index, "id"])
                    other = found[question.id][0].id
                    raise ContentError(file, line, f"{index}.id", f"{question.id!r} is taken by lesson {other!r}")
                found[question.id] = lesson, question
        return found

    @cached_property
    def search_index(self) -> "Index":
        """What `groundup.course.search` looks things up in."""
        from groundup.course.search import Index

        return Index(self)

    @cached_property
    def tracks(self) -> dict[str, tuple[str, ...]]:
        """Track -> ids of its concepts, in learning order; tracks in the inventory's order."""
        names = dict.fromkeys([c.track for c in self.inventory.values()] + [x.track for x in self.lessons.values()])
        return {name: tuple(id for id in self.graph.order() if self.track(id) == name) for name in names}

    def title(self, id: str) -> str:
        """Title of a concept: its lesson's, or the inventory's while there is none."""
        return self.lessons[id].title if id in self.lessons else self.inventory[id].title

    def track(self, id: str) -> str:
        """Track of a concept."""
        return self.lessons[id].track if id in self.lessons else self.inventory[id].track

    def state(self, id: str) -> str:
        """``planned``, ``partial`` or ``complete``; a lesson outside the inventory is partial."""
        return self.inventory[id].state if id in self.inventory else "partial"


def _exercise_names(lesson: Lesson) -> list[str]:
    """Exercises in the order of the text, then those on disk that the text leaves out."""
    folder = lesson.path / "exercises"
    on_disk = (
        sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name[0] not in "._") if folder.is_dir() else []
    )
    placed = [name for name in lesson.exercises if name in on_disk]
    return placed + [name for name in on_disk if name not in placed]


def _check(lesson: Lesson, lessons: Mapping, inventory: Mapping, bibliography: Mapping) -> None:
    """What front matter claims about the rest of the course."""
    front = lesson.front

    def fault(path: list, message: str) -> ContentError:
        return ContentError(lesson.file, 2 + line_of(lesson.front_text, path), ".".join(map(str, path)), message)

    if lesson.id in lessons:
        raise fault(["id"], f"{lesson.id!r} is also the id of {lessons[lesson.id].file}")
    if inventory and lesson.id not in inventory:
        raise fault(["id"], f"{lesson.id!r} is not in the inventory")
    if inventory and inventory[lesson.id].track != lesson.track:
        raise fault(["track"], f"is {lesson.track!r}, in the inventory {inventory[lesson.id].track!r}")
    for index, key in enumerate(front.references):
        if bibliography and key not in bibliography:
            raise fault(["references", index], f"{key!r} is not in the bibliography")


def _load_inventory(file: Path) -> dict[str, Concept]:
    if not file.is_file():
        return {}
    text = read_text(file)
    data = load_yaml(text, file)
    if not isinstance(data, dict):
        raise ContentError(file, 1, None, f"expected tracks with rows; got {type(data).__name__}")
    lines = _row_lines(text)
    concepts: dict[str, Concept] = {}
    for track, rows in data.items():
        for index, row in enumerate(rows or []):
            id = row.get("id") if isinstance(row, dict) else None
            line = lines[id] if id in lines else 1 + line_of(text, [track, index])
            concept = _concept(row, track, index, file, line)
            if concept.id in concepts:
                line = 1 + line_of(text, [track, index])
                raise ContentError(file, line, f"{track}.{index}.id", f"the id {concept.id!r} stands twice")
            concepts[concept.id] = concept
    return concepts


def _concept(row: object, track: str, index: int, file: Path, line: int) -> Concept:
    from pydantic import ValidationError

    try:
        return Concept.model_validate({**row, "track": track, "line": line} if isinstance(row, dict) else row)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        path = ".".join(map(str, [track, index, *fault["loc"]]))
        raise ContentError(file, line, path, fault["msg"]) from None


def _row_lines(text: str) -> dict[str, int]:
    """Line of each row, from its ``- {id: ...`` or ``- id: ...``."""
    found = re.finditer(r"^\s*-\s*\{?\s*id:\s*([a-z0-9-]+)", text, re.MULTILINE)
    return {match[1]: 1 + text.count("\n", 0, match.start(1)) for match in found}


def _graph(
    folder: Path,
    lessons: Mapping[str, Lesson],
    inventory: Mapping[str, Concept],
    faults: list[ContentError] | None,
) -> Graph:
    """The graph; with a list of `faults`, what is wrong goes there and the concept loses its prerequisites."""
    needs: dict[str, list[str]] = {}
    places: dict[str, tuple[Path, int | None]] = {}
    for id in [*inventory, *(id for id in lessons if id not in inventory)]:
        if id in lessons:
            lesson = lessons[id]
            needs[id] = lesson.front.requires
            before = lesson.front_text.partition("\nrequires:")[0]
            places[id] = lesson.file, 3 + before.count("\n")
        else:
            needs[id] = inventory[id].needs
            places[id] = folder / "inventory.yaml", inventory[id].line
    alone = {id for id, concept in inventory.items() if concept.kind == "guide"}
    while True:
        try:
            return Graph(needs, places, alone)
        except GraphError as fault:
            if faults is None:
                raise
            faults.append(fault)
            needs[fault.concept] = []
            alone.add(fault.concept)
