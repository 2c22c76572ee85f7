"""Code of the package by dotted name, without importing it.

The app shows source but must not import torch or scikit-learn, so modules are found as files below the package
and symbols by their syntax tree. What comes back equals ``inspect.getsource`` of the imported object.
"""

import ast
import inspect
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from groundup import paths

__all__ = ["Source", "module_file", "module_source", "shown_path", "symbol_source"]


@dataclass(frozen=True)
class Source:
    """A stretch of a module. `line` is its first line in the file, counted from 1."""

    module: str
    symbol: str
    file: Path
    line: int
    text: str

    @property
    def last_line(self) -> int:
        return self.line + self.text.rstrip("\n").count("\n")


def module_file(module: str) -> Path | None:
    """File of ``groundup.x.y`` (of a package: its ``__init__.py``); None when there is no such module."""
    first, *rest = module.split(".")
    if first != "groundup" or not all(part.isidentifier() for part in rest):
        return None
    stem = paths.PACKAGE.joinpath(*rest)
    for file in (stem / "__init__.py", stem.parent / f"{stem.name}.py"):
        if file.is_file():
            return file
    return None


def shown_path(file: Path) -> str:
    """Path as a reader sees it: ``groundup/math/linear_algebra.py``."""
    return file.relative_to(paths.PACKAGE.parent).as_posix()


def module_source(module: str) -> Source:
    """The whole file of a module.

    Raises
    ------
    LookupError
        If there is no such module.
    """
    file = module_file(module)
    if file is None:
        raise LookupError(f"there is no module {module!r}")
    return Source(module, "", file, 1, file.read_text(encoding="utf-8"))


def symbol_source(dotted: str) -> Source:
    """Source of a module, class, function, method or top-level name, such as ``groundup.math.linear_algebra.lu``.

    A name that a package takes over from one of its modules (``from groundup.x._y import name``) is followed there.

    Raises
    ------
    LookupError
        If the module or the symbol does not exist; the message says which.
    """
    return _symbol_source(dotted, frozenset())


def _symbol_source(dotted: str, seen: frozenset[str]) -> Source:
    if module_file(dotted) is not None:
        return module_source(dotted)
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module, symbol = ".".join(parts[:cut]), parts[cut:]
        file = module_file(module)
        if file is not None:
            break
    else:
        raise LookupError(f"there is no module {dotted!r}; source comes from the package groundup")
    text, tree = _parsed(file, file.stat().st_mtime_ns)
    node = _find(tree.body, symbol)
    if node is None:
        target = _imported(tree, module, file, symbol[0])
        if target is not None and dotted not in seen:
            return _symbol_source(".".join([target, *symbol[1:]]), seen | {dotted})
        raise LookupError(f"{module} has no {'.'.join(symbol)!r}")
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    lines = text.splitlines(keepends=True)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        block = inspect.getblock(lines[first - 1 :])
    else:
        block = lines[first - 1 : node.end_lineno]
    return Source(module, ".".join(symbol), file, first, "".join(block))


@lru_cache(maxsize=256)
def _parsed(file: Path, stamp: int) -> tuple[str, ast.Module]:
    """Text and tree of a file; `stamp` makes a changed file a new entry."""
    text = file.read_text(encoding="utf-8")
    return text, ast.parse(text, filename=str(file))


def _find(body: list[ast.stmt], symbol: list[str]) -> ast.stmt | None:
    """The last definition of the first name in `symbol`, then of the next one inside it."""
    found = None
    for node in _statements(body):
        if _defines(node, symbol[0]):
            found = node
    if found is None or len(symbol) == 1:
        return found
    return _find(found.body, symbol[1:]) if isinstance(found, ast.ClassDef) else None


def _statements(body: list[ast.stmt]):
    """Statements of a body, with those behind if, try and with at the same level."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            inner = [*node.body, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
            inner += [statement for handler in getattr(node, "handlers", []) for statement in handler.body]
            yield from _statements(inner)


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return any(isinstance(target, ast.Name) and target.id == name for target in targets)
    return False


def _imported(tree: ast.Module, module: str, file: Path, name: str) -> str | None:
    """Dotted name that `name` is imported from, when it comes from the package."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in _statements(tree.body):
        if isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                if (alias.asname or alias.name) == name and origin.startswith("groundup"):
                    return f"{origin}.{alias.name}"
    return None
