"""A lesson's page: the rendered text with its cells, recorded outputs and proofs in place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from groundup.app.services.kernels_html import outputs_html
from groundup.course.bibliography import Reference
from groundup.course.catalog import Catalog
from groundup.course.lesson import Cell, Lesson
from groundup.course.outputs import Recorded, load_recorded
from groundup.course.render import Heading, fragment, render

__all__ = ["CellView", "LessonPages", "LessonView", "day", "place"]

NONCE = "@nonce@"  # stands in cached pages for the nonce of the answer
_CELL = re.compile(
    r'<div class="cell" [^>]*?data-cell="(?P<name>[^"]+)"[^>]*>(?P<code><div class="highlight">.*?</pre></div>)</div>',
    re.S,
)
_VERIFY = re.compile(r'<div class="verify" data-module="([^"]+)"></div>')
_EXERCISE = re.compile(r'<div class="exercise" data-exercise="([^"]+)"[^>]*>.*?</div>', re.S)


@dataclass(frozen=True, slots=True)
class CellView:
    """What the template of a cell shows."""

    cell: Cell
    number: int
    code: str
    outputs: str
    recorded: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson ready to be shown; states of exercises and proofs are put in for each answer."""

    lesson: Lesson
    title: str
    toc: tuple[Heading, ...]
    sources: tuple[Reference, ...]
    html: str
    questions: tuple[dict[str, object], ...]
    recorded: Recorded | None

    def body(self, nonce: str, exercise: Callable[[str], str], proof: Callable[[str], str]) -> str:
        """The text with everything in place.

        Parameters
        ----------
        nonce : str
            The style nonce of this answer.
        exercise, proof : callables
            HTML of the exercise ``lesson/name``, and of the proof of a module.
        """
        html = self.html.replace(NONCE, escape(nonce))
        html = _VERIFY.sub(lambda match: proof(match[1]), html)
        return _EXERCISE.sub(lambda match: exercise(match[1]), html)


class LessonPages:
    """Renders lessons, each once, and again when one of its files changed.

    Parameters
    ----------
    catalog : Catalog
    cell : callable
        HTML of a `CellView`.
    """

    def __init__(self, catalog: Catalog, cell: Callable[[CellView], str]) -> None:
        self.catalog = catalog
        self._cell = cell
        self._views: dict[str, tuple[tuple[int, ...], LessonView]] = {}

    def view(self, id: str) -> LessonView:
        """The lesson; `ContentError` when its text asks for what is not there."""
        lesson = self.catalog.lessons[id]
        files = (lesson.file, lesson.path / "recorded.json", lesson.path / "questions.yaml")
        state = tuple(_modified(file) for file in files)
        known = self._views.get(id)
        if known is None or known[0] != state:
            if known is not None and known[0][0] != state[0]:
                lesson = self.catalog.lessons[id] = Lesson.load(lesson.path)
            known = self._views[id] = (state, self._render(lesson))
        return known[1]

    def _render(self, lesson: Lesson) -> LessonView:
        page = render(lesson, self.catalog)
        recorded = load_recorded(lesson)
        numbers = {cell.name: number for number, cell in enumerate(lesson.cells, 1)}

        def cell(match: re.Match[str]) -> str:
            found = lesson.cell(match["name"])
            return self._cell(_cell_view(found, numbers[found.name], match["code"], recorded))

        return LessonView(
            lesson=lesson,
            title=page.title_html,
            toc=page.toc,
            sources=page.sources,
            html=_CELL.sub(cell, page.html),
            questions=tuple(self._question(lesson, question, page.toc) for question in lesson.questions),
            recorded=recorded,
        )

    def _question(self, lesson: Lesson, question: Any, toc: tuple[Heading, ...]) -> dict[str, object]:
        """A question with its texts as HTML."""
        shown: dict[str, object] = {"raw": question, "kind": question.kind, "id": question.id, "level": question.level}

        def html(text: str) -> str:
            return fragment(text, self.catalog, file=lesson.path / "questions.yaml", lesson=lesson) if text else ""

        shown["question"], shown["trap"] = html(question.question), html(question.trap)
        shown["see"] = self._see(lesson, question.see, toc)
        shown["follow_ups"] = [html(text) for text in getattr(question, "follow_ups", [])]
        if question.kind == "open":
            shown["answer"] = html(question.answer)
        elif question.kind == "choice":
            shown["options"] = [(html(one.text), html(one.why), one.right) for one in question.options]
        else:
            shown["answer"], shown["explain"] = question.answer, html(question.explain)
            shown["tolerance"], shown["unit"] = question.tolerance, question.unit
        return shown

    def _see(self, lesson: Lesson, see: str, toc: tuple[Heading, ...]) -> str:
        if not see:
            return ""
        if see.startswith("groundup."):
            module = see
            while module and self._module(module) is None:
                module = module.rpartition(".")[0]
            return f'<a href="/source/{escape(module)}"><code>{escape(see)}</code></a>' if module else escape(see)
        anchor = see.removeprefix("#")
        title = next((heading.title for heading in toc if heading.anchor == anchor), anchor.replace("-", " "))
        return f'<a href="/lesson/{lesson.id}#{escape(anchor)}">{escape(title)}</a>'

    @staticmethod
    def _module(module: str) -> Path | None:
        from groundup.course.source import module_file

        return module_file(module)


def _cell_view(cell: Cell, number: int, code: str, recorded: Recorded | None) -> CellView:
    kept = recorded.cells.get(cell.name) if recorded else None
    caption = f"recorded {day(recorded.date)}, {place(recorded)}" if recorded and kept else ""
    outdated = bool(kept and kept.hash != cell.hash)
    outputs = outputs_html(kept.outputs, NONCE) if kept else ""
    return CellView(cell, number, code, outputs, caption, outdated)


def day(iso: str) -> str:
    """A date as a person writes it: ``20 November 2026``."""
    return date.fromisoformat(iso[:10]).strftime("%-d %B %Y")


def place(recorded: Recorded) -> str:
    """The machine of recorded outputs in a few words."""
    machine = recorded.machine
    cpu = re.sub(r"\((?:R|TM)\)|\b(?:CPU|Processor)\b|@.*$|\d+-Core", "", machine.cpu)
    return f"{' '.join(cpu.split())}, {machine.cores} core{'s' if machine.cores != 1 else ''}"


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def neighbours(catalog: Catalog, id: str) -> Mapping[str, str | None]:
    """The lessons before and after one in learning order."""
    order = list(catalog.lessons)
    at = order.index(id)
    return {"before": order[at - 1] if at else None, "after": order[at + 1] if at + 1 < len(order) else None}
