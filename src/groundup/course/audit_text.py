"""What can be seen in a lesson's text alone: order of its parts, formulas, links, lengths."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from groundup.course.lesson import Lesson
from groundup.course.render import Page
from groundup.course.render_parse import Context, parse, token_line

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog

__all__ = ["Remark", "remarks", "tex_fault", "words"]

LINE = 100
WORDS = (1500, 3000)

# (severity, line, message)
Remark = tuple[str, int | None, str]

# the parts that a lesson may name by these words; where they stand, they stand in this order
PARTS = (
    "by hand",
    "the mathematics",
    "the code",
    "see it work",
    "check it",
    "when it breaks",
    "in practice",
    "exercises",
    "summary",
)

PAGES = ("/tokens",)  # pages besides lessons and exercises that a lesson may lead to


def remarks(lesson: Lesson, page: Page, catalog: "Catalog") -> Iterator[Remark]:
    """Everything there is to say about a lesson that renders."""
    context = Context(catalog, lesson.file, lesson.body_line, lesson)
    tokens = parse(lesson.body, context)
    yield from _parts(page)
    yield from _ingredients(lesson, tokens, context)
    yield from _formulas(tokens, context)
    yield from _links(page, catalog)
    yield from _lengths(lesson, page)
    cited = {reference.key for reference in page.sources} - set(lesson.front.references)
    for key in sorted(cited):
        yield "warning", None, f"cites {key!r}, which the front matter's references leave out"


def words(page: Page) -> int:
    """Words of prose: code and formulas do not count."""
    text = re.sub(r"<(div|span) class=\"math[^>]*>.*?</\1>", " ", page.html, flags=re.DOTALL)
    text = re.sub(r"<pre>.*?</pre>|<section class=\"sources\".*", " ", text, flags=re.DOTALL)
    return len(re.findall(r"[^\W_][\w'’-]*", re.sub(r"<[^>]*>", " ", text)))


def _parts(page: Page) -> Iterator[Remark]:
    titles = [h.title.lower() for h in page.toc if h.level == 2]
    there = [title for title in titles if title in PARTS]
    wanted = sorted(there, key=PARTS.index)
    if there != wanted:
        yield "error", None, f"parts stand in the order {', '.join(there)}; expected {', '.join(wanted)}"
    if not titles or titles[-1] != "summary":
        yield "error", None, f"the last part must be the Summary; got {titles[-1] if titles else 'no parts'!r}"
    summary = next((s.text for s in reversed(page.sections) if s.heading.lower() == "summary"), "")
    sentences = len(re.findall(r"[.!?](?=\s|$)", re.sub(r"\b(?:e\.g|i\.e|etc)\.", "", summary)))
    if sentences > 7:
        yield "warning", None, f"the summary has {sentences} sentences; at most seven"


def _ingredients(lesson: Lesson, tokens: list, context: Context) -> Iterator[Remark]:
    """Something by hand, then mathematics, code, proof and exercises, in that order."""
    first: dict[str, int] = {}
    for token in tokens:
        if token.type == "directive":
            first.setdefault(token.meta["directive"].name, token_line(context, token))
        elif token.type == "math_block":
            first.setdefault("math", token_line(context, token))
    needed = {
        "code-cell": "has no code cell",
        "math": "has no displayed formula",
        "source": "shows no code of the package ({source})",
        "verify": "has no comparison with the reference ({verify})",
        "exercise": "places no exercise ({exercise})",
    }
    for name, message in needed.items():
        if name not in first:
            yield "error", None, message
    order = [name for name in needed if name in first]
    for before, after in pairwise(order):
        if before == "code-cell" and after == "math":
            continue  # the problem may be posed with a formula
        if first[before] > first[after]:
            yield "error", first[before], f"the first {before} comes after the first {after}"
    heading = 0
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            if level > heading + 1:
                yield "error", token_line(context, token), f"a heading jumps from level {heading} to {level}"
            heading = level


def _formulas(tokens: list, context: Context) -> Iterator[Remark]:
    for token in tokens:
        found = [(token.content, token_line(context, token))] if token.type == "math_block" else []
        for child in token.children or [] if token.type == "inline" else []:
            line = child.meta.get("line", token_line(context, token))
            if child.type.startswith("math_inline"):
                found.append((child.content, line))
            elif child.type == "text" and "$" in child.content:
                yield (
                    "error",
                    line,
                    f"a dollar sign stands alone in {child.content.strip()[:60]!r}; write \\$ for money",
                )
        for tex, line in found:
            fault = tex_fault(tex)
            if fault:
                yield "error", line, f"formula {tex.strip()[:60]!r}: {fault}"


def tex_fault(tex: str) -> str | None:
    """What does not balance in a formula: braces, \\left and \\right, environments; None when all does."""
    depth = 0
    for piece in re.finditer(r"\\.|[{}]", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(piece[0], 0)
        if depth < 0:
            return "a brace closes that was not opened"
    if depth:
        return "a brace is not closed"
    left, right = len(re.findall(r"\\left(?![a-z])", tex)), len(re.findall(r"\\right(?![a-z])", tex))
    if left != right:
        return f"{left} \\left and {right} \\right"
    open_: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", tex):
        if kind == "begin":
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return f"\\end{{{name}}} closes nothing"
    return f"\\begin{{{open_[-1]}}} is not closed" if open_ else None


def _links(page: Page, catalog: "Catalog") -> Iterator[Remark]:
    from groundup.course.render import sections

    own = anchors_of(page.html)
    for target, line in page.links:
        if target.startswith("#"):
            if target[1:] not in own:
                yield "error", line, f"the link {target!r} leads nowhere on this page"
        elif target.startswith("/lesson/"):
            id, _, anchor = target.removeprefix("/lesson/").partition("#")
            if id not in catalog.lessons:
                yield "error", line, f"the link {target!r} leads to no lesson"
            elif anchor and anchor not in {s.anchor for s in sections(catalog.lessons[id], catalog)}:
                yield "error", line, f"lesson {id!r} has no heading {anchor!r}"
        elif target.startswith("/exercise/"):
            if target.removeprefix("/exercise/") not in catalog.exercises:
                yield "error", line, f"the link {target!r} leads to no exercise"
        elif "://" not in target and not target.startswith("mailto:") and target not in PAGES:
            yield "error", line, f"the link {target!r} leads nowhere in the course"


def anchors_of(html: str) -> set[str]:
    """Ids of a page."""
    return set(re.findall(r'\bid="([^"]+)"', html))


def _lengths(lesson: Lesson, page: Page) -> Iterator[Remark]:
    fence = ""
    for number, text in enumerate(lesson.body.splitlines(), lesson.body_line):
        mark = re.match(r"\s*(`{3,})", text)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and len(text) > LINE and not text.lstrip().startswith("|"):
            yield "error", number, f"a line of {len(text)} characters; at most {LINE}"
    count = words(page)
    if not WORDS[0] <= count <= WORDS[1]:
        yield "warning", None, f"{count} words; a lesson has {WORDS[0]} to {WORDS[1]}"
