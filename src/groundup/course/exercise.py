"""An exercise as files: read, checked, and nothing run. docs/exercises.md says what the files hold."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.course.errors import ContentError

__all__ = ["Exercise"]

NAMED = re.compile(r"#\s*named:\s*(\S.*)")
HINT = re.compile(r"(\d+)[.)]\s+(.*)")


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    path : Path
        Its folder.
    lesson, name, id : str
        The lesson's id, the folder's name, and both joined by a slash.
    title : str
        The instructions' first heading, else the name in words.
    instructions : str
        Markdown, without that heading.
    stub, solution : str
        Python.
    hints : tuple of str
        Markdown, from a nudge to nearly the answer.
    wrong : dict of str to str
        Typical wrong answers, by file name without ``wrong_`` and ``.py``.
    named : dict of str to str
        For each of them, part of the message it must get.
    kind : str
        "coding" or "judgement".
    functions : tuple of str
        What the learner must define.
    seconds : float
        For all cases together.
    memory : int
        MiB.
    """

    path: Path
    lesson: str
    name: str
    title: str
    instructions: str
    stub: str
    solution: str
    hints: tuple[str, ...]
    wrong: dict[str, str]
    named: dict[str, str]
    kind: str
    functions: tuple[str, ...]
    seconds: float = 10.0
    memory: int = 1024

    @property
    def id(self) -> str:
        return f"{self.lesson}/{self.name}"

    @classmethod
    def load(cls, folder: Path | str) -> "Exercise":
        """Reads a folder ``…/<lesson>/exercises/<name>``.

        Raises
        ------
        ContentError
            For a file that is missing or breaks a rule, with the line.
        """
        folder = Path(folder).resolve()
        if not folder.is_dir():
            raise ContentError(folder, None, None, "there is no such exercise folder")
        lesson = folder.parent.parent.name if folder.parent.name == "exercises" else folder.parent.name
        title, instructions = _instructions(folder)
        bound = _bindings(folder / "grader.py")
        functions = _functions(folder / "grader.py", bound)
        stub, solution = _python(folder / "stub.py"), _python(folder / "solution.py")
        for name, source in (("stub.py", stub), ("solution.py", solution)):
            if missing := [f for f in functions if f not in _defined(source)]:
                raise ContentError(
                    folder / name, 1, missing[0], "the grader calls this name, but it is not defined here"
                )
        wrong = {f.stem.removeprefix("wrong_"): _python(f) for f in sorted(folder.glob("wrong_*.py"))}
        return cls(
            path=folder,
            lesson=lesson,
            name=folder.name,
            title=title,
            instructions=instructions,
            stub=stub,
            solution=solution,
            hints=_hints(folder / "hints.md"),
            wrong=wrong,
            named={name: _named(folder / f"wrong_{name}.py", source) for name, source in wrong.items()},
            kind="judgement" if "judge" in bound else "coding",
            functions=functions,
            seconds=_number(folder, bound, "TIME_LIMIT", 10.0),
            memory=int(_number(folder, bound, "MEMORY_LIMIT", 1024)),
        )


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContentError(file, None, None, "this file is missing") from None
    except UnicodeDecodeError as error:
        raise ContentError(file, None, None, f"must be UTF-8: {error.reason}") from None
    if not text.strip():
        raise ContentError(file, 1, None, "this file is empty")
    return text


def _python(file: Path) -> str:
    source = _read(file)
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise ContentError(file, error.lineno, None, f"is not valid Python: {error.msg}") from None
    return source


def _instructions(folder: Path) -> tuple[str, str]:
    text = _read(folder / "instructions.md").strip()
    first, _, rest = text.partition("\n")
    if first.startswith("# "):
        return first[2:].strip(), rest.strip()
    words = folder.name.replace("-", " ")
    return words[:1].upper() + words[1:], text


def _hints(file: Path) -> tuple[str, ...]:
    hints: list[str] = []
    for number, line in enumerate(_read(file).splitlines(), 1):
        if found := HINT.match(line):
            if int(found[1]) != len(hints) + 1:
                raise ContentError(file, number, None, f"hint {found[1]} where {len(hints) + 1} is expected")
            hints.append(found[2])
        elif hints:
            hints[-1] += "\n" + re.sub(r"^ {1,4}", "", line)
        elif line.strip() and not line.startswith("#"):
            raise ContentError(file, number, None, f"hints are a numbered list, `1. …`; got {line!r}")
    if not hints:
        raise ContentError(file, 1, None, "needs at least one hint, `1. …`")
    return tuple(hint.strip() for hint in hints)


def _named(file: Path, source: str) -> str:
    found = NAMED.match(source.partition("\n")[0])
    if not found:
        raise ContentError(file, 1, None, "the first line must be `# named: part of the message it must get`")
    return found[1].strip()


def _bindings(file: Path) -> dict[str, tuple[int, Any]]:
    """Top-level names of a grader with line and literal value (None where it is not a literal)."""
    bound: dict[str, tuple[int, Any]] = {}
    for node in ast.parse(_python(file)).body:
        if isinstance(node, ast.FunctionDef):
            bound[node.name] = (node.lineno, None)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                bound |= _targets(target, node)
    needed = ("FUNCTION", "cases", *(() if "judge" in bound else ("reference", "MISTAKES")))
    if missing := [name for name in needed if name not in bound]:
        raise ContentError(file, 1, missing[0], "the grader must bind this name")
    return bound


def _targets(target: ast.expr, node: ast.Assign | ast.AnnAssign) -> dict[str, tuple[int, Any]]:
    try:
        value = ast.literal_eval(node.value)  # pyright: ignore[reportArgumentType]
    except ValueError:
        value = None
    if isinstance(target, ast.Name):
        return {target.id: (node.lineno, value)}
    if isinstance(target, ast.Tuple) and isinstance(value, tuple) and len(value) == len(target.elts):
        return {t.id: (node.lineno, v) for t, v in zip(target.elts, value, strict=True) if isinstance(t, ast.Name)}
    return {}


def _functions(file: Path, bound: dict[str, tuple[int, Any]]) -> tuple[str, ...]:
    line, value = bound["FUNCTION"]
    names = (value,) if isinstance(value, str) else value
    if (
        not isinstance(names, tuple | list)
        or not names
        or not all(isinstance(n, str) and n.isidentifier() for n in names)
    ):
        raise ContentError(file, line, "FUNCTION", f"must be a name or a tuple of names, got {value!r}")
    return tuple(names)


def _number(folder: Path, bound: dict[str, tuple[int, Any]], name: str, default: float) -> float:
    line, value = bound.get(name, (None, default))
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise ContentError(folder / "grader.py", line, name, f"must be a positive number, got {value!r}")
    return float(value)


def _defined(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names |= {(part.asname or part.name).split(".")[0] for part in node.names}
    return names
