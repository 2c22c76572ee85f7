"""Every exercise of every lesson is proven: what is wrong fails with the message meant for it, what is right passes.

The answers run as a learner's would, in forked workers. For one exercise: ``-k <lesson>/<name>``.
"""

from functools import cache
from pathlib import Path

import pytest

from groundup import paths
from groundup.course.exercise import Exercise
from groundup.course.grading import Report, grade, prove
from groundup.course.grading.source import MAX_SIZE

FOLDERS = sorted(f.parent for f in paths.lessons_dir().glob("*/*/exercises/*/grader.py"))


def name(folder: Path) -> str:
    return f"{folder.parent.parent.name}/{folder.name}"


WRONG = [(folder, file.stem) for folder in FOLDERS for file in sorted(folder.glob("wrong_*.py"))]
load = cache(Exercise.load)
each = pytest.mark.parametrize("folder", FOLDERS, ids=name)


def told(report: Report) -> str:
    parts = [
        report.message,
        *(f"{c.name}: {c.message} {c.mistake} {c.hint}" for c in report.cases if c.status != "pass"),
    ]
    return "\n".join(parts)


@each
def test_the_grader_keeps_the_rules(folder):
    exercise = load(folder)
    assert prove.faults(folder, exercise.solution) == []
    assert len(exercise.wrong) >= 3, "at least three typical mistakes are wanted"


@each
def test_the_stub_fails(folder):
    report = grade(load(folder), load(folder).stub)
    assert not report.passed
    assert "Not written yet" in told(report)


@each
def test_the_solution_passes(folder):
    report = grade(load(folder), load(folder).solution)
    assert report.passed, told(report)


@pytest.mark.parametrize(("folder", "stem"), WRONG, ids=[f"{name(f)}/{stem}" for f, stem in WRONG])
def test_a_typical_mistake_is_named(folder, stem):
    exercise = load(folder)
    wrong = stem.removeprefix("wrong_")
    report = grade(exercise, exercise.wrong[wrong])
    assert not report.passed
    assert exercise.named[wrong] in told(report)


@each
def test_cheating_fails(folder):
    exercise = load(folder)
    for cheat in prove.cheats(folder, exercise.solution):
        if len(cheat.code) > MAX_SIZE:
            continue  # a table of answers that is too long to hand in
        report = grade(exercise, cheat.code)
        assert not report.passed, f"an answer that {cheat.name} passes"
        assert cheat.told in told(report), f"{cheat.name}: {told(report)}"
