"""Markdown and LaTeX that a program shows, as safe HTML.

No address and no markup of the program's gets through: links and images stay text, raw HTML is escaped. Formulas are
put into elements of class ``math`` as TeX, which the page's script typesets without trusting them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

__all__ = ["MAX_MARKUP", "latex_html", "markdown_html"]

MAX_MARKUP = 20_000  # characters; longer ones are shown as they were written
_FORMULA = re.compile(r"\$\$([^$]+)\$\$|\$([^$]+)\$")
_WHOLE = re.compile(r"\$\$([^$]+)\$\$|\$([^$]+)\$|\\\[(.+)\\\]|\\\((.+)\\\)", re.S)


def latex_html(text: str) -> str:
    """A LaTeX output: formulas between dollars within text, or one formula.

    Parameters
    ----------
    text : str
        Such as ``$x^2$``, ``the value is $x$`` or ``\\begin{align} … \\end{align}``.
    """
    text = text.strip()
    if len(text) > MAX_MARKUP:
        return f'<pre class="output-text">{escape(text)}</pre>'
    whole = _WHOLE.fullmatch(text)
    if whole or not _FORMULA.search(text):
        tex = next(filter(None, whole.groups())) if whole else text
        return f'<div class="output-rich">{_formula("block", tex)}</div>'
    out, at = [], 0
    for found in _FORMULA.finditer(text):
        formula = _formula("block", found[1]) if found[1] else _formula("inline", found[2])
        out += [escape(text[at : found.start()]), formula]
        at = found.end()
    return f'<div class="output-rich">{"".join(out)}{escape(text[at:])}</div>'


def markdown_html(text: str) -> str:
    """A Markdown output: paragraphs, lists, tables, code and formulas; headings become bold lines.

    Parameters
    ----------
    text : str
        CommonMark with tables and ``$…$``.
    """
    if len(text) > MAX_MARKUP:
        return f'<pre class="output-text">{escape(text)}</pre>'
    return f'<div class="output-rich">{_parser().render(text)}</div>'


def _formula(form: str, tex: str) -> str:
    return f'<span class="math {form}">{escape(tex.strip())}</span>'


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    parser.disable(["html_block", "html_inline", "link", "image", "autolink", "reference", "entity"])
    forms = {"math_inline": "inline", "math_inline_double": "block", "math_block": "block"}
    for kind, form in forms.items():
        parser.add_render_rule(kind, _math_rule(form))
    # The outline of the page is the lesson's.
    parser.add_render_rule("heading_open", lambda *_: "<p><strong>")
    parser.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    # No attribute comes from the text, so that nothing of it has to be trusted: not the language of a fence,
    parser.add_render_rule("fence", lambda _, tokens, index, *__: f"<pre>{escape(tokens[index].content)}</pre>\n")
    # nor the alignment of a column, which is a style that the page's policy blocks anyway.
    for kind in ("th_open", "td_open"):
        parser.add_render_rule(kind, lambda _, tokens, index, *__: f"<{tokens[index].tag}>")
    return parser


def _math_rule(form: str):
    def rule(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
        return _formula(form, tokens[index].content)

    return rule
