"""A lesson as a page: safe HTML with placeholders for what lives, its contents, and its plain text."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it.token import Token

from groundup.course import source as package_source
from groundup.course.bibliography import Reference
from groundup.course.lesson import Lesson
from groundup.course.render_code import highlight, highlight_css
from groundup.course.render_parse import Context, Heading, parse, plain
from groundup.course.render_rules import render_tokens, sources_section

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog

__all__ = ["Heading", "Page", "Section", "fragment", "highlight_css", "render", "sections", "source_page"]


@dataclass(frozen=True)
class Section:
    """Plain text below one heading, for search; formulas are TeX between dollar signs."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """A rendered lesson.

    Attributes
    ----------
    html : str
        Body without the title. Cells are ``<div class="cell" data-cell=name data-hash=hash>`` around their highlighted
        source, mathematics is TeX in ``.math.inline`` and ``.math.block``, ``{verify}`` is
        ``<div class="verify" data-module=…>``, an exercise ``<div class="exercise" data-exercise=…>`` with a link.
    title_html : str
        The title, its mathematics as in the body.
    toc : tuple of Heading
        Headings of levels 2 and 3.
    text : str
        All words and TeX.
    sections : tuple of Section
    sources : tuple of Reference
        What the front matter lists, then what else is cited.
    links : tuple of (target, line)
        Links of the text, for the audit.
    """

    html: str
    title_html: str
    toc: tuple[Heading, ...]
    text: str
    sections: tuple[Section, ...]
    sources: tuple[Reference, ...]
    links: tuple[tuple[str, int], ...]


def render(lesson: Lesson, catalog: "Catalog") -> Page:
    """Render a lesson.

    Raises
    ------
    ContentError
        For whatever the text asks for and is not there: symbol, lesson, reference, exercise, file.
    """
    context = _context(lesson, catalog)
    tokens = parse(lesson.body, context)
    if not tokens or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        raise context.fault(
            tokens[0] if tokens else lesson.body_line,
            "title",
            "the text begins with its title, a heading with a single #",
        )
    title = render_tokens([tokens[1]], context)
    html = render_tokens(tokens[3:], context)
    references = {key: catalog.bibliography[key] for key in lesson.front.references if key in catalog.bibliography}
    references |= context.cited
    found = _sections(tokens, context, lesson.title)
    return Page(
        html=html + sources_section(list(references.values())),
        title_html=title,
        toc=tuple(h for h in context.headings if h.level in (2, 3)),
        text="\n".join(f"{section.heading}\n{section.text}" for section in found),
        sections=found,
        sources=tuple(references.values()),
        links=tuple(context.links),
    )


def sections(lesson: Lesson, catalog: "Catalog") -> tuple[Section, ...]:
    """Plain text of a lesson by heading: what `Page.sections` holds, without making the page."""
    context = _context(lesson, catalog)
    return _sections(parse(lesson.body, context), context, lesson.title)


def fragment(text: str, catalog: "Catalog", *, file: Path | None = None, lesson: Lesson | None = None) -> str:
    """HTML of a short Markdown text: instructions, a hint, a question. Same rules, no sections list.

    Parameters
    ----------
    text : str
    catalog : Catalog
    file : Path, optional
        Where the text comes from, for errors.
    lesson : Lesson, optional
        The lesson whose folder pictures come from.
    """
    context = Context(catalog, file or Path("text"), lesson=lesson)
    html = render_tokens(parse(text, context), context)
    return html.replace('href="#ref-', f'href="/lesson/{lesson.id}#ref-') if lesson else html


def source_page(module: str) -> str:
    """HTML of a whole module of the package, lines numbered and anchored as ``L<number>``.

    Raises
    ------
    LookupError
        If there is no such module.
    """
    found = package_source.module_source(module)
    shown = escape(package_source.shown_path(found.file))
    code = highlight(found.text.rstrip("\n"), "python", 1)
    return f'<figure class="source"><figcaption><code>{shown}</code></figcaption>{code}</figure>\n'


def _context(lesson: Lesson, catalog: "Catalog") -> Context:
    return Context(catalog, lesson.file, lesson.body_line, lesson)


def _sections(tokens: list[Token], context: Context, title: str) -> tuple[Section, ...]:
    heading, anchor, parts = title, "", []
    found: list[Section] = []
    in_heading = False
    for token in tokens:
        if token.type == "heading_open":
            found.append(Section(heading, anchor, "\n".join(parts)))
            anchor, parts, in_heading = ("" if token.tag == "h1" else token.meta["anchor"]), [], True
        elif token.type == "footnote_block_open":
            found.append(Section(heading, anchor, "\n".join(parts)))
            heading, anchor, parts = "Footnotes", "fn1", []
        elif token.type == "inline" and in_heading:
            heading, in_heading = plain(token, context), False
        elif token.type == "inline":
            parts.append(plain(token, context, dollars=True))
        elif token.type == "math_block":
            parts.append(f"${token.content.strip()}$")
    found.append(Section(heading, anchor, "\n".join(parts)))
    return tuple(section for section in found[1:] if section.text or section.anchor)
