"""Loads a `grader.py`: the data that an exercise is judged by. docs/exercises.md says how one is written."""

import contextlib
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from groundup.course.grading.worker import SCRIPT_NAME

__all__ = ["Case", "Grader", "GraderError", "load_grader"]

OTHER_STREAM = 1_000_003  # seeds of the second round are this much higher


class GraderError(ValueError):
    """A grader breaks the rules; `field` is the name at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


@dataclass(frozen=True)
class Case:
    """What one call is given, and what a judgement keeps back."""

    name: str
    kwargs: dict[str, Any]
    held: Any = None


@dataclass
class Grader:
    """The names that a `grader.py` binds, checked."""

    functions: tuple[str, ...]
    cases: Callable[[], Iterator[Any]]
    reference: Callable[..., Any] | None
    forbidden: tuple[str, ...] = ()
    rtol: float = 1e-7
    atol: float = 0.0
    mistakes: dict[str, dict[str, Any]] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    dtype: bool = False
    script: str = ""
    seconds: float = 10.0
    memory: int = 1024
    check: Callable[[Any, Any, dict[str, Any]], str | None] | None = None
    judge: Callable[[Any, Case], str | None] | None = None
    salt: int = 0

    def all_cases(self) -> list[Case]:
        """The cases, drawn from the stream of random numbers that this grader was loaded with."""
        with _stream(self.salt):
            found = []
            for item in self.cases():
                if not (isinstance(item, tuple) and len(item) in (2, 3)):
                    raise GraderError(
                        "cases", f"each case is (name, arguments) or (name, arguments, held back), got {item!r}"
                    )
                name, kwargs = item[:2]
                if not (isinstance(name, str) and isinstance(kwargs, dict)):
                    raise GraderError("cases", f"a case is a name and a dict of arguments, got {name!r}")
                found.append(Case(name, kwargs, item[2] if len(item) == 3 else None))
        names = [case.name for case in found]
        if not found or len(set(names)) != len(names):
            raise GraderError("cases", f"needs cases, each with a name of its own, got {names}")
        return found


@contextlib.contextmanager
def _stream(salt: int) -> Iterator[None]:
    """While active, `numpy.random.default_rng(seed)` gives the stream of another seed; salt 0 changes nothing."""
    plain = np.random.default_rng

    def other(seed: Any = None) -> np.random.Generator:
        return plain((seed or 0) + salt * OTHER_STREAM) if seed is None or isinstance(seed, int) else plain(seed)

    np.random.default_rng = other if salt else plain
    try:
        yield
    finally:
        np.random.default_rng = plain


def load_grader(folder: Path, salt: int = 0) -> Grader:
    """Runs `folder`/grader.py and checks what it binds.

    Parameters
    ----------
    folder : Path
    salt : int
        0 draws the cases as written; any other number gives its random generators other streams.

    Raises
    ------
    GraderError
        For a missing or wrong name.
    """
    file = folder / "grader.py"
    names: dict[str, Any] = {"__name__": "grader", "__file__": str(file)}
    with _stream(salt):
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    given = SimpleNamespace(**names)
    functions = names.get("FUNCTION", ())
    functions = (functions,) if isinstance(functions, str) else tuple(functions)
    if not functions or not all(isinstance(f, str) and f.isidentifier() for f in functions):
        raise GraderError("FUNCTION", f"must be the name (or names) that the learner defines, got {functions!r}")
    for name in ("cases", *(() if "judge" in names else ("reference",))):
        if not callable(names.get(name)):
            raise GraderError(name, "must be a function")
    script = textwrap.dedent(names.get("SCRIPT", ""))
    if len(functions) > 1 and not script:
        raise GraderError("SCRIPT", "is needed where FUNCTION names several")
    if script and "def call(namespace" not in script:
        raise GraderError("SCRIPT", "must define call(namespace, …)")
    compile(script, SCRIPT_NAME, "exec")
    mistakes = names.get("MISTAKES", {})
    if "judge" not in names and not mistakes:
        raise GraderError("MISTAKES", "must name at least one typical mistake")
    if mistakes and not callable(names.get("reference")):
        raise GraderError("MISTAKES", "need a reference that can err")
    if unknown := set(names.get("HINTS", {})) - set(mistakes):
        raise GraderError("HINTS", f"speaks of mistakes that are not in MISTAKES: {sorted(unknown)}")
    return Grader(
        functions=functions,
        cases=given.cases,
        reference=names.get("reference"),
        forbidden=tuple(names.get("FORBIDDEN", ())),
        rtol=float(names.get("RTOL", 1e-7)),
        atol=float(names.get("ATOL", 0.0)),
        mistakes=dict(mistakes),
        hints=dict(names.get("HINTS", {})),
        dtype=bool(names.get("DTYPE", False)),
        script=script,
        seconds=float(names.get("TIME_LIMIT", 10)),
        memory=int(names.get("MEMORY_LIMIT", 1024)),
        check=names.get("check"),
        judge=names.get("judge"),
        salt=salt,
    )
