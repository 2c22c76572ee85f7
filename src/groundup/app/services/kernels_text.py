"""Text that a program printed, as safe HTML: colours of ANSI codes as classes, carriage returns obeyed.

Streams arrive in pieces. `Stream.feed` returns the lines that can no longer change and the one that still can,
so that a page adds the first and replaces the second instead of drawing everything again.
"""

import re
from html import escape

__all__ = ["Stream", "ansi_html", "plain"]

_ESCAPE = re.compile(r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*)?$")


def plain(text: str) -> str:
    """The text without escape sequences and control characters other than tab and line feed."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def ansi_html(text: str) -> str:
    """Escaped HTML of a text that is complete."""
    done, tail = Stream().feed(text)
    return done + tail


class Stream:
    """The state of one output stream: the line being written and the colours that are on."""

    def __init__(self) -> None:
        self._style: frozenset[str] = frozenset()
        self._tail = ""

    def feed(self, text: str) -> tuple[str, str]:
        """Take the next piece.

        Returns
        -------
        done : str
            HTML of the lines that were finished by this piece.
        tail : str
            HTML of the line that a later piece may still change; it replaces the last one.
        """
        lines = (self._tail + text).replace("\r\n", "\n").split("\n")
        finished = [self._html(_overwritten(line), keep=True) + "\n" for line in lines[:-1]]
        self._tail = lines[-1]
        return "".join(finished), self._html(_overwritten(self._tail), keep=False)

    def _html(self, line: str, *, keep: bool) -> str:
        line = _UNFINISHED.sub("", line)
        style, out, at = self._style, [], 0
        for code in _ESCAPE.finditer(line):
            out.append(_span(line[at : code.start()], style))
            at = code.end()
            if code.group(2) == "m":
                style = _restyled(style, code.group(1) or "0")
        out.append(_span(line[at:], style))
        if keep:
            self._style = style
        return "".join(out)


def _overwritten(line: str) -> str:
    """A line as it looks after its carriage returns and backspaces: progress bars write over themselves."""
    if "\r" in line:
        parts = [part for part in line.split("\r") if part]
        line = parts[-1] if parts else ""
    if "\x08" not in line:
        return line
    left: list[str] = []
    for character in line:
        if character != "\x08":
            left.append(character)
        elif left:
            left.pop()
    return "".join(left)


def _span(text: str, style: frozenset[str]) -> str:
    text = escape(_CONTROL.sub("", text))
    return f'<span class="{" ".join(sorted(style))}">{text}</span>' if style and text else text


def _restyled(style: frozenset[str], codes: str) -> frozenset[str]:
    """The classes after a "select graphic rendition" sequence; what is not drawn is ignored."""
    numbers = [int(code) if code.isdigit() else 0 for code in codes.split(";")]
    now = set(style)
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            now.clear()
        elif code in (1, 3, 4):
            now.add({1: "ansi-bold", 3: "ansi-italic", 4: "ansi-underline"}[code])
        elif code == 22:
            now.discard("ansi-bold")
        elif code in (38, 48) and numbers:
            skip = {5: 1, 2: 3}.get(numbers.pop(0), 0)
            colour, numbers = numbers[:skip], numbers[skip:]
            if code == 38:
                now = {name for name in now if not name.startswith("ansi-fg")}
                if len(colour) == 1 and colour[0] < 16:
                    now.add(f"ansi-fg-{colour[0] % 8}")
        elif 30 <= code <= 37 or 90 <= code <= 97 or code == 39:
            now = {name for name in now if not name.startswith("ansi-fg")}
            if code != 39:
                now.add(f"ansi-fg-{code % 10}")
    return frozenset(now)
