"""Directives of a lesson: fences whose info string begins with ``{name}``.

```{figure} bars.svg
:alt: three bars
The caption.
```

An option line is ``:key: value`` at the head of the fence, as jupytext reads it too. Everything a directive
needs for an error (the line it stands on) travels with it.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

from groundup.course.errors import ContentError

__all__ = ["ADMONITIONS", "KNOWN", "Directive", "Slider", "parse_directive", "parse_slider"]

ADMONITIONS = ("note", "tip", "warning", "important")
OPTIONS = {
    "code-cell": {"name", "slider", "raises"},
    "source": set(),
    "verify": set(),
    "exercise": set(),
    "figure": {"alt", "width"},
    **{name: {"title"} for name in ADMONITIONS},
}
KNOWN = tuple(OPTIONS)

_INFO = re.compile(r"\{([a-z-]+)\}\s*(.*)")
_OPTION = re.compile(r"\s*:([a-z]+):\s*(.*?)\s*")


@dataclass(frozen=True)
class Directive:
    """One directive: its name, what stands behind the name, its options and its content."""

    name: str
    argument: str
    content: str
    line: int
    content_line: int
    options: dict[str, list[str]] = field(default_factory=dict)

    def option(self, key: str, default: str = "") -> str:
        """The last value of an option."""
        return self.options.get(key, [default])[-1]


def parse_directive(info: str, content: str, file: Path, line: int) -> Directive | None:
    """Read a fence; None when its info string is that of plain code.

    Parameters
    ----------
    info, content : str
        Info string and text of the fence.
    file : Path
    line : int
        Line of the opening fence in the file.

    Raises
    ------
    ContentError
        For an unknown directive or option.
    """
    match = _INFO.fullmatch(info.strip())
    if match is None:
        if info.lstrip().startswith("{"):
            raise ContentError(file, line, info.strip(), "is no directive; expected {name} argument")
        return None
    name, argument = match.groups()
    if name not in OPTIONS:
        raise ContentError(file, line, f"{{{name}}}", f"unknown directive; known are {', '.join(KNOWN)}")
    lines = content.splitlines()
    options: dict[str, list[str]] = {}
    taken = 0
    for text in lines:
        if not text.lstrip().startswith(":"):
            break
        option = _OPTION.fullmatch(text)
        if option is None or option[1] not in OPTIONS[name]:
            allowed = ", ".join(f":{key}:" for key in sorted(OPTIONS[name])) or "none"
            raise ContentError(
                file, line + 1 + taken, f"{{{name}}}", f"unknown option {text.strip()!r}; allowed: {allowed}"
            )
        options.setdefault(option[1], []).append(option[2])
        taken += 1
    if lines[taken:] and not lines[taken].strip():
        taken += 1  # one empty line may set options apart, as in jupytext
    return Directive(name, argument.strip(), "\n".join(lines[taken:]), line, line + 1 + taken, options)


@dataclass(frozen=True)
class Slider:
    """A number at the head of a cell that the reader moves: ``name = value`` within [low, high]."""

    name: str
    low: float
    high: float
    log: bool
    value: float
    whole: bool


def parse_slider(text: str, tree: ast.Module, file: Path, line: int) -> Slider:
    """Read ``name low high [log]``; the cell must assign a number in that range to the name.

    Raises
    ------
    ContentError
        If the words do not fit, the range is empty or reaches 0 on a log scale, or the cell's value is outside.
    """

    def fault(message: str) -> ContentError:
        return ContentError(file, line, "slider", message)

    words = text.split()
    if len(words) not in (3, 4) or (len(words) == 4 and words[3] != "log"):
        raise fault(f"expected 'name low high [log]'; got {text!r}")
    name, log = words[0], len(words) == 4
    try:
        low, high = float(words[1]), float(words[2])
    except ValueError:
        raise fault(f"low and high must be numbers; got {words[1]!r} and {words[2]!r}") from None
    if not low < high:
        raise fault(f"low must be below high; got {low:g} and {high:g}")
    if log and low <= 0:
        raise fault(f"a log scale must begin above 0; got {low:g}")
    value = _assigned(tree, name)
    if value is None:
        raise fault(f"the cell must assign a number to {name!r} on a line of its own")
    if not low <= value <= high:
        raise fault(f"{name} = {value:g} lies outside {low:g} to {high:g}")
    return Slider(name, low, high, log, float(value), isinstance(value, int))


def _assigned(tree: ast.Module, name: str) -> int | float | None:
    """The number that a top-level ``name = number`` assigns."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == [name]:
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                return None
            return value if type(value) in (int, float) else None
    return None
