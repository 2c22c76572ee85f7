"""Markdown of a lesson to tokens: admonitions opened up, sections wrapped, headings given anchors."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from groundup.course.bibliography import Reference
from groundup.course.directives import ADMONITIONS, parse_directive
from groundup.course.errors import ContentError

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog
    from groundup.course.lesson import Lesson

__all__ = ["Context", "Heading", "parse", "plain", "token_line"]


@dataclass(frozen=True)
class Heading:
    """A heading: its level (2 for a section), its text, and the id it has in the page."""

    level: int
    title: str
    anchor: str


@dataclass
class Context:
    """What rendering one text knows, and what it gathers on the way."""

    catalog: "Catalog"
    file: Path
    first_line: int = 1
    lesson: "Lesson | None" = None
    cited: dict[str, Reference] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, int]] = field(default_factory=list)

    def fault(self, token: Token | int, what: str | None, message: str) -> ContentError:
        """A ContentError at a token or line of this text."""
        line = token if isinstance(token, int) else token_line(self, token)
        return ContentError(self.file, line, what, message)

    def anchor(self, title: str) -> str:
        """An id for a heading, unique in the page: its words with hyphens."""
        slug = re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-") or "section"
        count = self.anchors[slug] = self.anchors.get(slug, 0) + 1
        return slug if count == 1 else f"{slug}-{count}"


def token_line(context: Context, token: Token) -> int:
    """Line of a token in its file."""
    if token.map:
        return context.first_line + token.map[0]
    return token.meta.get("line", context.first_line)


def parse(text: str, context: Context) -> list[Token]:
    """Tokens of a Markdown text, ready for rendering.

    Raises
    ------
    ContentError
        For an unknown directive or role, or a heading that does not fit.
    """
    return _parser().parse(text, {"context": context})


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = (
        MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
        .enable(["table", "strikethrough"])
        .use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
        .use(footnote_plugin, inline=False)
        .use(myst_role_plugin)
    )
    parser.disable(["html_block", "html_inline"])
    parser.core.ruler.after("block", "directives", _directives)
    parser.core.ruler.after("inline", "places", _places)
    parser.core.ruler.push("sections", _sections)
    return parser


def parser() -> MarkdownIt:
    """The one parser, for the renderer to add its rules to."""
    return _parser()


def _directives(state: StateCore) -> None:
    """Read every fence; an admonition's content becomes tokens of the page."""
    state.tokens = _expand(state.tokens, state)


def _expand(tokens: list[Token], state: StateCore) -> list[Token]:
    context: Context = state.env["context"]
    out: list[Token] = []
    for token in tokens:
        if token.type != "fence":
            out.append(token)
            continue
        line = token_line(context, token)
        directive = parse_directive(token.info, token.content, context.file, line)
        if directive is None:
            out.append(token)
        elif directive.name in ADMONITIONS:
            inner: list[Token] = []
            state.md.block.parse(directive.content, state.md, state.env, inner)
            shift = directive.content_line - context.first_line
            for child in inner:
                if child.map:
                    child.map = [child.map[0] + shift, child.map[1] + shift]
            opened = Token("admonition_open", "aside", 1, map=token.map, block=True, meta={"directive": directive})
            closed = Token("admonition_close", "aside", -1, block=True)
            out += [opened, *_expand(inner, state), closed]
        else:
            out.append(
                Token("directive", "", 0, map=token.map, block=True, level=token.level, meta={"directive": directive})
            )
    return out


def _places(state: StateCore) -> None:
    """Tell inline tokens their line, for errors."""
    context: Context = state.env["context"]
    for token in state.tokens:
        if token.type == "inline" and token.map and token.children:
            line = token_line(context, token)
            for child in token.children:
                child.meta["line"] = line
                line += child.type in ("softbreak", "hardbreak") or child.content.count("\n")


def _sections(state: StateCore) -> None:
    """Wrap what follows a second-level heading in a section, and give headings their anchors."""
    context: Context = state.env["context"]
    out: list[Token] = []
    is_open = False
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            title = plain(state.tokens[index + 1], context)
            anchor = context.anchor(title)
            token.attrSet("id", anchor)
            token.meta["anchor"] = anchor
            if level == 1 and any(h.level == 1 for h in context.headings):
                raise context.fault(
                    token, "heading", f"a second title {title!r}; a text has one heading with a single #"
                )
            context.headings.append(Heading(level, title, anchor))
            if level == 2:
                if is_open:
                    out.append(Token("section_close", "section", -1, block=True))
                out.append(Token("section_open", "section", 1, {"aria-labelledby": anchor}, block=True))
                is_open = True
        if token.type == "footnote_block_open" and is_open:
            out.append(Token("section_close", "section", -1, block=True))
            is_open = False
        out.append(token)
    if is_open:
        out.append(Token("section_close", "section", -1, block=True))
    state.tokens = out


def plain(inline: Token, context: Context, *, dollars: bool = False) -> str:
    """Words of an inline token, TeX included (between dollar signs when asked), markup left out."""
    parts = []
    for child in inline.children or []:
        if child.type in ("text", "text_special", "code_inline"):
            parts.append(child.content)
        elif child.type in ("math_inline", "math_inline_double"):
            parts.append(f"${child.content}$" if dollars else child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(plain(child, context))
        elif child.type == "myst_role":
            parts.append(_role_words(child, context))
    return "".join(parts)


def _role_words(token: Token, context: Context) -> str:
    name, content = token.meta["name"], token.content.strip("`").strip()
    if name in ("cite", "cite:t"):
        return ", ".join(
            context.catalog.bibliography[key.strip()].label
            for key in content.split(",")
            if key.strip() in context.catalog.bibliography
        )
    if name == "lesson":
        text, id, _ = lesson_target(content)
        known = id in context.catalog.lessons or id in context.catalog.inventory
        return text or (context.catalog.title(id) if known else id)
    return content


def lesson_target(content: str) -> tuple[str, str, str]:
    """Split ``text <id#anchor>`` or ``id#anchor`` into text (may be empty), id and anchor (may be empty)."""
    match = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content)
    text, target = match.groups() if match else ("", content)
    id, _, anchor = target.partition("#")
    return text, id, anchor
