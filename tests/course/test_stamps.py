"""What a lesson's outputs depend on, and that a recording is refused when it no longer fits."""

import pytest

from groundup.course import record as recording
from groundup.course.catalog import Catalog
from groundup.course.outputs import load_recorded
from groundup.course.stamps import closure, is_current, stamp


def test_the_closure_follows_imports_into_kernels_and_packages(doubling, package):
    assert list(closure(doubling)) == [
        "groundup",
        "groundup.alpha",
        "groundup.alpha._doubling_kernels",
        "groundup.alpha.doubling",
    ]


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("from groundup.alpha import parts", "groundup.alpha.parts._second"),
        ("import groundup.alpha.parts", "groundup.alpha.parts._first"),
        ("from groundup.alpha.parts import zwei", "groundup.alpha.doubling"),
        ("def late():\n    from groundup.alpha.parts._second import two", "groundup.alpha._doubling_kernels"),
    ],
)
def test_every_form_of_import_counts(with_body, line, reached):
    lesson = with_body(f"# Halving\n\n```{{code-cell}} python\n:name: a\n{line}\n```\n")
    assert reached in closure(lesson)


CHANGES = [
    ("package", "alpha/_doubling_kernels.py", "return x + x", "return 2 * x", True),
    ("package", "alpha/__init__.py", "A family.", "The family.", True),
    ("package", "alpha/parts/_first.py", "return 1", "return 2", False),
    ("package", "__init__.py", "A small", "Another", False),
    ("course", "alpha/doubling/lesson.md", "people = 7", "people = 8", True),
    ("course", "alpha/doubling/lesson.md", ":raises: ZeroDivisionError", ":raises: ValueError", True),
    ("course", "alpha/doubling/lesson.md", ":name: shoes", ":name: boots", True),
    ("course", "alpha/doubling/lesson.md", "How many shoes", "How many boots", False),
    ("course", "alpha/doubling/questions.yaml", "twice seven", "7 times 2", False),
]


@pytest.mark.parametrize(("where", "name", "old", "new", "counts"), CHANGES)
def test_the_stamp_changes_with_what_counts_alone(course, package, where, name, old, new, counts):
    before = stamp(Catalog.load(course).lessons["doubling"])
    file = (package if where == "package" else course) / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert (stamp(Catalog.load(course).lessons["doubling"]) != before) == counts


def test_the_stamp_does_not_depend_on_where_the_files_are(course, package, tmp_path, monkeypatch):
    import shutil

    from groundup import paths

    before = stamp(Catalog.load(course).lessons["doubling"])
    shutil.copytree(tmp_path, tmp_path.with_name(tmp_path.name + "-moved"))
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    monkeypatch.setattr(paths, "PACKAGE", moved / "package" / "groundup")
    assert stamp(Catalog.load(moved / "lessons").lessons["doubling"]) == before


def test_recording_from_the_command_line(course, package, monkeypatch, capsys, rewrite):
    monkeypatch.setenv("GROUNDUP_LESSONS", str(course))
    assert recording.main(["doubling"]) == 0
    assert "doubling: 3 cells" in capsys.readouterr().out
    lesson = Catalog.load(course).lessons["doubling"]
    assert is_current(lesson)
    assert [cell.hash for cell in load_recorded(lesson).cells.values()] == [cell.hash for cell in lesson.cells]
    before = (lesson.path / "recorded.json").read_bytes()
    assert recording.main(["doubling"]) == 0
    assert "doubling: current" in capsys.readouterr().out
    assert (lesson.path / "recorded.json").read_bytes() == before

    rewrite("alpha/doubling/lesson.md", "assert 2 * people == 14", "assert 2 * people == 15")
    assert not is_current(Catalog.load(course).lessons["doubling"])
    assert recording.main(["doubling"]) == 1
    assert "cell shoes: AssertionError" in capsys.readouterr().err
    assert (lesson.path / "recorded.json").read_bytes() == before


def test_unknown_ids_faulty_lessons_and_slow_ones_fail(course, package, monkeypatch, capsys, rewrite):
    monkeypatch.setenv("GROUNDUP_LESSONS", str(course))
    assert recording.main(["nothing"]) == 1
    assert "no lesson 'nothing'; there are doubling, halving" in capsys.readouterr().err
    monkeypatch.setattr(recording, "LESSON_SECONDS", 0.0)
    assert recording.main(["doubling"]) == 1
    assert "the lesson takes" in capsys.readouterr().err
    rewrite("alpha/halving/lesson.md", "minutes: 10", "minutes: 1")
    assert recording.main(["halving"]) == 1
    assert "minutes" in capsys.readouterr().err


def test_a_module_that_changes_during_the_run_is_not_recorded(course, package, monkeypatch):
    lesson = Catalog.load(course).lessons["doubling"]
    run = recording.run_lesson

    def meddling(lesson):
        done = run(lesson)
        (package / "alpha/doubling.py").write_text("FACTOR = 3\n")
        return done

    monkeypatch.setattr(recording, "run_lesson", meddling)
    with pytest.raises(recording.ContentError, match="changed while it ran"):
        recording.record(lesson)
    assert load_recorded(lesson) is None
