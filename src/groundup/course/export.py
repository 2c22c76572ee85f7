"""A lesson as a Jupyter notebook: cells as they are, directives as Markdown that a notebook can show."""

import base64
import re
from typing import TYPE_CHECKING

from groundup.course import source as package_source
from groundup.course.bibliography import Reference
from groundup.course.directives import ADMONITIONS, Directive, parse_directive
from groundup.course.errors import ContentError
from groundup.course.lesson import Cell, Lesson, block_parser
from groundup.course.render_parse import lesson_target

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from groundup.course.catalog import Catalog

__all__ = ["to_notebook"]

_ROLE = re.compile(r"\{(cite|cite:t|lesson)\}`([^`]+)`")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\](:?)")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
MIME = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}


class _Notebook:
    """Markdown that gathers until a code cell comes."""

    def __init__(self, lesson: Lesson, catalog: "Catalog") -> None:
        self.lesson, self.catalog = lesson, catalog
        self.cells: list = []
        self.text: list[str] = []
        self.attachments: dict[str, dict[str, str]] = {}
        self.cited: dict[str, Reference] = {}

    def flush(self) -> None:
        import nbformat

        text = "\n".join(self.text).strip("\n")
        if text:
            cell = nbformat.v4.new_markdown_cell(text, id=f"text-{len(self.cells)}")
            if self.attachments:
                cell["attachments"] = self.attachments
            self.cells.append(cell)
        self.text, self.attachments = [], {}

    def code(self, cell: Cell) -> None:
        import nbformat

        self.flush()
        made = nbformat.v4.new_code_cell(cell.source, id=cell.name[:64])
        made.metadata["name"] = cell.name
        if cell.raises:
            made.metadata["tags"] = ["raises-exception"]
        self.cells.append(made)

    def markdown(self, text: str, first_line: int) -> None:
        """Take over Markdown, its fences converted."""
        lines = text.split("\n")
        at = 0
        for token in block_parser().parse(text):
            begin, end = token.map or (0, 0)
            if token.type != "fence" or begin < at:
                continue
            self.text.append(self.prose("\n".join(lines[at:begin])))
            at = end
            line = first_line + begin
            directive = parse_directive(token.info, token.content, self.lesson.file, line)
            if directive is None:
                self.text.append("\n".join(lines[begin:at]))
            elif directive.name == "code-cell":
                self.code(self.lesson.cell(directive.option("name")))
            else:
                self.directive(directive)
        self.text.append(self.prose("\n".join(lines[at:])))

    def directive(self, directive: Directive) -> None:
        name, argument = directive.name, directive.argument
        if name == "source":
            self.source(directive)
        elif name == "verify":
            command = f"groundup verify {argument}"
            self.text.append(f"The comparison of `{argument}` with its reference: run `{command}` in a terminal.\n")
        elif name == "exercise":
            exercise = self.catalog.exercises[f"{self.lesson.id}/{argument}"]
            self.text.append(
                f"**Exercise: {exercise.title}.** In a terminal: `groundup check {self.lesson.id}/{argument}`\n"
            )
        elif name == "figure":
            self.figure(directive)
        elif name in ADMONITIONS:
            outer, self.text = self.text, []
            self.markdown(directive.content, directive.content_line)
            inner, self.text = "\n".join(self.text).strip("\n"), outer
            title = directive.option("title") or argument or name.capitalize()
            quoted = "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *inner.split("\n")])
            self.text.append(quoted + "\n")

    def source(self, directive: Directive) -> None:
        try:
            found = package_source.symbol_source(directive.argument)
        except LookupError as error:
            raise ContentError(self.lesson.file, directive.line, "source", str(error.args[0])) from None
        where = f"`{package_source.shown_path(found.file)}`, from line {found.line}"
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", found.text)), default=0))
        self.text.append(f"{where}:\n\n{fence}python\n{found.text.rstrip()}\n{fence}\n")

    def figure(self, directive: Directive) -> None:
        file = self.lesson.path / directive.argument
        if not file.is_file() or file.suffix not in MIME:
            raise ContentError(
                self.lesson.file, directive.line, "figure", f"there is no picture {directive.argument!r}"
            )
        key = directive.argument.replace("/", "-")
        self.attachments[key] = {MIME[file.suffix]: base64.b64encode(file.read_bytes()).decode()}
        alt = directive.option("alt") or " ".join(directive.content.split())
        self.text.append(f"![{alt}](attachment:{key})\n\n{self.prose(directive.content)}\n")

    def prose(self, text: str) -> str:
        """Roles in words, footnotes as notes; code spans stay as they are."""
        out, at = [], 0
        text = _ROLE.sub(self._role, text)
        for span in _CODE_SPAN.finditer(text):
            out += [_FOOTNOTE.sub(_note, text[at : span.start()]), span[0]]
            at = span.end()
        return "".join([*out, _FOOTNOTE.sub(_note, text[at:])])

    def _role(self, match: re.Match) -> str:
        if match[1] != "lesson":
            labels = []
            for key in (part.strip() for part in match[2].split(",")):
                if key not in self.catalog.bibliography:
                    raise ContentError(self.lesson.file, None, "cite", f"{key!r} is not in the bibliography")
                reference = self.cited.setdefault(key, self.catalog.bibliography[key])
                labels.append(f"[{reference.label}]({reference.url})" if reference.url else reference.label)
            return f"({'; '.join(labels)})" if match[1] == "cite" else "; ".join(labels)
        text, id, _ = lesson_target(match[2])
        if id not in self.catalog.lessons and id not in self.catalog.inventory:
            raise ContentError(self.lesson.file, None, "lesson", f"{id!r} is neither a lesson nor in the inventory")
        return f"*{text or self.catalog.title(id)}*"


def to_notebook(lesson: Lesson, catalog: "Catalog | None" = None) -> "NotebookNode":
    """The lesson as a notebook that runs where groundup is installed.

    Parameters
    ----------
    lesson : Lesson
    catalog : Catalog, optional
        For titles and references; the installed course by default.

    Raises
    ------
    ContentError
        For a symbol, picture, lesson or reference that is not there.
    """
    import nbformat

    if catalog is None:
        from groundup.course.catalog import Catalog

        catalog = Catalog.load()
    book = _Notebook(lesson, catalog)
    book.markdown(lesson.body, lesson.body_line)
    references = {key: catalog.bibliography[key] for key in lesson.front.references if key in catalog.bibliography}
    references |= book.cited
    if references:
        book.text += ["", "## Sources", "", *map(_entry, references.values())]
    book.flush()
    metadata = {
        "title": lesson.title,
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    node = nbformat.v4.new_notebook(cells=book.cells, metadata=metadata)
    nbformat.validate(node)
    return node


def _note(match: re.Match) -> str:
    return f"**Note {match[1]}:**" if match[2] else f"<sup>{match[1]}</sup>"


def _entry(reference: Reference) -> str:
    label = reference.identifier_label
    where = f"[{label}]({reference.url})" if reference.url else label
    venue = f" {reference.venue}." if reference.venue else ""
    return f"- {reference.label}. *{reference.title}*.{venue} {where}"
