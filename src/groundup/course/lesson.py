"""A lesson on disk: front matter at once, cells and questions when somebody asks for them."""

import ast
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from groundup.course.directives import Slider, parse_directive, parse_slider
from groundup.course.errors import ContentError, read_text
from groundup.course.schema import Choice, Compute, FrontMatter, Open, line_of, read, read_questions

__all__ = ["Cell", "Lesson", "block_parser", "source_hash"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_EXERCISE = re.compile(r"^`{3,}\{exercise\}[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def source_hash(source: str) -> str:
    """Short hash of a cell's text; a draft remembers the hash of the text that it started from."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Cell:
    """A code cell. `line` is the line of its first line of source in ``lesson.md``, counted from 1."""

    name: str
    source: str
    sliders: tuple[Slider, ...]
    raises: str
    line: int
    hash: str


@dataclass(frozen=True)
class Lesson:
    """One lesson folder. `body` is the Markdown after the front matter, `body_line` the line it begins on."""

    path: Path
    front: FrontMatter
    body: str
    body_line: int
    front_text: str

    @classmethod
    def load(cls, folder: Path) -> "Lesson":
        """Read ``lesson.md`` of a folder named ``<track>/<id>``.

        Raises
        ------
        ContentError
            If the front matter is missing or faulty, or folder and front matter disagree.
        """
        file = folder / "lesson.md"
        text = read_text(file)
        match = _FRONT.match(text)
        if match is None:
            raise ContentError(file, 1, None, "a lesson begins with front matter between two lines of '---'")
        front = read(FrontMatter, match[1], file, first_line=2)
        for field, is_, wanted in (("id", front.id, folder.name), ("track", front.track, folder.parent.name)):
            if is_ != wanted:
                raise ContentError(
                    file, 2 + line_of(match[1], [field]), field, f"is {is_!r}, but the folder says {wanted!r}"
                )
        return cls(folder, front, text[match.end() :], 1 + text[: match.end()].count("\n"), match[1])

    @property
    def id(self) -> str:
        return self.front.id

    @property
    def title(self) -> str:
        return self.front.title

    @property
    def track(self) -> str:
        return self.front.track

    @property
    def file(self) -> Path:
        """The Markdown file."""
        return self.path / "lesson.md"

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        """Names of the exercises that the text places, in its order."""
        return tuple(dict.fromkeys(_EXERCISE.findall(self.body)))

    @cached_property
    def questions(self) -> tuple[Open | Choice | Compute, ...]:
        """Questions of ``questions.yaml``; none when there is no such file."""
        file = self.path / "questions.yaml"
        if not file.is_file():
            return ()
        return tuple(read_questions(read_text(file), file))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Code cells, top to bottom: the cells that jupytext reads, without importing jupytext.

        Raises
        ------
        ContentError
            For a cell without a name, a name twice, source that is no Python, a faulty slider.
        """
        cells: dict[str, Cell] = {}
        for token in block_parser().parse(self.body):
            if token.type == "fence" and token.info.startswith("{code-cell}"):
                cell = self._cell(token)
                if cell.name in cells:
                    raise ContentError(self.file, cell.line, f"cell {cell.name}", "two cells have this name")
                cells[cell.name] = cell
        return tuple(cells.values())

    def cell(self, name: str) -> Cell:
        """The cell of that name; KeyError when there is none."""
        for cell in self.cells:
            if cell.name == name:
                return cell
        raise KeyError(f"{self.id} has no cell {name!r}; its cells: {', '.join(c.name for c in self.cells)}")

    def _cell(self, token) -> Cell:
        line = self.body_line + token.map[0]
        directive = parse_directive(token.info, token.content, self.file, line)
        if directive is None or directive.argument != "python":
            raise ContentError(self.file, line, "code-cell", f"expected '{{code-cell}} python'; got {token.info!r}")
        if token.level:
            raise ContentError(self.file, line, "code-cell", "a cell must not stand inside a list or a quotation")
        name = directive.option("name")
        if not _NAME.fullmatch(name):
            raise ContentError(self.file, line, "code-cell", f"needs ':name: words-with-hyphens'; got {name!r}")
        tree = self._parsed(directive.content, directive.content_line, name)
        texts = directive.options.get("slider", [])
        sliders = tuple(parse_slider(text, tree, self.file, line) for text in texts)
        return Cell(
            name=name,
            source=directive.content,
            sliders=sliders,
            raises=directive.option("raises"),
            line=directive.content_line,
            hash=source_hash(directive.content),
        )

    def _parsed(self, source: str, first: int, name: str) -> ast.Module:
        try:
            return ast.parse(source)
        except SyntaxError as error:
            line = first + (error.lineno or 1) - 1
            raise ContentError(self.file, line, f"cell {name}", f"is not Python: {error.msg}") from None


def block_parser():
    """markdown-it for the block structure alone: inline parsing is nine tenths of the time."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")
