"""What is wrong in the course, and what a concept lacks before it may be called complete."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundup import paths
from groundup.course.audit_text import anchors_of, remarks
from groundup.course.errors import ContentError
from groundup.course.lesson import Lesson
from groundup.course.render import Page, render
from groundup.course.schema import Concept
from groundup.course.source import module_file, symbol_source
from groundup.course.stamps import is_current

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog

__all__ = ["Finding", "audit", "complete"]

Severity = Literal["error", "missing", "warning"]
REFERENCES, WRONG = 1, 3
EXERCISES = {"method": 2, "tool": 1, "guide": 0}
QUESTIONS = {"method": 6, "tool": 6, "guide": 3}


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    Attributes
    ----------
    severity : "error", "missing" or "warning"
        An error is wrong wherever it stands; "missing" is what a concept lacks to be complete; a warning keeps
        nothing from being complete.
    concept : str
        Its id; empty for faults of the course as a whole.
    """

    severity: Severity
    concept: str
    message: str
    file: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{self.severity}: {self.concept or 'course'}: {where}{self.message}"


def audit(catalog: "Catalog") -> list[Finding]:
    """Faults of the whole course, and what partial concepts lack.

    Load the catalog with ``strict=False`` to have all faults listed. Complete concepts are held to everything:
    what they lack is an error. Planned concepts without a lesson are left alone.
    """
    found = [_of_fault("", fault) for fault in catalog.faults]
    found += _questions(catalog)
    for id in catalog.graph.order():
        state = catalog.state(id)
        if state == "complete":
            for finding in _concept(catalog, id):
                severe = "error" if finding.severity == "missing" else finding.severity
                found.append(Finding(severe, id, finding.message, finding.file, finding.line))
        elif state == "partial" or id in catalog.lessons:
            found += _concept(catalog, id)
            if state == "planned":
                found.append(Finding("missing", id, "has a lesson, but the inventory calls it planned"))
    return found


def complete(catalog: "Catalog", ids: Iterable[str]) -> list[Finding]:
    """Everything that keeps these concepts from being complete; warnings stand beside it.

    A concept is complete when nothing but warnings is found.

    Raises
    ------
    KeyError
        For an id that neither the inventory nor a lesson has.
    """
    found: list[Finding] = []
    for id in ids:
        if id not in catalog.graph:
            raise KeyError(f"no concept {id!r} in the inventory")
        faulty = [fault for fault in catalog.faults if id in fault.file.parts]
        found += [_of_fault(id, fault) for fault in faulty]
        if not faulty:
            found += _concept(catalog, id)
    return found


def _of_fault(concept: str, fault: ContentError) -> Finding:
    message = f"{fault.field}: {fault.message}" if fault.field else fault.message
    return Finding("error", concept, message, fault.file, fault.line)


def _questions(catalog: "Catalog") -> Iterator[Finding]:
    """Ids that two lessons share."""
    owners: dict[str, str] = {}
    for lesson in catalog.lessons.values():
        try:
            questions = lesson.questions
        except ContentError:
            continue  # reported with its lesson
        for question in questions:
            owner = owners.setdefault(question.id, lesson.id)
            if owner != lesson.id:
                message = f"the question id {question.id!r} is taken by lesson {owner!r}"
                yield Finding("error", lesson.id, message, lesson.path / "questions.yaml")


def _concept(catalog: "Catalog", id: str) -> list[Finding]:
    lesson = catalog.lessons.get(id)
    if lesson is None:
        return [Finding("missing", id, "has no lesson")]
    concept = catalog.inventory.get(id)
    kind = concept.kind if concept is not None else "method"
    found: list[Finding] = []
    try:
        page = render(lesson, catalog)
        found += [Finding(*_remark(lesson, remark, kind)) for remark in remarks(lesson, page, catalog)]
    except ContentError as fault:
        page = None
        found.append(_of_fault(id, fault))
    found += _modules(lesson, kind)
    found += _exercises(catalog, lesson, kind)
    found += _cards(lesson, page, kind)
    found += _recorded(lesson)
    found += _references(lesson, concept)
    return found


def _remark(lesson: Lesson, remark: tuple, kind: str) -> tuple:
    severity, line, message = remark
    wanted = message.startswith(("has no", "shows no", "places no"))
    if wanted:
        severity = "missing" if kind == "method" else "warning"
    return severity, lesson.id, message, lesson.file, line


def _modules(lesson: Lesson, kind: str) -> Iterator[Finding]:
    """Each module that the lesson implements exists, with a proof, tests and a benchmark."""
    if not lesson.front.implements and kind == "method":
        yield Finding("missing", lesson.id, "implements no module", lesson.file)
    root = paths.checkout()
    for module in lesson.front.implements:
        if module_file(module) is None:
            yield Finding("error", lesson.id, f"implements {module}, which does not exist", lesson.file)
            continue
        if kind != "method":
            continue
        family, _, stem = module.removeprefix("groundup.").partition(".")
        if module_file(f"groundup.proofs.{family}.{stem}") is None:
            yield Finding("missing", lesson.id, f"{module} has no proof (groundup.proofs.{family}.{stem})")
        if root is None:
            continue
        *folders, stem = family, *stem.split(".")
        tests = root.joinpath("tests", *folders, f"test_{stem}.py")
        several = sorted(tests.parent.glob(f"{tests.stem}_*.py"))  # a large module's tests may be several files
        if not tests.is_file() and not several:
            yield Finding("missing", lesson.id, f"{module} has no tests", tests)
        benchmark = root.joinpath("benchmarks", *folders, f"{stem}.py")
        if not benchmark.is_file():
            yield Finding("missing", lesson.id, f"{module} has no benchmark", benchmark)


def _exercises(catalog: "Catalog", lesson: Lesson, kind: str) -> Iterator[Finding]:
    ids = [id for id in catalog.exercises if id.startswith(f"{lesson.id}/")]
    if len(ids) < EXERCISES[kind]:
        yield Finding(
            "missing", lesson.id, f"has {len(ids)} exercises; needs {EXERCISES[kind]}", lesson.path / "exercises"
        )
    kinds = set()
    for id in ids:
        try:
            exercise = catalog.exercises[id]
        except ContentError as fault:
            yield _of_fault(lesson.id, fault)
            continue
        kinds.add(exercise.kind)
        folder = lesson.path / "exercises" / exercise.name
        if exercise.name not in lesson.exercises:
            yield Finding("error", lesson.id, f"the text does not place the exercise {exercise.name!r}", folder)
        if len(exercise.wrong) < WRONG:
            message = f"exercise {exercise.name!r} has {len(exercise.wrong)} planted wrong answers; needs {WRONG}"
            yield Finding("missing", lesson.id, message, folder)
    if kind == "method" and len(kinds) and "judgement" not in kinds:
        yield Finding("missing", lesson.id, "no exercise asks for a judgement on data", lesson.path / "exercises")


def _cards(lesson: Lesson, page: Page | None, kind: str) -> Iterator[Finding]:
    """Questions: enough of them, and `see` leads somewhere."""
    file = lesson.path / "questions.yaml"
    try:
        questions = lesson.questions
    except ContentError as fault:
        yield _of_fault(lesson.id, fault)
        return
    if len(questions) < QUESTIONS[kind]:
        yield Finding("missing", lesson.id, f"has {len(questions)} questions; needs {QUESTIONS[kind]}", file)
    anchors = anchors_of(page.html) if page is not None else None
    for question in questions:
        see = question.see
        if see.startswith("#"):
            if anchors is not None and see[1:] not in anchors:
                yield Finding("error", lesson.id, f"question {question.id!r}: see {see!r} is no heading", file)
        elif see.startswith("groundup."):
            try:
                symbol_source(see)
            except LookupError as error:
                yield Finding("error", lesson.id, f"question {question.id!r}: see: {error.args[0]}", file)
        elif see:
            message = f"question {question.id!r}: see must be '#heading' or a dotted symbol; got {see!r}"
            yield Finding("error", lesson.id, message, file)


def _recorded(lesson: Lesson) -> Iterator[Finding]:
    file = lesson.path / "recorded.json"
    try:
        if lesson.cells and not is_current(lesson):
            message = f"recorded outputs are stale: python -m groundup.course.record {lesson.id}"
            yield Finding("missing", lesson.id, message, file)
    except (ContentError, SyntaxError) as fault:
        yield Finding("error", lesson.id, str(fault), file)


def _references(lesson: Lesson, concept: Concept | None) -> Iterator[Finding]:
    if len(lesson.front.references) < REFERENCES and (concept is None or concept.kind == "method"):
        yield Finding("missing", lesson.id, "names no reference", lesson.file)
