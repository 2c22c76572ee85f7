"""Lessons run: those whose recorded outputs no longer fit, a tenth chosen by the date, or all (``--all``).

Every assertion in a cell counts. A lesson that runs but whose ``recorded.json`` is stale fails too: pages would show
outputs of other code.
"""

import os
import random
import warnings
from datetime import date
from importlib.util import find_spec

import pytest

from groundup.course.catalog import Catalog
from groundup.course.errors import ContentError
from groundup.course.execute import LESSON_SECONDS, LessonRun, run_lesson
from groundup.course.lesson import Lesson
from groundup.course.record import NORMAL_SECONDS
from groundup.course.render import render
from groundup.course.stamps import closure, is_current

CATALOG = Catalog.load(strict=False)
SECONDS: dict[str, float] = {}


def chosen(ids: list[str], today: date) -> set[str]:
    """The tenth of the lessons whose turn it is: the same all day, at least one."""
    count = -(-len(ids) // 10)
    return set(random.Random(today.toordinal()).sample(sorted(ids), count))


def all_of_them(config: pytest.Config) -> bool:
    return bool(config.getoption("--all", default=False)) or os.environ.get("GROUNDUP_ALL", "") not in ("", "0")


def test_the_course_has_no_faults():
    assert [str(fault) for fault in CATALOG.faults] == []
    assert CATALOG.questions is not None


@pytest.mark.parametrize("id", CATALOG.lessons)
def test_lesson_renders(id: str):
    page = render(CATALOG.lessons[id], CATALOG)
    assert page.toc and page.text
    for name in CATALOG.lessons[id].exercises:
        assert CATALOG.exercises[f"{id}/{name}"].instructions


@pytest.mark.parametrize("id", CATALOG.lessons)
def test_lesson_runs(id: str, request: pytest.FixtureRequest):
    lesson = CATALOG.lessons[id]
    current = is_current(lesson)
    if current and id not in chosen(list(CATALOG.lessons), date.today()) and not all_of_them(request.config):
        pytest.skip("its recorded outputs are current, and it is not its turn today; --all runs it")
    if needs_torch(lesson) and find_spec("torch") is None:
        pytest.skip("needs torch, which is not installed")
    run = timed(lesson)
    assert current, f"{id} runs, but its recorded outputs are stale: run `python -m groundup.course.record {id}`"
    assert run.seconds < LESSON_SECONDS, f"{id} takes {run.seconds:.1f} s"


def timed(lesson: Lesson) -> LessonRun:
    """Run a lesson; a run that is too slow gets a second chance, since the first may have compiled kernels."""
    run = run_lesson(lesson)
    if run.seconds > LESSON_SECONDS:
        run = run_lesson(lesson)
    SECONDS[lesson.id] = run.seconds
    return run


def needs_torch(lesson: Lesson) -> bool:
    texts = [cell.source for cell in lesson.cells] + [f.read_text(encoding="utf-8") for f in closure(lesson).values()]
    return any("import torch" in text or "from torch" in text for text in texts)


def test_lessons_take_five_seconds_in_the_mean():
    """A warning and not a failure: machines differ, and the hard limit of each lesson is tested above."""
    if SECONDS:
        mean = sum(SECONDS.values()) / len(SECONDS)
        print(f"{len(SECONDS)} lessons ran, {mean:.1f} s in the mean: {SECONDS}")
        if mean > NORMAL_SECONDS:
            warnings.warn(f"lessons take {mean:.1f} s in the mean, over {NORMAL_SECONDS:.0f}: {SECONDS}", stacklevel=1)


def test_the_choice_changes_with_the_day_and_reaches_every_lesson():
    ids = [f"lesson-{i}" for i in range(25)]
    days = [chosen(ids, date.fromordinal(739000 + day)) for day in range(120)]
    assert {len(day) for day in days} == {3}
    assert len({frozenset(day) for day in days}) > 50
    assert set().union(*days) == set(ids)
    assert chosen(["only"], date(2026, 1, 1)) == {"only"}


def test_a_fault_in_a_cell_of_a_real_lesson_is_found():
    """The suite can fail: a wrong claim, added to the shortest lesson, is named with its line."""
    if not CATALOG.lessons:
        pytest.skip("no lessons yet")
    from dataclasses import replace

    lesson = min((x for x in CATALOG.lessons.values() if x.cells), key=lambda x: len(x.body))
    first = lesson.cells[0]
    wrong = replace(first, source="assert 1 == 2, 'planted'")
    broken = replace(lesson)
    broken.__dict__["cells"] = (wrong,)
    with pytest.raises(ContentError, match=rf"lesson\.md:{first.line}: cell {first.name}: AssertionError: planted"):
        run_lesson(broken)
