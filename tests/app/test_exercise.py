"""The exercise page without a browser: grading for real, help one step at a time, history, no-script forms."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from groundup.app.pages import code_marked
from groundup.app.services import exercises
from groundup.course.catalog import Catalog
from groundup.course.grading import CaseResult, Report

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/exercise/linear-algebra/double"
ID = "linear-algebra/double"
RIGHT = "def double(x):\n    return 2 * x\n"
THRICE = "def double(x):\n    return 3 * x\n"


def grade(client, code):
    answer = client.post(f"/api{PAGE}/grade", json={"code": code})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_page_shows_task_stub_and_no_solution(client):
    text = client.get(PAGE).text
    assert "Double a vector" in text
    assert "raise NotImplementedError" in text
    assert "What is one and one?" not in text
    assert "return 2 * x" not in text
    assert client.get("/exercise/linear-algebra/nothing").status_code == 404


def test_cases_come_one_by_one_and_the_mistake_is_named(client, store):
    *cases, report = grade(client, THRICE)
    assert [event["kind"] for event in cases] == ["case"] * len(cases) and len(cases) >= 3
    assert report["kind"] == "report" and report["status"] == "fail"
    assert "multiply by two, not by three" in report["html"]
    for word in ("Call", "Got", "Expected"):
        assert word in cases[0]["html"]
    assert "<details open>" in cases[0]["html"]
    assert "<details open>" not in cases[1]["html"]
    attempt = store.attempts(ID)[0]
    assert (attempt.status, attempt.code) == ("fail", THRICE)


def test_a_solution_is_told_and_remembered(client, store):
    report = grade(client, RIGHT)[-1]
    assert report["status"] == "pass"
    assert "Solved." in report["html"]
    assert store.solved() == {ID}
    assert "solved" in client.get(PAGE).text
    assert 'Back to <a href="/lesson/linear-algebra">Linear algebra</a>' in report["html"]


def test_a_solved_exercise_leads_to_the_next_one_that_is_not(store):
    catalog = Catalog.load(ROOT / "lessons", strict=False)
    first, second, third = (id for id in catalog.exercises if id.startswith("linear-algebra/"))
    store.add_attempt(second, "", {"status": "pass"})
    onward = exercises.following(catalog, store, catalog.exercises[first])
    assert (onward.words, onward.url) == ("Next exercise:", f"/exercise/{third}")
    store.add_attempt(first, "", {"status": "pass"})
    store.add_attempt(third, "", {"status": "pass"})
    assert exercises.following(catalog, store, catalog.exercises[first]).url == "/lesson/linear-algebra"


def test_code_in_messages_is_shown_as_code():
    assert code_marked("line 2 (`x < 1`) raised") == "line 2 (<code>x &lt; 1</code>) raised"
    assert code_marked("unexpected character ` in <b>") == "unexpected character ` in &lt;b&gt;"


def test_cases_after_one_that_stopped_everything_are_not_run(client):
    first, second, *_ = grade(client, "import os\n\n\ndef double(x):\n    os._exit(0)\n")
    assert "no answer" in first["html"] and "not run" not in first["html"]
    assert '<span class="case-word">not run</span>' in second["html"]


def test_a_syntax_error_names_its_line(client):
    report = grade(client, "def double(x)\n    return x\n")[-1]
    assert report["status"] == "error"
    assert report["line"] == 1


def test_what_code_says_is_quoted(client):
    report = grade(client, "def double(x):\n    raise ValueError('<img src=x onerror=alert(1)>')\n")[-1]
    assert "<img" not in report["html"]
    assert "&lt;img" in report["html"]


def test_a_grader_that_fails_is_said(client, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("no processes left")

    monkeypatch.setattr("groundup.app.services.exercises.grade", broken)
    event = grade(client, RIGHT)[-1]
    assert event["message"] == "The grader itself failed (RuntimeError: no processes left). Your text is kept."
    assert "The grader itself failed" in client.post(PAGE, data={"code": RIGHT}).text


def test_a_result_that_cannot_be_stored_is_shown_all_the_same(client, store, monkeypatch):
    def full(*_args, **_more):
        raise OSError("the disk is full")

    monkeypatch.setattr(type(store), "add_attempt", full)
    report = grade(client, RIGHT)[-1]
    assert "Solved." in report["html"]
    assert "This attempt is not in your history: the disk is full" in report["html"]


def test_hints_come_one_at_a_time(client, store):
    assert client.post(f"{PAGE}/hint").headers["location"] == f"{PAGE}#help"
    text = client.get(PAGE).text
    assert "What is one and one?" in text and "multiplies each element" not in text
    second = client.post(f"{PAGE}/hint", headers={"HX-Request": "true"}).text
    assert "multiplies each element" in second and "<html" not in second
    assert "Another hint" not in second
    client.post(f"{PAGE}/hint")
    assert store.help(ID).hints == 2


@pytest.mark.parametrize(
    ("tried", "reason", "said"),
    [
        ([], "asked", "before an attempt of your own"),
        (["stub"], "asked", "before an attempt of your own"),
        ([THRICE], "attempted", "after an attempt of your own"),
        ([RIGHT], "solved", "after solving the exercise"),
    ],
)
def test_looking_at_the_solution_is_remembered_with_its_reason(client, store, tried, reason, said):
    stub = client.app.state.context.catalog.exercises[ID].stub
    for code in tried:
        text = stub + "\n# a comment is no attempt\n" if code == "stub" else code
        status = "pass" if code == RIGHT else "fail"
        store.add_attempt(ID, text, {"status": status, "tests": [], "groundup": {"cases": []}})
    warned = "You have not tried yet" in client.get(PAGE).text
    assert warned == (reason == "asked")
    shown = client.post(f"{PAGE}/solution", headers={"HX-Request": "true"}).text
    assert "return 2 * x" in shown and said in shown
    assert store.help(ID).solution_reason == reason


def test_reset_goes_back_and_keeps_the_text(client, store):
    store.save_draft("exercise", "linear-algebra", "double", "mine", version=0, base="b")
    assert client.post(f"{PAGE}/reset").status_code == 303
    assert "NotImplementedError" in store.draft("exercise", "linear-algebra", "double").text
    kept = store.copies("exercise", "linear-algebra", "double")
    assert [(copy.text, copy.reason) for copy in kept] == [("mine", "reset")]
    assert "mine" in client.get(f"{PAGE}/copy/{kept[0].id}").text


def test_an_older_attempt_can_be_read_and_taken_up_again(client, store):
    grade(client, THRICE)
    number = store.attempts(ID)[0].id
    older = client.get(f"{PAGE}/attempt/{number}").text
    assert "return 3 * x" in older and "multiply by two" in older
    store.save_draft("exercise", "linear-algebra", "double", "newer", version=0, base="b")
    client.post(f"{PAGE}/restore", data={"code": THRICE})
    assert store.draft("exercise", "linear-algebra", "double").text == THRICE
    assert store.copies("exercise", "linear-algebra", "double")[0].text == "newer"
    assert client.get(f"{PAGE}/attempt/999").status_code == 404


def test_without_scripts_the_form_saves_and_grades(client, store):
    answer = client.post(PAGE, data={"code": THRICE.replace("\n", "\r\n"), "version": "0"})
    assert "multiply by two, not by three" in answer.text
    assert store.draft("exercise", "linear-algebra", "double").text == THRICE
    assert 'name="version" value="1"' in answer.text


def test_without_scripts_a_conflict_keeps_both(client, store):
    store.save_draft("exercise", "linear-algebra", "double", "theirs", version=0, base="b")
    answer = client.post(PAGE, data={"code": RIGHT, "version": "0"}).text
    assert "Another tab saved a different text" in answer
    assert "return 2 * x" in answer
    assert store.draft("exercise", "linear-algebra", "double").text == "theirs"
    assert store.copies("exercise", "linear-algebra", "double")[0].text == RIGHT


def test_a_changed_exercise_is_said(client, store):
    store.save_draft("exercise", "linear-algebra", "double", "mine", version=0, base="another beginning")
    text = client.get(PAGE).text
    assert "has changed since you began" in text
    assert "mine" in text


def test_the_course_process_stays_light():
    code = "import sys, groundup.app.server; print([m for m in ('torch', 'sklearn', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_case_is_told_before_the_others_are_done(client, store, monkeypatch):
    told = threading.Event()

    def slow(exercise, _code, *, on_case):
        case = CaseResult("the first", "fail", message="no")
        on_case(case)
        assert told.wait(10)
        return Report(exercise.id, "fail", cases=[case])

    monkeypatch.setattr(exercises, "grade", slow)
    events = exercises.run_tests(client.app.state.context.catalog.exercises[ID], THRICE, store)
    assert next(events)[1].name == "the first"
    told.set()
    assert next(events)[0] == "report"


def test_an_attempt_counts_when_nobody_waits_for_it(client, store, monkeypatch):
    go_on = threading.Event()

    def slow(exercise, _code, *, on_case):
        on_case(CaseResult("the first", "pass"))
        assert go_on.wait(10)
        return Report(exercise.id, "pass")

    monkeypatch.setattr(exercises, "grade", slow)
    events = exercises.run_tests(client.app.state.context.catalog.exercises[ID], RIGHT, store)
    next(events)
    events.close()  # the page was left
    go_on.set()
    deadline = time.monotonic() + 10
    while store.solved() != {ID} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert store.solved() == {ID}
