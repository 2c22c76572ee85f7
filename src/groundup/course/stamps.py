"""Which content a lesson's outputs depend on, as one hash: its cells and every module of ours that they import."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from groundup.course.lesson import Lesson
from groundup.course.outputs import load_recorded
from groundup.course.source import module_file

__all__ = ["closure", "is_current", "stamp"]


def closure(lesson: Lesson) -> dict[str, Path]:
    """Modules of groundup that the lesson's cells and ``implements`` reach, with their files, sorted by name.

    Imports are read from syntax trees, also those inside functions: the closure may be larger than what a run
    loads, never smaller, but for imports by computed name.
    """
    waiting = list(lesson.front.implements)
    for cell in lesson.cells:
        waiting += _imports(ast.parse(cell.source), "")
    found: dict[str, Path] = {}
    while waiting:
        module = waiting.pop()
        for name in _with_parents(module):
            file = module_file(name)
            if file is not None and name not in found:
                found[name] = file
                package = name if file.name == "__init__.py" else name.rpartition(".")[0]
                waiting += _imports(ast.parse(file.read_text(encoding="utf-8")), package)
    return dict(sorted(found.items()))


def stamp(lesson: Lesson) -> str:
    """Hash over the cells and the closure's files; prose does not count, nor the package's own file (its version)."""
    digest = hashlib.sha256()

    def add(parts: Iterable[str]) -> None:
        for part in parts:
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)

    for cell in lesson.cells:
        add([cell.name, cell.raises, cell.source])
    for module, file in closure(lesson).items():
        if module == "groundup":
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        add([module, "\n".join(line.rstrip() for line in lines)])
    return digest.hexdigest()[:32]


def is_current(lesson: Lesson) -> bool:
    """Whether the recorded outputs belong to today's content."""
    recorded = load_recorded(lesson)
    return recorded is not None and recorded.stamp == stamp(lesson)


def _with_parents(module: str) -> Iterator[str]:
    """``groundup.a.b`` -> groundup, groundup.a, groundup.a.b: importing the last runs them all."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


def _imports(tree: ast.Module, package: str) -> list[str]:
    """Dotted names below groundup that a module imports, in any place; relative ones are resolved."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, [base, node.module]))
            found += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return [name for name in found if name.split(".")[0] == "groundup"]
