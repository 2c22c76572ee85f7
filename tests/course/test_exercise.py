"""Exercises as files: what is read, and which faults are told with file and line."""

import shutil
from pathlib import Path

import pytest

from groundup.course.errors import ContentError
from groundup.course.exercise import Exercise

DOUBLE = Path(__file__).parent / "hostile" / "double"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(DOUBLE, tmp_path / "lines" / "exercises" / "double-it"))


def test_everything_is_read(folder):
    exercise = Exercise.load(folder)
    assert (exercise.id, exercise.title, exercise.kind) == ("lines/double-it", "Double it", "coding")
    assert exercise.instructions.startswith("Write `double(x)`")
    assert exercise.hints == ("What is half of four?",)
    assert exercise.functions == ("double",)
    assert set(exercise.wrong) == {"squared"} and exercise.named == {"squared": "that is the square"}
    assert (exercise.seconds, exercise.memory) == (10.0, 1024)


def test_a_title_comes_from_the_name_when_there_is_no_heading(folder):
    (folder / "instructions.md").write_text("Write `double(x)`.\n")
    assert Exercise.load(folder).title == "Double it"


def test_hints_may_go_over_several_lines(folder):
    (folder / "hints.md").write_text("# Hints\n\n1. One,\n   and more:\n\n   ```\n   x\n   ```\n2. Two\n")
    assert Exercise.load(folder).hints == ("One,\nand more:\n\n```\nx\n```", "Two")


def test_a_judgement_exercise_needs_no_reference(folder):
    (folder / "grader.py").write_text(
        'FUNCTION = "double"\nTIME_LIMIT = 3\n\n'
        'def cases():\n    yield "one", {}\n\ndef judge(decision, case):\n    pass\n'
    )
    exercise = Exercise.load(folder)
    assert (exercise.kind, exercise.seconds) == ("judgement", 3.0)


@pytest.mark.parametrize(
    ("file", "text", "line", "message"),
    [
        ("solution.py", None, None, "missing"),
        ("solution.py", "def double(x:\n", 1, "not valid Python"),
        ("solution.py", "def twice(x):\n    return x\n", 1, "double: the grader calls this name"),
        ("stub.py", "", 1, "empty"),
        ("hints.md", "Think!\n", 1, "numbered list"),
        ("hints.md", "1. One\n3. Three\n", 2, "hint 3 where 2"),
        ("wrong_squared.py", "def double(x):\n    return x**2\n", 1, "# named:"),
        ("grader.py", "FUNCTION = 'double'\n", 1, "cases: the grader must bind"),
        ("grader.py", "reference = cases = MISTAKES = 1\n\nFUNCTION = 3\n", 3, "FUNCTION: must be a name"),
        ("grader.py", "reference = cases = MISTAKES = 1\nFUNCTION = 'double'\nTIME_LIMIT = 0\n", 3, "TIME_LIMIT"),
    ],
)
def test_faults_are_told_with_file_and_line(folder, file, text, line, message):
    (folder / file).unlink() if text is None else (folder / file).write_text(text)
    with pytest.raises(ContentError, match=message.replace("*", r"\*")) as raised:
        Exercise.load(folder)
    assert raised.value.file == folder / file
    assert raised.value.line == line


def test_no_folder():
    with pytest.raises(ContentError, match="no such exercise"):
        Exercise.load("/nowhere/exercises/nothing")
