"""`go.py new`: a concept from templates, which the audit finds wanting and nothing else finds broken."""

import ast
import shutil
from pathlib import Path

import pytest
import yaml

from tools.console import Stop
from tools.new import create

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "lessons").mkdir()
    for name in ("inventory.yaml", "bibliography.csv"):
        shutil.copy(ROOT / "lessons" / name, tmp_path / "lessons" / name)
    return tmp_path


def test_it_makes_every_file_of_a_concept(checkout):
    made = {path.relative_to(checkout).as_posix() for path in create(checkout, "k-means", "classical")}
    assert {
        "src/groundup/classical/k_means.py",
        "src/groundup/classical/__init__.py",
        "src/groundup/proofs/classical/k_means.py",
        "tests/classical/test_k_means.py",
        "benchmarks/classical/k_means.py",
        "lessons/classical/k-means/lesson.md",
        "lessons/classical/k-means/questions.yaml",
        "lessons/classical/k-means/exercises/first/grader.py",
    } <= made
    for path in made:
        text = (checkout / path).read_text()
        assert "$" not in text.replace("$$", "")
        if path.endswith(".py"):
            ast.parse(text)


def test_the_inventory_calls_it_partial_and_keeps_its_other_rows(checkout):
    file = checkout / "lessons" / "inventory.yaml"
    before = {row["id"]: row for rows in yaml.safe_load(file.read_text()).values() for row in rows}
    create(checkout, "k-means", "classical")
    after = {row["id"]: row for rows in yaml.safe_load(file.read_text()).values() for row in rows}
    assert after.pop("k-means") == before.pop("k-means") | {"state": "partial"}
    assert after == before


def test_the_course_loads_and_the_audit_lists_what_is_missing(checkout):
    from groundup.course.audit import complete
    from groundup.course.catalog import Catalog

    create(checkout, "k-means", "classical")
    catalog = Catalog.load(checkout / "lessons")
    assert catalog.lessons["k-means"].front.requires == ["linear-algebra", "statistics"]
    said = "\n".join(map(str, complete(catalog, ["k-means"])))
    for lack in ("needs 2", "questions; needs 6", "names no reference", "judgement", "planted wrong answers; needs 3"):
        assert lack in said, said


def test_its_exercise_works(checkout):
    from groundup.course.exercise import Exercise
    from groundup.course.grading import grade

    create(checkout, "k-means", "classical")
    exercise = Exercise.load(checkout / "lessons/classical/k-means/exercises/first")
    assert grade(exercise, exercise.solution).passed
    assert not grade(exercise, exercise.stub).passed
    wrong = grade(exercise, exercise.wrong["axis"])
    assert exercise.named["axis"] in str(wrong.to_json())


@pytest.mark.parametrize(
    ("id", "track", "said"), [("k-meens", "classical", "not in lessons/inventory"), ("k-means", "math", "'classical'")]
)
def test_what_is_not_planned_is_refused(checkout, id, track, said):
    with pytest.raises(Stop, match=said):
        create(checkout, id, track)


def test_nothing_is_overwritten(checkout):
    create(checkout, "k-means", "classical")
    with pytest.raises(Stop, match="exists already; nothing was made"):
        create(checkout, "k-means", "classical")
