"""A course of lessons that live: each test gets one that no test before it has touched."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from groundup.course.catalog import Catalog
from groundup.course.outputs import Recorded, RecordedCell, save_recorded
from groundup.course.progress import Store

IDS = [f"lesson-{number:02}" for number in range(1, 41)]

FRONT = """\
---
id: {id}
title: "The lesson {id}"
track: math
requires: [{requires}]
implements: [groundup.jit]
minutes: 20
level: core
summary: A lesson to be tried out.
card:
  use_when: [you test, you look]
  strengths: [short, live, exact]
  weaknesses: [dull, made up, small]
  cost: {{time: O(n)}}
  in_production: nothing
---
# The lesson {id}

Words before, with $x^2$ and a formula, and one for the wide screen:
$2 / (1/\\text{{precision}} + 1/\\text{{recall}})
= 2\\,\\text{{TP}}/(2\\,\\text{{TP}} + \\text{{FP}} + \\text{{FN}})$, it is.

$$
\\sum_{{i=1}}^{{n}} a_i b_i c_i d_i e_i f_i g_i h_i = \\int_0^1 f(x)\\,dx + \\int_0^1 g(x)\\,dx + \\int_0^1 h(x)\\,dx
$$

"""

CELLS = """\
## First

```{code-cell} python
:name: greet
who = "world"
print("hello", who)
```

```{code-cell} python
:name: curve
:slider: power 0.5 4
import matplotlib.pyplot as plt

power = 2.0
figure, ax = plt.subplots(figsize=(5, 2.5))
ax.plot([x**power for x in range(20)])
ax.set(xlabel="x", ylabel="y");
```

```{code-cell} python
:name: uses-power
print(f"power is {power:.2f}")
```

| a wide | table | of many | columns | that do not | fit on a | small | telephone |
|---|---|---|---|---|---|---|---|
| one hundred | two hundred | three hundred | four hundred | five hundred | six hundred | seven | eight |

## Second

```{code-cell} python
:name: meant-to-fail
:raises: ZeroDivisionError
1 / 0
```

```{code-cell} python
:name: last
print("the last cell of the page, with a line that is so long that it does not fit on the screen of a telephone")
```
"""

RECORDED = {
    "greet": [{"output_type": "stream", "name": "stdout", "text": "hello record\n"}],
    "last": [{"output_type": "stream", "name": "stdout", "text": "recorded last\n"}],
}
QUESTIONS = """\
- id: {id}-open
  kind: open
  level: junior
  question: What is $1 + 1$?
  answer: It is two.
  trap: Do not say three.
- id: {id}-choice
  kind: choice
  level: mid
  question: Which is even?
  options:
    - {{text: one, why: it is odd}}
    - {{text: two, why: half of it is one, right: true}}
- id: {id}-compute
  kind: compute
  level: mid
  question: Half of 2469?
  answer: 1234.5
  tolerance: 0.01
  explain: 1200 and 34.5.
"""


def write_lesson(root: Path, id: str, cells: str, requires: str = "", recorded: dict | None = None) -> None:
    """One lesson folder; ``recorded`` maps names of cells to outputs."""
    folder = root / "math" / id
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(FRONT.format(id=id, requires=requires) + cells)
    (folder / "questions.yaml").write_text(QUESTIONS.format(id=id))


def record_outputs(root: Path, outputs: dict[str, dict[str, list]]) -> None:
    """Write made-up recorded outputs: lesson -> cell -> outputs."""
    catalog = Catalog.load(root)
    for id, cells in outputs.items():
        lesson = catalog.lessons[id]
        kept = {name: RecordedCell(lesson.cell(name).hash, 0.1, made) for name, made in cells.items()}
        save_recorded(lesson, Recorded.now(lesson, "stamp", kept))


def inventory(ids: list[str]) -> str:
    """Rows for the ids, each built on the first."""
    rows = [
        f"  - {{id: {id}, state: partial, needs: [{'' if id == ids[0] else ids[0]}], builds: [{id}], against: numpy}}"
        for id in ids
    ]
    return "math:\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="session")
def write_course(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a folder of lessons: ``write_course({id: cells}, {id: {cell: outputs}})``."""

    def write(lessons: dict[str, str], outputs: dict[str, dict[str, list]]) -> Path:
        root = tmp_path_factory.mktemp("live") / "lessons"
        root.mkdir()
        ids = list(lessons)
        (root / "inventory.yaml").write_text(inventory(ids))
        for id, cells in lessons.items():
            write_lesson(root, id, dedent(cells), "" if id == ids[0] else ids[0])
        record_outputs(root, outputs)
        return root

    return write


@pytest.fixture(scope="session")
def _live(start_server, write_course):
    return start_server(write_course(dict.fromkeys(IDS, CELLS), dict.fromkeys(IDS, RECORDED)))


_unused = iter(IDS)


@pytest.fixture
def lesson() -> str:
    """The id of a lesson that no test has opened."""
    return next(_unused)


@pytest.fixture
def open_lesson(_live, context, signed_in, lesson) -> Iterator[Callable]:
    """Open the fresh lesson: ``open_lesson(tab="")``. No request may leave this machine, no error may be logged."""
    foreign: list[str] = []
    logged: list[str] = []
    # what the page's policy blocked never left
    left = lambda r: not r.url.startswith(own) and r.failure != "csp"  # noqa: E731
    context.on("requestfailed", lambda r: foreign.append(r.url) if left(r) else None)
    context.on("requestfinished", lambda r: foreign.append(r.url) if left(r) else None)
    context.on("console", lambda m: logged.append(f"{m.text} {m.location}") if m.type == "error" else None)
    own = (_live.url, "data:", "blob:", "file:", "about:")

    def open(tab: str = ""):
        return signed_in(context, _live, f"/lesson/{lesson}{'/' + tab if tab else ''}")

    open.server = _live
    open.store = Store(_live.home / "progress.sqlite")
    open.logged = logged
    yield open
    open.store.close()
    assert foreign == []
    assert logged == []
