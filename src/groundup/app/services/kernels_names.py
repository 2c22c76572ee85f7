"""Which names a cell assigns and reads, so that a slider reruns what depends on it and nothing else."""

import ast
import symtable
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Names", "dependents", "names_of", "with_value"]


@dataclass(frozen=True, slots=True)
class Names:
    """Global names of one cell. ``reads`` includes what functions defined in it read when they are called."""

    assigns: frozenset[str]
    reads: frozenset[str]


def names_of(source: str) -> Names:
    """Names that the cell assigns or changes in place, and names that it reads.

    A method call, an item assignment or an augmented assignment counts as a change of the object's name, since
    a later cell that reads it may see something else. Source that does not parse has no names.
    """
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return Names(frozenset(), frozenset())
    assigns = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    stack = list(table.get_children())
    while stack:
        inner = stack.pop()
        stack.extend(inner.get_children())
        reads |= {s.get_name() for s in inner.get_symbols() if s.is_global() and s.is_referenced()}
        assigns |= {s.get_name() for s in inner.get_symbols() if s.is_declared_global() and s.is_assigned()}
    imported = {s.get_name() for s in table.get_symbols() if s.is_imported()}
    changed = {_root(target) for node in ast.walk(tree) for target in _changed(node)} - {None} - imported
    assigns |= changed
    reads |= changed
    return Names(frozenset(assigns), frozenset(reads))  # pyright: ignore[reportArgumentType]


def _changed(node: ast.AST) -> list[ast.expr]:
    """Expressions whose object a statement changes in place."""
    if isinstance(node, ast.Assign):
        return [t for t in node.targets if isinstance(t, ast.Attribute | ast.Subscript)]
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return [node.value.func.value]
    return []


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def dependents(cells: Sequence[tuple[str, str]], start: str) -> list[str]:
    """Names of the cells after ``start`` that read, directly or through others, what it assigns.

    Parameters
    ----------
    cells : sequence of (name, source)
        In the order of the page.
    start : str
        The cell that changed.
    """
    order = [name for name, _ in cells]
    if start not in order:
        return []
    at = order.index(start)
    changed = set(names_of(cells[at][1]).assigns)
    found = []
    for name, source in cells[at + 1 :]:
        names = names_of(source)
        if names.reads & changed:
            found.append(name)
            changed |= names.assigns
    return found


def with_value(source: str, name: str, value: float) -> str:
    """The source with the first plain assignment to ``name`` given another value.

    A whole number stays one when the source assigns a whole number.

    Raises
    ------
    ValueError
        When the cell does not assign the name at its top level.
    """
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            whole = isinstance(node.value, ast.Constant) and type(node.value.value) is int
            return _spliced(source, node.value, repr(round(value)) if whole else repr(float(value)))
    raise ValueError(f"the cell has no assignment to {name!r} at its top level, expected one like '{name} = 1.0'")


def _spliced(source: str, node: ast.expr, text: str) -> str:
    lines = [line + "\n" for line in source.split("\n")]  # as the parser counts them
    assert node.end_lineno is not None and node.end_col_offset is not None
    before = "".join(lines[: node.lineno - 1]).encode() + lines[node.lineno - 1].encode()[: node.col_offset]
    after = lines[node.end_lineno - 1].encode()[node.end_col_offset :] + "".join(lines[node.end_lineno :]).encode()
    return (before + text.encode() + after).decode()[:-1]
