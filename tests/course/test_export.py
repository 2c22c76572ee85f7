"""Notebooks: valid, runnable, and without a directive left."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from groundup.course.catalog import Catalog
from groundup.course.errors import ContentError
from groundup.course.export import to_notebook


@pytest.fixture
def notebook(doubling, catalog):
    return to_notebook(doubling, catalog)


def markdown(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_code_cells_are_the_lessons_cells(notebook, doubling):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.metadata["name"], cell.source) for cell in code] == [(c.name, c.source) for c in doubling.cells]
    assert code[2].metadata["tags"] == ["raises-exception"]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_it_runs(notebook, package, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert notebook.cells[1].outputs[0]["text"] == "shoes: 14\n"


def test_directives_and_roles_are_words(notebook):
    text = markdown(notebook)
    assert text.startswith("# Doubling, or $2x$")
    assert "{" not in re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "see *Counting* and ([Rumelhart 1986](https://doi.org/10.1038/323533a0))" in text
    assert "*the other half*" in text
    assert "> **Mind the overflow**\n>\n> Text with *markup*, $a<b$ and (Knuth 1997; [Vaswani 2017](" in text
    assert "> ```python\n> @decorated\n> def double(x):" in text
    assert "run `groundup verify groundup.alpha.doubling`" in text
    assert "**Exercise: Scale the rows.** In a terminal: `groundup check doubling/scale-rows`" in text
    assert '```python\nplain = "code"\n```' in text
    assert "footnote<sup>why</sup>" in text and "**Note why:** Because of" in text
    assert "- Knuth 1997. *The Art <of> Computer Programming, 3rd edition*. book" in text


def test_pictures_travel_inside(notebook):
    (cell,) = [cell for cell in notebook.cells if cell.get("attachments")]
    assert list(cell.attachments) == ["bars.svg"]
    assert "![two bars](attachment:bars.svg)" in cell.source


def test_it_is_the_same_every_time(doubling, catalog, notebook):
    assert nbformat.writes(to_notebook(doubling, catalog)) == nbformat.writes(notebook)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{cite}`gone`", "cite: 'gone' is not in the bibliography"),
        ("{lesson}`gone`", "lesson: 'gone' is neither"),
        ("```{source} groundup.gone\n```", r"lesson\.md:20: source: groundup has no 'gone'"),
        ("```{figure} gone.svg\n```", r"lesson\.md:20: figure: there is no picture 'gone\.svg'"),
    ],
)
def test_what_is_not_there_is_told(course, with_body, body, message):
    lesson = with_body(f"# Halving\n\n{body}\n")
    with pytest.raises(ContentError, match=message):
        to_notebook(lesson, Catalog.load(course))


def test_a_citation_within_a_sentence(course, with_body):
    lesson = with_body("# Halving\n\nsee {cite:t}`knuth1997`, p. 3\n")
    assert "see Knuth 1997, p. 3" in markdown(to_notebook(lesson, Catalog.load(course)))


def test_roles_inside_code_stay(course, with_body):
    lesson = with_body("# Halving\n\nWrite `a[^1]`, not [^1].\n\n```text\n{cite}`x` [^1]\n```\n")
    text = markdown(to_notebook(lesson, Catalog.load(course)))
    assert "Write `a[^1]`, not <sup>1</sup>." in text
    assert "```text\n{cite}`x` [^1]\n```" in text
