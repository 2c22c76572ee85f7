"""Cells of a lesson: the cells that jupytext reads, with names, lines and sliders."""

import re

import jupytext
import pytest

from groundup.course.catalog import Catalog
from groundup.course.directives import Slider
from groundup.course.errors import ContentError


def jupytext_cells(file) -> list[tuple[str, str]]:
    notebook = jupytext.read(file, fmt="md:myst")
    return [(cell.metadata["name"], cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def test_cells_are_those_that_jupytext_reads(doubling):
    assert [(cell.name, cell.source) for cell in doubling.cells] == jupytext_cells(doubling.file)
    assert len(doubling.cells) == 3


def test_cells_of_the_real_lessons_are_those_that_jupytext_reads():
    for lesson in Catalog.load(strict=False).lessons.values():
        assert [(cell.name, cell.source) for cell in lesson.cells] == jupytext_cells(lesson.file), lesson.id


def test_lines_are_those_of_the_file(doubling):
    lines = doubling.file.read_text(encoding="utf-8").splitlines()
    for cell in doubling.cells:
        assert lines[cell.line - 1] == cell.source.splitlines()[0]


def test_options_and_hash(doubling):
    shoes, slider, fails = doubling.cells
    assert (shoes.raises, fails.raises) == ("", "ZeroDivisionError")
    assert slider.sliders == (Slider("factor", 1, 8, False, 2, True),)
    assert doubling.cell("shoes") is shoes
    assert len({cell.hash for cell in doubling.cells}) == 3
    with pytest.raises(KeyError, match="no cell 'boots'; its cells: shoes"):
        doubling.cell("boots")


def cell(options: str, source: str = "x = 1") -> str:
    return f"# Halving\n\n```{{code-cell}} python\n{options}\n{source}\n```\n"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (cell(":raises: KeyError"), 20, "needs ':name: words-with-hyphens'; got ''"),
        (cell(":name: Two Words"), 20, "needs ':name: words-with-hyphens'; got 'Two Words'"),
        (cell(":name: a\n:colour: red"), 22, "unknown option ':colour: red'; allowed: :name:, :raises:, :slider:"),
        (cell(":name: a", "x = (1\ny = 2"), 22, "cell a: is not Python"),
        (cell(":name: a", "x = 1\ny = = 2"), 23, "cell a: is not Python"),
        (cell(":name: a") + "\n" + cell(":name: a").partition("\n\n")[2], 27, "two cells have this name"),
        ("# Halving\n\n- a list\n\n  ```{code-cell} python\n  :name: a\n  x = 1\n  ```\n", 22, "inside a list"),
        ("# Halving\n\n```{code-cell} julia\n:name: a\nx = 1\n```\n", 20, "expected '{code-cell} python'"),
        (cell(":name: a\n:slider: x 0 2 lin"), 20, "expected 'name low high [log]'"),
        (cell(":name: a\n:slider: x low 2"), 20, "low and high must be numbers; got 'low' and '2'"),
        (cell(":name: a\n:slider: x 3 2"), 20, "low must be below high; got 3 and 2"),
        (cell(":name: a\n:slider: x 0 2 log"), 20, "a log scale must begin above 0; got 0"),
        (cell(":name: a\n:slider: y 0 2"), 20, "the cell must assign a number to 'y'"),
        (cell(":name: a\n:slider: x 0 2", "x = len([])"), 20, "the cell must assign a number to 'x'"),
        (cell(":name: a\n:slider: x 0 2", "x = True"), 20, "the cell must assign a number to 'x'"),
        (cell(":name: a\n:slider: x 2 4"), 20, "x = 1 lies outside 2 to 4"),
    ],
)
def test_cell_faults(with_body, body, line, message):
    lesson = with_body(body)
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        _ = lesson.cells
    assert (caught.value.file, caught.value.line) == (lesson.file, line)


def test_two_sliders_and_a_negative_float(with_body):
    (made,) = with_body(cell(":name: a\n:slider: x -2 2\n:slider: y 0.1 10 log", "x = -0.5\ny = 1")).cells
    assert [(s.name, s.value, s.whole, s.log) for s in made.sliders] == [
        ("x", -0.5, False, False),
        ("y", 1, True, True),
    ]


def test_exercises_in_the_order_of_the_text(doubling):
    assert doubling.exercises == ("scale-rows", "which-factor")


def test_a_lesson_without_questions_has_none(catalog):
    assert catalog.lessons["halving"].questions == ()
