"""What commands share: output for people and for programs, refusals, names that are nearly right."""

import difflib
import json
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from groundup.course.catalog import Catalog

__all__ = ["Json", "Refusal", "amount", "catalog", "complain", "known", "print_json", "seconds", "terminal"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class Refusal(Exception):
    """A command that cannot go on: one sentence for the person, and the exit code.

    Parameters
    ----------
    message : str
    code : int
        2 for what was typed wrong, 1 for everything else.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def complain(message: str) -> None:
    """A line on standard error."""
    print(f"groundup: {message}", file=sys.stderr)


def terminal() -> "Console":
    """A rich console on standard output, whole lines when it is no terminal."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() else 160
    return Console(width=wide, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def seconds(value: float) -> str:
    """A time in the unit a person reads: ``12 µs``, ``3.4 ms``, ``2.1 s``."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1 or unit == "µs":
            scaled = value * factor
            return f"{scaled:.0f} {unit}" if scaled >= 100 else f"{scaled:.3g} {unit}"
    raise AssertionError


def amount(value: float, unit: str) -> str:
    """A quantity in seconds as `seconds` writes it, any other as a number and its unit."""
    return seconds(value) if unit == "s" else f"{value:.3g} {unit}"


def known(name: str, names: Collection[str], kind: str) -> str:
    """`name` when it is one of `names`; else a refusal that names the nearest ones.

    A last part that only one name has, like ``solve-triangular`` of ``linear-algebra/solve-triangular``, is enough.
    """
    if name in names:
        return name
    ends = [n for n in names if n.rsplit("/", 1)[-1] == name]
    if len(ends) == 1:
        return ends[0]
    _unknown(name, names, kind)


def _unknown(name: str, names: Collection[str], kind: str) -> NoReturn:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    ends = {n: n.rsplit("/", 1)[-1] for n in names}
    like = difflib.get_close_matches(name, set(ends.values()), n=3, cutoff=0.5)
    near += [n for n, end in ends.items() if end in like and n not in near]
    show = "groundup list --planned" if kind == "concept" else "groundup list"
    hint = f"did you mean {' or '.join(near[:3])}?" if near else f"`{show}` shows what there is"
    raise Refusal(f"there is no {kind} {name!r}; {hint}", code=2)


def catalog(strict: bool = True) -> "Catalog":
    """The course's content; a fault in it is a refusal that names file, line and field."""
    from groundup.course.catalog import Catalog
    from groundup.course.errors import ContentError

    try:
        return Catalog.load(strict=strict)
    except (ContentError, FileNotFoundError) as fault:
        raise Refusal(str(fault)) from None
