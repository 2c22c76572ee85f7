"""Loading the course: what it offers, what it costs, what it does with faults."""

import shutil
import subprocess
import sys

import pytest

from groundup.course.catalog import Catalog
from groundup.course.errors import ContentError

HEAVY = ("numpy", "torch", "sklearn", "numba", "networkx", "jupytext", "nbformat", "nbclient", "matplotlib")


def test_the_real_course_loads_and_its_graph_is_whole():
    catalog = Catalog.load(strict=False)
    assert len(catalog.graph) >= 197
    assert len(catalog.bibliography) > 380
    assert catalog.graph.order()[0] == "linear-algebra"
    assert "linear-algebra" in catalog.graph.missing("backpropagation")


def test_titles_states_and_tracks(catalog):
    assert catalog.title("doubling") == "Doubling, or $2x$"
    assert catalog.title("counting") == "Counting"
    assert [catalog.state(id) for id in ("counting", "doubling")] == ["planned", "partial"]
    assert catalog.tracks == {"alpha": ("counting", "doubling", "halving", "tripling"), "beta": ("overview",)}


def test_a_faulty_lesson_is_left_out_when_not_strict(course, rewrite):
    rewrite("alpha/halving/lesson.md", "minutes: 10", "minutes: 0")
    catalog = Catalog.load(course, strict=False)
    assert list(catalog.lessons) == ["doubling"]
    assert [fault.field for fault in catalog.faults] == ["minutes"]
    assert catalog.state("halving") == "partial"


@pytest.mark.parametrize("wrong", ["[gone]", "[tripling]", "[counting, counting]"])
def test_faulty_prerequisites_are_left_out_when_not_strict(course, rewrite, wrong):
    rewrite("alpha/doubling/lesson.md", "requires: [counting]", f"requires: {wrong}")
    catalog = Catalog.load(course, strict=False)
    assert list(catalog.lessons) == ["doubling", "halving"]
    assert catalog.graph.requires("doubling") == ()
    assert [fault.field for fault in catalog.faults] == ["requires of doubling"]


def test_a_fault_that_makes_a_circle_with_the_inventory_is_survived(course, rewrite):
    """Without its front matter, doubling falls back on the inventory, by which it needs halving."""
    rewrite("alpha/doubling/lesson.md", "minutes: 10", "minutes: 1")
    catalog = Catalog.load(course, strict=False)
    assert [fault.field for fault in catalog.faults] == ["minutes", "requires of doubling"]
    assert list(catalog.lessons) == ["halving"]


def test_a_lesson_outside_the_inventory_is_a_fault(course, rewrite):
    rewrite("inventory.yaml", "  - {id: halving, state: partial, needs: [doubling], builds: [halving]}\n", "")
    rewrite("inventory.yaml", "needs: [halving]", "needs: [counting]")
    with pytest.raises(ContentError, match="'halving' is not in the inventory"):
        Catalog.load(course)


def test_without_inventory_and_bibliography_the_lessons_suffice(course, rewrite):
    (course / "inventory.yaml").unlink()
    (course / "bibliography.csv").unlink()
    rewrite("alpha/doubling/lesson.md", "requires: [counting]", "requires: []")
    catalog = Catalog.load(course)
    assert list(catalog.lessons) == ["doubling", "halving"]
    assert catalog.state("doubling") == "partial"


def test_no_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder of lessons at"):
        Catalog.load(tmp_path / "nowhere")


def test_exercises_are_read_when_asked_for(course, catalog):
    assert list(catalog.exercises) == ["doubling/scale-rows", "doubling/which-factor"]
    assert catalog.exercises["doubling/scale-rows"].title == "Scale the rows"
    assert "doubling/none" not in catalog.exercises
    (course / "alpha/doubling/exercises/which-factor/solution.py").unlink()
    with pytest.raises(ContentError, match="missing"):
        catalog.exercises["doubling/which-factor"]


def test_two_hundred_lessons_load_and_nothing_is_rendered_or_run(course, tmp_path):
    """An unknown directive would be a fault when rendered; a cell that ran would leave its mark."""
    mark = tmp_path / "a-cell-ran"
    text = (course / "alpha/halving/lesson.md").read_text(encoding="utf-8")
    shutil.rmtree(course / "alpha")
    (course / "inventory.yaml").unlink()
    for i in range(200):
        folder = course / "alpha" / f"lesson-{i}"
        folder.mkdir(parents=True)
        needs = f"[lesson-{i - 1}]" if i else "[]"
        changed = text.replace("id: halving", f"id: lesson-{i}").replace("[doubling]", needs).replace("half", "x" * 40)
        cell = f"\n\n```{{code-cell}} python\nopen({str(mark)!r}, 'w')\n```\n\n```{{unknown}}\n```\n\n"
        (folder / "lesson.md").write_text(changed + cell + "words " * 3000, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from groundup.course.catalog import Catalog;"
        f"print(len(Catalog.load(Path({str(course)!r})).lessons));"
        "print([m for m in sys.modules if m.startswith(('groundup.course.render', 'groundup.course.execute'))"
        " or m in ('markdown_it', 'pygments', 'jupyter_client', 'subprocess')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["200", "[]"]
    assert not mark.exists()


def test_loading_and_rendering_import_nothing_heavy():
    code = (
        "import sys; from groundup.course.catalog import Catalog; from groundup.course import render, search;"
        "Catalog.load(strict=False);"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
