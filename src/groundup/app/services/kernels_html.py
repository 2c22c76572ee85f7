"""Outputs of cells as HTML that is safe to put into a page, recorded ones and live ones alike.

Nothing that a program printed reaches the page as markup. Text is escaped; an image is an ``<img>`` with a data
URL, in which SVG runs no script and loads nothing; Markdown and LaTeX become HTML of
ours; HTML is reduced to tables and text *and* shown in a sandboxed frame without scripts and without our origin.
The page's Content-Security-Policy is the third fence.
"""

import base64
import binascii
import re
import struct
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from groundup.app.services.kernels_markup import latex_html, markdown_html
from groundup.app.services.kernels_text import ansi_html, plain

__all__ = ["MAX_HTML", "MAX_IMAGE", "MAX_TEXT", "TooLong", "clean_html", "output_html", "outputs_html"]

MAX_TEXT = 100_000  # characters of printed text a cell
MAX_HTML = 400_000  # characters of one HTML output
MAX_DEPTH = 200  # elements in elements
READING_SECONDS = 0.5  # of processor time: Python's parser is quadratic in what is left open
MAX_IMAGE = 6_000_000  # bytes of one image

_TEXT_TAGS = (
    "a abbr b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s samp small span strong"
)
_TABLE_TAGS = "caption col colgroup sub sup table tbody td tfoot th thead tr u ul var"
_KEPT = frozenset((_TEXT_TAGS + " " + _TABLE_TAGS).split())
_VOID = frozenset(("br", "hr", "col"))
_ATTRIBUTES = frozenset(("colspan", "rowspan", "scope", "title", "span"))
_DARK_FIGURE = b"""
@media (prefers-color-scheme: dark) {
#patch_1 > path, g[id^="axes_"] > g[id^="patch_"]:first-child > [style*="fill: #ffffff"] { fill: none !important }
g[id^="text_"] { fill: #e7e7e4 }
[style*="fill: #000000"] { fill: #e7e7e4 !important }
[style*="stroke: #000000"] { stroke: #e7e7e4 !important }
}
"""
_DROPPED = frozenset(("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "head"))
_FRAME_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:2px;font:15px/1.5 system-ui,sans-serif;background:transparent}"
    "body{color:light-dark(#1d1e20,#e7e7e4)}"
    "table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}"
    "th,td{padding:5px 12px;text-align:right;border:0;border-bottom:1px solid light-dark(#e4e3de,#2d2f35)}"
    "th{font-weight:600;color:light-dark(#55565b,#a6a8ae)}"
    "pre,code{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:14px}"
)


def outputs_html(outputs: Iterable[Mapping[str, Any]], nonce: str = "") -> str:
    """HTML of a cell's recorded outputs.

    Parameters
    ----------
    outputs : iterable of mappings
        In Jupyter's form: ``output_type`` and what belongs to it.
    nonce : str
        The page's style nonce, for tables.
    """
    return "".join(f'<div class="output">{output_html(output, nonce)}</div>' for output in _joined(outputs))


def _joined(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Neighbouring pieces of one stream as one: an escape code or a carriage return may span them."""
    joined: list[Mapping[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.get("output_type") == "stream" == last.get("output_type") and output["name"] == last["name"]:
            joined[-1] = {**last, "text": _text(last["text"]) + _text(output["text"])}
        else:
            joined.append(output)
    return joined


def output_html(output: Mapping[str, Any], nonce: str = "") -> str:
    """HTML of one output."""
    kind = output.get("output_type")
    if kind == "stream":
        return stream_html(_text(output.get("text", "")), str(output.get("name", "stdout")))
    if kind == "error":
        return _error_html(output)
    return _data_html(output.get("data", {}), nonce)


def stream_html(text: str, name: str) -> str:
    """A printed text, cut when it is long."""
    cut = len(text) - MAX_TEXT
    body = ansi_html(text[:MAX_TEXT])
    return f'<pre class="{stream_class(name)}">{body}</pre>' + (cut_note(cut) if cut > 0 else "")


def stream_class(name: str) -> str:
    """The class of a stream's element: what goes to stderr looks different."""
    return "output-text output-stderr" if name == "stderr" else "output-text"


def cut_note(characters: int) -> str:
    """The sentence below a text that was cut."""
    return f'<p class="output-note">Cut here: {characters:,} more characters are not shown.</p>'


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _data_html(data: Mapping[str, Any], nonce: str) -> str:
    alt = plain(_text(data.get("text/plain", "")))[:200]
    drawn = alt if alt and not alt.startswith("<Figure") else "Figure drawn by this cell"
    if "image/svg+xml" in data:
        return _image("image/svg+xml", _text(data["image/svg+xml"]).encode(), drawn)
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            try:
                return _image(kind, base64.b64decode(_text(data[kind])), drawn)
            except binascii.Error:
                return '<p class="output-note">An image that cannot be decoded.</p>'
    html = _text(data.get("text/html", ""))
    if html and not ("sk-container" in html and "text/plain" in data):  # a diagram that lives by its own styles
        return _frame(html, nonce)
    for kind, made in (("text/markdown", markdown_html), ("text/latex", latex_html)):
        if kind in data:
            return made(plain(_text(data[kind])))
    return stream_html(_text(data.get("text/plain", "")), "stdout")


def themed(svg: bytes) -> bytes:
    """A figure of matplotlib that turns dark with the page: its ground clear, what was black light; others as they are.

    An SVG in an ``<img>`` sees no style of the page, but it does see the colour scheme of its element. Colours that
    stand for data stay: bars, lines, images.
    """
    if b'<g id="figure_1">' not in svg:
        return svg
    return svg.replace(b"</style>", _DARK_FIGURE + b"</style>", 1)


def _image(kind: str, content: bytes, alt: str) -> str:
    if len(content) > MAX_IMAGE:
        return f'<p class="output-note">An image of {len(content) / 1e6:.1f} MB is not shown.</p>'
    drawn = content
    if kind == "image/svg+xml":
        content = themed(content)
    width, height = _svg_size(content) if kind == "image/svg+xml" else _png_size(content)
    size = f' width="{width}" height="{height}"' if width and height else ""
    encoded = base64.b64encode(content).decode()
    follows = " output-themed" if content is not drawn else ""
    return f'<img class="output-image{follows}" src="data:{kind};base64,{encoded}" alt="{escape(alt)}"{size}>'


def _svg_size(content: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, from the root element; zeros when it does not say."""
    head = re.search(rb"<svg\b[^>]*>", content[:4000], re.S)
    sizes = []
    for name in (b"width", b"height"):
        found = head and re.search(rb"\b" + name + rb'="([\d.]+)(pt|px)?"', head.group())
        sizes.append(round(float(found.group(1)) * (4 / 3 if found.group(2) == b"pt" else 1)) if found else 0)
    return sizes[0], sizes[1]


def _png_size(content: bytes) -> tuple[int, int]:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 24:
        return 0, 0
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _frame(html: str, nonce: str) -> str:
    if len(html) > MAX_HTML:
        return f'<p class="output-note">A table of {len(html) / 1000:,.0f} kB of HTML is not shown.</p>'
    try:
        clean = clean_html(html)
    except TooLong:
        return '<p class="output-note">HTML that takes too long to read is not shown.</p>'
    style = f'<style nonce="{escape(nonce)}">{_FRAME_STYLE}</style>' if nonce else ""
    document = f'<!doctype html><meta charset="utf-8">{style}<body>{clean}</body>'
    rows = max(clean.count("<tr") + clean.count("<p") + clean.count("<li") + clean.count("\n</pre"), 1)
    height = min(34 * rows + 12, 600)
    return (
        f'<iframe class="output-html" sandbox="" title="Table made by this cell" height="{height}" '
        f'srcdoc="{escape(document)}"></iframe>'
    )


class TooLong(Exception):
    """The HTML is made so that reading it takes very long."""


class _Cleaner(HTMLParser):
    """Keeps tags and attributes of text and tables, and drops what carries scripts, styles or addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.still_open: Counter[str] = Counter()
        self.dropping = 0
        self.deadline = time.thread_time() + READING_SECONDS

    def updatepos(self, i: int, j: int) -> int:
        """Called by the parser at each step; lines are not counted, time is."""
        if time.thread_time() > self.deadline:
            raise TooLong
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self.dropping += 1
        elif not self.dropping and tag in _KEPT and len(self.open) < MAX_DEPTH:
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name in _ATTRIBUTES)
            self.out.append(f"<{tag}{kept}>")
            if tag not in _VOID:
                self.open.append(tag)
                self.still_open[tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self.dropping = max(self.dropping - 1, 0)
        elif not self.dropping and self.still_open[tag]:
            while self.open:
                last = self.open.pop()
                self.still_open[last] -= 1
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.out.append(escape(data))


def clean_html(html: str) -> str:
    """The HTML with only the elements of text and tables, and none of their styles, scripts or addresses.

    Raises
    ------
    TooLong
        When it is made so that reading it takes very long.
    """
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join(cleaner.out) + "".join(f"</{tag}>" for tag in reversed(cleaner.open))


_FRAME_HEAD = re.compile(r"^(?:Cell In|File |Input In)")
_OWN = re.compile(r"^(?:Cell In\[(\d+)\]|Input In \[(\d+)\]), line (\d+)")


def _frames(output: Mapping[str, Any]) -> list[str]:
    """The traceback's frames; recorded ones come as single lines, live ones as blocks."""
    frames: list[list[str]] = []
    for line in "\n".join(map(str, output.get("traceback", []))).split("\n"):
        if _FRAME_HEAD.match(plain(line).lstrip()):
            frames.append([])
        if frames:
            frames[-1].append(line)
    return ["\n".join(frame) for frame in frames]


def error_line(output: Mapping[str, Any]) -> int | None:
    """The line of the learner's code at which an error rose, the deepest; None when there is none."""
    lines = [int(found.group(3)) for frame in _frames(output) if (found := _OWN.match(plain(frame).lstrip()))]
    return lines[-1] if lines else None


def _error_html(output: Mapping[str, Any]) -> str:
    """The message first, then the learner's own lines; the whole traceback stays folded."""
    name, said = plain(str(output.get("ename", ""))), plain(str(output.get("evalue", "")))
    said = re.sub(r" \((?:\S+\.py|cell), line \d+\)$", "", said)  # a syntax error names a file nobody has
    if name == "StdinNotImplementedError":
        said = "input() has nobody to ask here. Write the value into the cell instead."
    frames = _frames(output)
    own = [frame for frame in frames if _OWN.match(plain(frame).lstrip())]
    line = error_line(output)
    parts = [f'<p class="error-said"><strong>{escape(name)}</strong>{": " if said else ""}{escape(said[:4000])}</p>']
    if line is not None:
        parts.append(f'<p class="error-where" data-line="{line}">in line {line} of this cell</p>')
    if own:
        excerpt = own[-1].split("\n\n")[0][:20_000].strip()
        parts.append(f'<pre class="error-frame">{ansi_html(excerpt)}</pre>')
    whole = ansi_html("\n".join(frames)[:MAX_TEXT])
    if len(frames) > 1:
        parts.append(f"<details><summary>The whole traceback</summary><pre>{whole}</pre></details>")
    return f'<div class="output-error" role="group" aria-label="Error">{"".join(parts)}</div>'
