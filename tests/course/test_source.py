"""Code by dotted name: equal to inspect.getsource, without an import."""

import importlib
import inspect
import os

import pytest

from groundup.course.source import module_file, module_source, shown_path, symbol_source

MODULES = [
    "groundup.bench",
    "groundup.paths",
    "groundup.proofs.core",
    "groundup.course.graph",
    "groundup.course.schema",
    "groundup.course.render_rules",
    "groundup.course.source",
]


def symbols(module: str):
    """Dotted names of the functions and classes a module defines, and of the methods in them."""
    loaded = importlib.import_module(module)
    for name, value in vars(loaded).items():
        if getattr(value, "__module__", None) != module:
            continue
        if inspect.isclass(value):
            yield f"{module}.{name}", value
            for inner, method in vars(value).items():
                method = getattr(method, "fget", method)
                method = getattr(method, "__func__", method)
                method = inspect.unwrap(method) if callable(method) else method
                written = inspect.isfunction(method) and not method.__code__.co_filename.startswith("<")
                if written and method.__qualname__ == f"{name}.{inner}" and method.__module__ == module:
                    yield f"{module}.{name}.{inner}", method
        elif inspect.isfunction(value) and value.__name__ == name:
            yield f"{module}.{name}", value


@pytest.mark.parametrize("module", MODULES)
def test_equals_getsource(module):
    count = 0
    for dotted, value in symbols(module):
        lines, line = inspect.getsourcelines(value)
        found = symbol_source(dotted)
        assert (found.text, found.line) == ("".join(lines), line), dotted
        count += 1
    assert count > 3
    assert module_source(module).text == inspect.getsource(importlib.import_module(module))


def test_decorators_and_trailing_comments_belong_to_a_function(package):
    found = symbol_source("groundup.alpha.doubling.double")
    assert found.text.startswith("@decorated\ndef double(x):")
    assert found.text.rstrip().endswith("# a comment that belongs to the function")
    assert found.file.read_text(encoding="utf-8").splitlines()[found.line - 1] == "@decorated"
    assert found.last_line == found.line + 11
    assert shown_path(found.file) == "groundup/alpha/doubling.py"


@pytest.mark.parametrize(
    ("dotted", "text"),
    [
        ("groundup.alpha.doubling.FACTOR", "FACTOR = 2\n"),
        ("groundup.alpha.doubling.LIMIT", "LIMIT: int = 100\n"),
        ("groundup.alpha.doubling.Doubler.__init__", "    def __init__(self):\n        self.count = 0\n"),
        ("groundup.alpha.doubling.chosen", "    def chosen(x):\n        return -x\n"),
        ("groundup.alpha.parts.one", "def one():\n    return 1\n"),
        ("groundup.alpha.parts.zwei", "def two():\n    return doubling.double(1)\n"),
    ],
)
def test_names_methods_and_what_a_package_takes_over(package, dotted, text):
    assert symbol_source(dotted).text == text


@pytest.mark.parametrize(
    ("dotted", "message"),
    [
        ("groundup.alpha.doubling.triple", "groundup.alpha.doubling has no 'triple'"),
        ("groundup.alpha.doubling.Doubler.size", "groundup.alpha.doubling has no 'Doubler.size'"),
        ("groundup.alpha.doubling.double.inner", "has no 'double.inner'"),
        ("groundup.gamma.thing", "groundup has no 'gamma.thing'"),
        ("groundup.alpha.parts.nothing", "groundup.alpha.parts has no 'missing_here.nothing'"),
        ("numpy.linalg.svd", "there is no module 'numpy.linalg.svd'; source comes from the package groundup"),
        ("groundup.alpha.doubling.", "has no ''"),
    ],
)
def test_what_is_missing_is_named(package, dotted, message):
    with pytest.raises(LookupError, match=message):
        symbol_source(dotted)


def test_names_that_import_each_other_end(package):
    (package / "alpha/parts/_first.py").write_text("from groundup.alpha.parts import one\n")
    with pytest.raises(LookupError, match="has no 'one'"):
        symbol_source("groundup.alpha.parts.one")


def test_a_changed_file_is_read_again(package):
    file = package / "alpha/doubling.py"
    before = symbol_source("groundup.alpha.doubling.FACTOR").text
    file.write_text(file.read_text().replace("FACTOR = 2", "FACTOR = 3"))
    os.utime(file, ns=(1, 1))
    assert before != symbol_source("groundup.alpha.doubling.FACTOR").text == "FACTOR = 3\n"


def test_paths_cannot_leave_the_package():
    assert module_file("groundup...etc") is None
    assert module_file("groundup.alpha/../x") is None
    assert module_file("os") is None
    assert module_file("groundup") is not None
