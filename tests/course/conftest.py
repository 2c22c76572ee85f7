"""A small course and a small package that stand in for the real ones."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from groundup import paths
from groundup.course.catalog import Catalog
from groundup.course.lesson import Lesson

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A writable copy of the small package, where the engine looks for groundup."""
    folder = tmp_path / "package" / "groundup"
    shutil.copytree(FIXTURES / "package" / "groundup", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(paths, "PACKAGE", folder)
    return folder


@pytest.fixture
def course(tmp_path: Path, package: Path) -> Path:
    """A writable copy of the small course."""
    folder = tmp_path / "lessons"
    shutil.copytree(FIXTURES / "lessons", folder)
    return folder


@pytest.fixture
def catalog(course: Path) -> Catalog:
    return Catalog.load(course)


@pytest.fixture
def doubling(catalog: Catalog) -> Lesson:
    return catalog.lessons["doubling"]


@pytest.fixture
def rewrite(course: Path) -> Callable[..., Path]:
    """``rewrite(name, old, new)`` changes one file of the course; the old text must be there."""

    def change(name: str, old: str, new: str) -> Path:
        file = course / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return file

    return change


@pytest.fixture
def with_body(course: Path) -> Callable[[str], Lesson]:
    """``with_body(markdown)`` gives the lesson 'halving' another body (it begins on line 18)."""

    def change(markdown: str) -> Lesson:
        file = course / "alpha/halving/lesson.md"
        head = file.read_text(encoding="utf-8").partition("# Halving")[0]
        file.write_text(head + markdown, encoding="utf-8")
        return Catalog.load(course).lessons["halving"]

    return change
