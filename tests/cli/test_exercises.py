"""groundup check, watch, reset."""

import json
import os
import subprocess
import sys
import time

import pytest

from .conftest import RIGHT, WRONG


@pytest.fixture
def store(course):
    from groundup.course.progress import Store

    opened = Store()
    yield opened
    opened.close()


def test_a_right_solution_passes(cli, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT)
    said = cli("check", "first-steps/first", "--file", "mine.py")
    assert said.exit_code == 0, said.stdout
    assert "✗" not in said.stdout
    assert "solved: " in said.stdout


def test_a_wrong_one_is_told_the_mistake_and_fails(cli, tmp_path):
    (tmp_path / "mine.py").write_text(WRONG)
    said = cli("check", "first-steps/first", "--file", "mine.py")
    assert said.exit_code == 1
    assert "average over rows" in said.stdout and "expected" in said.stdout


def test_a_grading_that_does_not_start_is_a_sentence(cli, monkeypatch):
    def fails(*_):
        raise RuntimeError("the grading process did not start: ")

    monkeypatch.setattr("groundup.course.grading.grade", fails)
    said = cli("check", "first-steps/first", "--file", "-", stdin=RIGHT)
    assert said.exit_code == 1
    assert said.refusal.startswith("the grading process did not start. Try again; groundup doctor")


def test_json_is_a_results_file_of_version_3(cli):
    said = cli("check", "first-steps/first", "--file", "-", "--json", stdin=WRONG)
    result = json.loads(said.stdout)
    assert (result["version"], result["status"], said.exit_code) == (3, "fail", 1)
    assert {"name", "status", "message"} <= set(result["tests"][0])
    assert result["groundup"]["exercise"] == "first-steps/first"


def test_without_a_file_the_working_folder_comes_before_the_browsers_draft(cli, store, tmp_path):
    assert cli("check", "first-steps/first").exit_code == 2
    store.save_draft("exercise", "first-steps", "first", RIGHT, base="", version=0)
    assert cli("check", "first-steps/first").exit_code == 0
    (tmp_path / "groundup-exercises" / "first-steps").mkdir(parents=True)
    (tmp_path / "groundup-exercises" / "first-steps" / "first.py").write_text(WRONG)
    assert cli("check", "first-steps/first").exit_code == 1


@pytest.mark.parametrize(("name", "near"), [("first-step/first", "first-steps/first"), ("frist", "first-steps/first")])
def test_an_unknown_exercise_is_refused_with_a_near_one(cli, name, near):
    said = cli("check", name, "--file", "-", stdin=RIGHT)
    assert said.exit_code == 2 and "did you mean" in said.refusal and near in said.refusal


def test_a_file_that_is_not_there_is_named(cli):
    said = cli("check", "first-steps/first", "--file", "nowhere.py")
    assert said.exit_code == 2 and "nowhere.py" in said.refusal


def test_reset_asks_first_and_keeps_a_copy(cli, store):
    store.add_attempt("first-steps/first", RIGHT, {"status": "pass"})
    refused = cli("reset", "first-steps/first", stdin="n\n")
    assert refused.exit_code == 1 and store.solved() == {"first-steps/first"}
    done = cli("reset", "first-steps/first", stdin="y\n")
    assert done.exit_code == 0 and store.solved() == set()
    assert "a copy of what was" in done.stdout


def test_reset_all_and_its_wrong_uses(cli, store):
    store.add_attempt("second-steps/first", RIGHT, {"status": "pass"})
    assert cli("reset").exit_code == 2
    assert cli("reset", "first-steps/first", "--all").exit_code == 2
    assert cli("reset", "--all", "--yes").exit_code == 0
    assert store.solved() == set()


def test_the_loop_goes_from_stub_to_solved_to_next(course, store, tmp_path, capsys):
    from groundup.cli.watching import Session
    from groundup.course.catalog import Catalog

    session = Session(Catalog.load(), store, tmp_path / "work")
    assert session.at == "first-steps/first"
    assert session.file.read_text() == session.course.exercises[session.at].stub
    assert not session.grade()  # an untouched stub is not graded
    assert store.attempts(session.at) == []
    session.hint()
    session.file.write_text(WRONG)
    assert not session.grade()
    session.file.write_text(RIGHT)
    assert session.grade()
    said = capsys.readouterr().out
    assert "hint 1 of 2" in said and "average over rows" in said and "n goes on" in said
    assert store.solved() == {"first-steps/first"}
    assert session.next() and session.at == "second-steps/first"
    session.file.write_text(RIGHT)
    session.grade()
    assert not session.next()
    assert "all are solved: 2 of 2" in capsys.readouterr().out


def test_files_of_a_learner_are_never_overwritten(course, store, tmp_path):
    from groundup.cli.watching import Session
    from groundup.course.catalog import Catalog

    mine = tmp_path / "work" / "first-steps" / "first.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("# mine\n")
    Session(Catalog.load(), store, tmp_path / "work")
    assert mine.read_text() == "# mine\n"


def test_watch_as_a_person_uses_it(course, tmp_path):
    """The real command: save a wrong answer, read why; save the right one; go on; quit."""
    command = [sys.executable, "-m", "groundup.cli", "watch", "--folder", str(tmp_path / "work")]
    log = tmp_path / "log"
    with log.open("w") as out:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, env=os.environ.copy()
        )

    def wait_for(text):
        until = time.monotonic() + 30
        while text not in log.read_text():
            assert time.monotonic() < until and child.poll() is None, f"{text!r} did not come:\n{log.read_text()}"
            time.sleep(0.05)

    try:
        wait_for("q quit")
        mine = tmp_path / "work" / "first-steps" / "first.py"
        mine.write_text(WRONG)
        wait_for("average over rows")
        mine.write_text(RIGHT)
        wait_for("\nsolved: ")
        child.stdin.write("n\n")
        child.stdin.flush()
        wait_for("second-steps/first")
        child.stdin.write("q\n")
        child.stdin.flush()
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()


def test_cases_after_one_that_stopped_everything_are_not_run(cli):
    said = cli(
        "check", "first-steps/first", "--file", "-", stdin="import os\n\n\ndef column_means(x):\n    os._exit(0)\n"
    )
    assert said.exit_code == 1
    first, second = said.stdout.splitlines()[:2]
    assert first.startswith(" ! ") and "ms" in first
    assert second.startswith(" · ") and second.endswith("not run")
