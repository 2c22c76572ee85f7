"""Highlighted code: Pygments with classes, and its colours for light and dark from one function."""

import ast
import textwrap
from functools import lru_cache
from html import escape

__all__ = ["folds", "highlight", "highlight_css", "highlight_folded"]

FOLDED_LINES = 4  # a docstring with fewer lines behind its first paragraph is shown whole
LIGHT, DARK = "default", "github-dark"  # both with a contrast of at least 4.5 to 1 on their grounds


@lru_cache(maxsize=16)
def _lexer(language: str):
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def highlight(code: str, language: str = "python", first_line: int | None = None) -> str:
    """HTML of a block of code, with class names and no inline style.

    Parameters
    ----------
    code : str
    language : str
        A name Pygments knows; anything else is shown plain.
    first_line : int, optional
        Number the lines from here, each with an anchor ``L<number>``.

    Returns
    -------
    html : str
        ``<div class="highlight"><pre><code>…``.
    """
    from pygments import highlight as pygments_highlight
    from pygments.formatters import HtmlFormatter

    lexer = _lexer(language) if language else None
    if lexer is None:
        inner = escape(code, quote=False)
    else:
        inner = pygments_highlight(code, lexer, HtmlFormatter(nowrap=True)).removesuffix("\n")
    if first_line is not None:
        inner = "\n".join(
            f'<span class="line" id="L{number}"><a class="linenos" href="#L{number}">{number}</a>{line}</span>'
            for number, line in enumerate(inner.split("\n"), first_line)
        )
    kind = f' class="language-{escape(language)}"' if language else ""
    return f'<div class="highlight"><pre><code{kind}>{inner}</code></pre></div>'


def folds(code: str) -> list[tuple[int, int]]:
    """Stretches of lines (first, last; from 0) that a reader of the steps may skip.

    They are what follows the first paragraph in docstrings of functions and classes: parameters, errors, examples.
    A module's own docstring holds the equations and stays.
    """
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:
        return []
    lines, found = code.split("\n"), []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if ast.get_docstring(node, clean=False) is None:
            continue
        first, last = node.body[0].lineno - 1, (node.body[0].end_lineno or node.body[0].lineno) - 1
        blank = next((n for n in range(first, last) if not lines[n].strip()), last)
        end = last - 1 if lines[last].strip() in ('"""', "'''") else last
        if end - blank >= FOLDED_LINES:
            found.append((blank, end))
    return sorted(found)


def highlight_folded(code: str) -> str:
    """As `highlight`, with each stretch of `folds` in a ``<details>`` that is closed."""
    start, end = '<pre><code class="language-python">', "</code></pre>"
    whole = highlight(code).removeprefix(f'<div class="highlight">{start}').removesuffix(f"{end}</div>")
    lines, parts, at = whole.split("\n"), [], 0

    def block(first: int, last: int | None) -> str:
        return start + "\n".join(lines[first:last]) + end

    for first, last in folds(code):
        summary = f"<summary>documentation, {last - first} lines</summary>"
        parts.append(block(at, first))
        parts.append(f'<details class="docstring">{summary}{block(first + 1, last + 1)}</details>')
        at = last + 1
    if at < len(lines):
        parts.append(block(at, None))
    return f'<div class="highlight">{"".join(parts)}</div>'


@lru_cache(maxsize=1)
def highlight_css() -> str:
    """Style sheet for `highlight`: light, and dark where the page or the system asks for it.

    The page's choice is ``data-theme="light"`` or ``"dark"`` on the root element; without one the system decides.
    """
    from pygments.formatters import HtmlFormatter

    def rules(style: str, scope: str) -> str:
        formatter = HtmlFormatter(style=style, cssclass="highlight")
        kept = [line for line in formatter.get_token_style_defs(scope)]
        ground = f"{scope} {{ color: {'#1f2328' if style == LIGHT else '#e6edf3'} }}"
        return "\n".join([ground, *kept])

    dark = rules(DARK, '[data-theme="dark"] .highlight')
    system = rules(DARK, ":root:not([data-theme]) .highlight")
    return "\n".join(
        [
            rules(LIGHT, ".highlight"),
            dark,
            "@media (prefers-color-scheme: dark) {",
            system,
            "}",
            ".highlight .linenos { user-select: none; display: inline-block; min-width: 2.5em; padding-right: 1em;",
            "  text-align: right; text-decoration: none; opacity: 0.6; color: inherit }",
        ]
    )
