"""Reads a learner's source before it is run: does it parse, and does it use what the exercise asks to do without."""

import ast
from dataclasses import dataclass

__all__ = ["Finding", "forbidden_use", "inspect_source", "syntax_fault"]

MAX_SIZE = 200_000


@dataclass(frozen=True)
class Finding:
    """A fault of the source, with the learner's line."""

    line: int | None
    message: str


def inspect_source(code: str, forbidden: tuple[str, ...]) -> Finding | None:
    """The first fault that keeps `code` from being run at all."""
    if len(code) > MAX_SIZE:
        return Finding(None, f"The code is {len(code):,} characters long; at most {MAX_SIZE:,} are graded.")
    return syntax_fault(code) or forbidden_use(code, forbidden)


def syntax_fault(code: str) -> Finding | None:
    """What Python's parser says about `code`."""
    try:
        compile(code, "your_code.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        near = f": `{error.text.strip()}`" if error.text and error.text.strip() else ""
        kind = "The indentation is not valid" if isinstance(error, IndentationError) else "This is not valid Python"
        return Finding(error.lineno, f"{kind}, line {error.lineno}{near}. Python says: {error.msg}.")
    except (ValueError, RecursionError, MemoryError) as error:
        return Finding(None, f"Python cannot read this code: {error}.")
    return None


def forbidden_use(code: str, forbidden: tuple[str, ...]) -> Finding | None:
    """The first use of a forbidden module or name, by whatever alias."""
    found = _Names(forbidden)
    found.visit(ast.parse(code))
    if not found.uses:
        return None
    line, name = min(found.uses)
    return Finding(line, f"Line {line} uses {name}: this exercise asks you to do without it.")


class _Names(ast.NodeVisitor):
    def __init__(self, forbidden: tuple[str, ...]) -> None:
        self.forbidden = forbidden
        self.alias: dict[str, str] = {}
        self.uses: list[tuple[int, str]] = []

    def note(self, dotted: str | None, line: int) -> None:
        for name in self.forbidden:
            if dotted and (dotted == name or dotted.startswith(name + ".")):
                self.uses.append((line, name))

    def dotted(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return self.alias.get(node.id)
        if isinstance(node, ast.Attribute):
            root = self.dotted(node.value)
            return root and f"{root}.{node.attr}"
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[-1], ast.Constant):
            last = node.args[-1].value
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in ("__import__", "import_module") and isinstance(node.args[0], ast.Constant):
                return str(node.args[0].value)
            if called == "getattr" and len(node.args) == 2 and (root := self.dotted(node.args[0])):
                return f"{root}.{last}"
        return None

    def visit_Import(self, node: ast.Import) -> None:
        for part in node.names:
            self.note(part.name, node.lineno)
            self.alias[part.asname or part.name.split(".")[0]] = part.name if part.asname else part.name.split(".")[0]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module:
            return
        self.note(node.module, node.lineno)
        for part in node.names:
            self.note(f"{node.module}.{part.name}", node.lineno)
            self.alias[part.asname or part.name] = f"{node.module}.{part.name}"

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        if (dotted := self.dotted(node.value)) is not None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.alias[target.id] = dotted

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.note(self.dotted(node), node.lineno)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.note(self.dotted(node), node.lineno)
        self.generic_visit(node)
