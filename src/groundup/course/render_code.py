"""Highlighted code: Pygments with classes, and its colours for light and dark from one function."""

from functools import lru_cache
from html import escape

__all__ = ["highlight", "highlight_css"]

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
