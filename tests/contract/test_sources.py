"""Contracts of the source: from scratch, in order, short, documented."""

import ast
import doctest
import importlib
import inspect
import re
import sys
import warnings

import pytest

from . import rules
from .rules import ROOT, relative

BY_SENTENCE = 2
LIBRARY = rules.library_files()
PYTHON = sorted(
    file
    for pattern in ("src/**/*.py", "tests/**/*.py", "benchmarks/**/*.py", "recipes/*.py", "tools/*.py", "go.py")
    for file in ROOT.glob(pattern)
    if not {"fixtures", "hostile"} & set(file.parts)  # content that tests read, broken on purpose
)
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in PYTHON}


def forbidden(name: str, family: str) -> bool:
    """Whether the library of a family may not import this name."""
    within = {".".join(name.split(".")[: n + 1]) for n in range(name.count(".") + 1)}
    if within & rules.NEVER:
        return True
    top = name.split(".")[0]
    if top in {"numpy", "numba", "groundup", "__future__"} or top in sys.stdlib_module_names or within & rules.ALLOWED:
        return False
    return not (top == "torch" and family in rules.DEEP)


@pytest.mark.parametrize(
    ("name", "family", "expected"),
    [
        ("numpy.linalg.solve", "math", True),
        ("numpy.sort", "math", False),
        ("scipy.linalg", "math", True),
        ("scipy.special.erf", "math", True),
        ("scipy.sparse.csr_array", "math", False),
        ("scipy.sparse.linalg.svds", "math", True),
        ("sklearn.cluster.KMeans", "classical", True),
        ("sklearn.base.BaseEstimator", "classical", False),
        ("torch.nn", "math", True),
        ("torch.nn", "neural", False),
        ("math.sqrt", "math", False),
    ],
)
def test_the_rule_itself(name, family, expected):
    assert forbidden(name, family) is expected


def test_reaching_a_forbidden_module_through_an_alias_is_seen():
    tree = ast.parse("import numpy as np\nfrom numpy import linalg as la\nx = np.linalg.svd(a)\n")
    seen = {name for name, _ in rules.imports(tree)}
    assert {"numpy.linalg"} <= seen


def test_the_library_is_from_scratch():
    broken = []
    for file in LIBRARY:
        for name, line in rules.imports(TREES[file]):
            excepted = any(
                file == ROOT / where and (name + ".").startswith(what + ".") for where, what in rules.IMPORT_EXCEPTIONS
            )
            if forbidden(name, rules.module_of(file).split(".")[0]) and not excepted:
                broken.append(f"{relative(file)}:{line} uses {name}")
    assert not broken, "\n".join(sorted(set(broken)))


def place(module: str) -> int | None:
    """Position in the order, by the longest name that contains the module."""
    found = [i for i, name in enumerate(rules.ORDER) if module == name or module.startswith(name + ".")]
    return found[0] if found else None


def test_every_library_module_has_its_place():
    modules = {rules.module_of(f) for f in LIBRARY} - set(rules.FAMILIES)
    plain = {m for m in modules if not m.split(".")[-1].endswith("_kernels")}
    assert not (missing := sorted(m for m in plain if place(m) is None)), f"not in rules.ORDER: {missing}"


def test_modules_import_only_what_stands_before_them():
    broken = []
    for file in LIBRARY:
        module = rules.module_of(file)
        own = place(module.replace("._", ".").removesuffix("_kernels"))
        if own is None:
            continue
        package = "groundup." + (module if file.name == "__init__.py" else module.rpartition(".")[0])
        for name, line in rules.imports(TREES[file], package):
            other = place(name.removeprefix("groundup.")) if name.startswith("groundup.") else None
            if other is not None and other > own:
                broken.append(f"{relative(file)}:{line} imports {name}, which stands later")
    assert not broken, "\n".join(broken)


def test_files_are_short():
    files = [*PYTHON, *(ROOT / "web" / "src").rglob("*.js")]
    lengths = {relative(f): len(f.read_text(encoding="utf-8").splitlines()) for f in files}
    long = {name: n for name, n in lengths.items() if n > rules.FILE_LINES and name not in rules.LONG_FILES}
    assert not long, f"longer than {rules.FILE_LINES} lines: {long}"
    assert all(lengths.get(name, 0) > rules.FILE_LINES for name in rules.LONG_FILES), "an exception is not needed"


def function_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring and decorators."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def test_functions_are_short():
    long = []
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length, excepted = function_length(node), (relative(file), node.name) in rules.LONG_FUNCTIONS
            if length > rules.FUNCTION_LINES and not excepted:
                long.append(f"{relative(file)}:{node.lineno} {node.name}: {length} lines")
    assert not long, "\n".join(long)


def exported(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def public_names() -> list[tuple[str, str]]:
    """(module, name) of what the concepts' modules and packages export."""
    tops = sorted({".".join(rules.module_of(file).split(".")[:2]) for file in LIBRARY} - set(rules.FAMILIES))
    found = []
    for top in tops:
        try:
            module = importlib.import_module(f"groundup.{top}")
        except ModuleNotFoundError as absent:
            if absent.name != "torch":  # an installation without it has the rest
                raise
            continue
        public = not top.split(".")[1].startswith("_")
        found += [(module.__name__, name) for name in getattr(module, "__all__", ()) if public]
    return found


@pytest.mark.parametrize("module", sorted({module for module, _ in public_names()}))
def test_public_names_are_documented(module):
    """numpydoc's sections; a callable with at most two parameters, softmax(x, axis), may have a sentence."""
    bare = []
    for name in (name for where, name in public_names() if where == module):
        thing = getattr(importlib.import_module(module), name)
        if not callable(thing):
            continue
        text = inspect.getdoc(thing) or ""
        error = isinstance(thing, type) and issubclass(thing, BaseException)
        names = [] if error else inspect.signature(thing).parameters
        named = [p for p in names if p not in ("self", "args", "kwargs")]
        sections = "As `" in text or "Parameters\n----------" in text or "Attributes\n----------" in text
        if not text.strip():
            bare.append(f"{name} has no docstring")
        elif len(named) > BY_SENTENCE and not sections and not all(re.search(rf"\b{n}\b", text) for n in named):
            bare.append(f"{name} does not say what {', '.join(named)} are")
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize(
    "module", [f"groundup.{rules.module_of(file)}" for file in LIBRARY if ">>>" in file.read_text(encoding="utf-8")]
)
def test_examples_in_docstrings_run_as_shown(module):
    with warnings.catch_warnings():  # an example may silence warnings; that ends with it
        result = doctest.testmod(importlib.import_module(module))
    assert result.attempted and not result.failed, f"{result.failed} examples of {module} differ; see above"


def test_exported_names_of_engine_and_app_have_docstrings():
    bare = [
        f"{relative(file)}:{node.lineno} {node.name}"
        for file in sorted((ROOT / "src").rglob("*.py"))
        if file not in LIBRARY
        for node in TREES[file].body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name in exported(TREES[file]) and not ast.get_docstring(node)
    ]
    assert not bare, "\n".join(bare)


def test_every_module_says_what_it_is():
    bare = [relative(f) for f in PYTHON if not ast.get_docstring(TREES[f]) and f.stat().st_size]
    assert not bare, f"no docstring: {bare}"


def test_numba_is_used_through_our_cache_alone():
    broken = [
        f"{relative(file)}:{line} uses {name}"
        for file in LIBRARY
        for name, line in rules.imports(TREES[file])
        if name.startswith(("numba.njit", "numba.jit", "numba.vectorize", "numba.guvectorize"))
    ]
    assert not broken, "\n".join(broken)
