"""Running lessons in a kernel: one run each for what goes right and for what goes wrong."""

import os
import re

import psutil
import pytest

from groundup.course import execute
from groundup.course.catalog import Catalog
from groundup.course.execute import LessonFailed, run_lesson


def kernels() -> int:
    return sum("ipykernel" in " ".join(p.cmdline()) for p in psutil.Process().children(recursive=True))


def test_a_lesson_runs_in_one_kernel_top_to_bottom(doubling):
    seen = []
    run = run_lesson(doubling, seen.append)
    assert [cell.name for cell in run.cells] == ["shoes", "a-slider", "meant-to-fail"]
    assert list(run.cells) == seen
    shoes, slider, fails = (cell.outputs for cell in run.cells)
    assert shoes == [{"output_type": "stream", "name": "stdout", "text": "shoes: 14\n"}]
    assert slider == [{"output_type": "execute_result", "data": {"text/plain": "[0, 2]"}}]
    assert [output["ename"] for output in fails] == ["ZeroDivisionError"]
    assert 0 < run.seconds < 20
    assert kernels() == 0


PLOT = """# Halving

```{code-cell} python
:name: plot
import os, sys
import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([0, 1, 2], [0, 1, 4], label="squares")
axes.legend()
print({"set", "order", "differs"}, sys.stdin is None)
plt.show()
print("after")
```

```{code-cell} python
:name: table
import pandas
```
"""


def test_figures_are_svg_and_equal_in_every_run(with_body):
    lesson = with_body(PLOT.partition("\n```{code-cell} python\n:name: table")[0])
    first, second = run_lesson(lesson), run_lesson(lesson)
    assert first.cells[0].outputs == second.cells[0].outputs
    kinds = [output["output_type"] for output in first.cells[0].outputs]
    assert kinds == ["stream", "display_data", "stream"]
    svg = first.cells[0].outputs[1]["data"]["image/svg+xml"]
    assert svg.startswith("<svg") and svg.endswith("</svg>")
    assert len(svg) < 30_000
    assert "metadata" not in svg and "matplotlib v" not in svg


def body(*sources: str, options: str = "") -> str:
    cells = [f"```{{code-cell}} python\n:name: c{i}\n{options}{source}\n```\n" for i, source in enumerate(sources)]
    return "# Halving\n\n" + "\n".join(cells)


@pytest.mark.parametrize(
    ("sources", "options", "line", "message"),
    [
        (("x = 1\n\nassert x == 2, 'not two'",), "", 24, "cell c0: AssertionError: not two (at: assert x == 2"),
        (("def f(x):\n    assert x", "y = 1\nf(0)"), "", 29, "cell c1: AssertionError (at: f(0))"),
        (("1 / 0",), ":raises: KeyError\n", 23, "ZeroDivisionError: division by zero instead of KeyError"),
        (("x = 1",), ":raises: KeyError\n", 23, "cell c0: should raise KeyError, but raised nothing"),
        (("import os\nos._exit(0)",), "", 22, "cell c0: killed the kernel"),
        (("import groundup.gone",), "", 22, "ModuleNotFoundError: No module named 'groundup.gone'"),
        (("x = 'é' * 400_000\nx",), "", 22, "cell c0: puts out"),
    ],
)
def test_what_fails_names_lesson_line_and_cell(with_body, sources, options, line, message):
    lesson = with_body(body(*sources, options=options))
    with pytest.raises(execute.ContentError, match=re.escape(message)) as caught:
        run_lesson(lesson)
    assert (caught.value.file, caught.value.line) == (lesson.file, line)
    assert kernels() == 0


def test_an_endless_cell_is_stopped(with_body, monkeypatch):
    monkeypatch.setattr(execute, "CELL_SECONDS", 2)
    lesson = with_body(body("x = 1", "while True: pass"))
    with pytest.raises(LessonFailed, match="cell c1: was stopped after 2 seconds"):
        run_lesson(lesson)
    assert kernels() == 0


def test_the_kernel_sees_the_package_and_a_folder_of_its_own(with_body, package, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    source = "import groundup, os\nprint(groundup.__file__)\nprint(os.getcwd())\nopen('left', 'w').close()"
    run = run_lesson(with_body(body(source)))
    file, folder, _ = run.cells[0].outputs[0]["text"].split("\n")
    assert file == "groundup/__init__.py"
    assert not os.path.exists(folder)


def test_a_lesson_without_cells_needs_no_kernel(catalog: Catalog):
    assert run_lesson(catalog.lessons["halving"]).cells == ()
