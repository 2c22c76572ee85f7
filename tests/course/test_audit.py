"""The audit: a complete concept is clean, and each thing taken away from it is found."""

import shutil
from pathlib import Path

import pytest

from groundup import paths
from groundup.course.audit import audit, complete
from groundup.course.audit_text import tex_fault
from groundup.course.catalog import Catalog

LESSON = "alpha/doubling/lesson.md"


@pytest.fixture
def whole(course: Path, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small course, with everything that makes 'doubling' complete."""
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    for file in ("tests/alpha/test_doubling.py", "benchmarks/alpha/doubling.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    lesson = course / LESSON
    text = lesson.read_text(encoding="utf-8").replace("[knuth1997]", "[knuth1997, rumelhart1986, vaswani2017attention]")
    text = text.replace("How many shoes", "word and " * 10 + "\n" + ("word and " * 10 + "\n") * 80 + "How many shoes")
    lesson.write_text(text, encoding="utf-8")
    exercises = lesson.parent / "exercises"
    for folder in exercises.iterdir():
        for name in ("first", "second"):
            shutil.copy(folder / "wrong_columns.py", folder / f"wrong_{name}.py")
    grader = exercises / "which-factor/grader.py"
    grader.write_text(grader.read_text() + "\n\ndef judge(decision, case):\n    return None\n")
    questions = lesson.parent / "questions.yaml"
    rows = questions.read_text(encoding="utf-8").split("- id: ")[1:]
    more = [row.replace("\n", "-again\n", 1) for row in rows]
    questions.write_text("".join(f"- id: {row}" for row in rows + more), encoding="utf-8")
    monkeypatch.setattr("groundup.course.audit.is_current", lambda lesson: True)
    return course


def findings(course: Path) -> list[str]:
    """What keeps 'doubling' from being complete; not every rule of the others has to hold."""
    return [str(f) for f in complete(Catalog.load(course, strict=False), ["doubling"])]


def test_a_complete_concept_is_clean(whole):
    assert findings(whole) == []


TAKEN = [
    ("```{verify} groundup.alpha.doubling\n```", "", "missing", "has no comparison with the reference"),
    ("```{exercise} scale-rows\n```\n", "", "error", "does not place the exercise 'scale-rows'"),
    ("$$\ny = x + x < \\infty\n$$", "", "missing", "has no displayed formula"),
    ("## Summary", "## Ending", "error", "the last part must be the Summary; got 'ending'"),
    ("## By hand", "## In practice", "error", "parts stand in the order in practice, the mathematics"),
    ("## By hand", "### By hand", "error", "a heading jumps from level 1 to 3"),
    ("Some text", "Some $ text", "error", "a dollar sign stands alone"),
    ("y = x + x <", "y = {x + x <", "error", "a brace is not closed"),
    ("$a<b$", "$\\left(a$", "error", "1 \\left and 0 \\right"),
    ("(#the-code)", "(#the-codes)", "error", "the link '#the-codes' leads nowhere on this page"),
    ("(#the-code)", "(/exercise/doubling/no)", "error", "leads to no exercise"),
    ("(#the-code)", "(other.md)", "error", "leads nowhere in the course"),
    ("<halving#by-hand>", "<halving#by-foot>", "error", "lesson 'halving' has no heading 'by-foot'"),
    ("How many shoes", "many " * 20 + "shoes", "error", "characters; at most 100"),
    ("word and " * 10 + "\n", "", "warning", "words; a lesson has 1500 to 3000"),
    ("knuth1997, rumelhart1986", "knuth1997", "warning", "cites 'rumelhart1986', which the front matter"),
    ("[groundup.alpha.doubling]", "[groundup.alpha.gone]", "error", "implements groundup.alpha.gone, which does not"),
    ("[groundup.alpha.doubling]", "[groundup.alpha.parts]", "missing", "groundup.alpha.parts has no proof"),
    ("[groundup.alpha.doubling]", "[]", "missing", "implements no module"),
    ("minutes: 10", "minutes: 1", "error", "minutes: Input should be greater"),
    ("{cite}`rumelhart1986`", "{cite}`gone`", "error", "'gone' is not in the bibliography"),
    ("Doubling adds a number to itself.", "One. " * 8, "warning", "the summary has 8 sentences"),
]


@pytest.mark.parametrize(("old", "new", "severity", "message"), TAKEN)
def test_what_is_wrong_in_the_text_is_found(whole, rewrite, old, new, severity, message):
    file = rewrite(LESSON, old, new)
    if message.startswith("words"):
        file.write_text(file.read_text(encoding="utf-8").replace("word and " * 10, ""), encoding="utf-8")
    said = findings(whole)
    assert any(line.startswith(f"{severity}: doubling: ") and message in line for line in said), said


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("tests/alpha/test_doubling.py", "groundup.alpha.doubling has no tests"),
        ("benchmarks/alpha/doubling.py", "groundup.alpha.doubling has no benchmark"),
        ("package/groundup/proofs/alpha/doubling.py", "has no proof"),
        ("lessons/alpha/doubling/questions.yaml", "has 0 questions; needs 6"),
        ("lessons/alpha/doubling/exercises/scale-rows/wrong_first.py", "has 2 planted wrong answers; needs 3"),
        ("lessons/alpha/doubling/exercises/scale-rows/solution.py", "this file is missing"),
        ("lessons/alpha/doubling/lesson.md", "has no lesson"),
    ],
)
def test_a_file_that_is_gone_is_found(whole, tmp_path, rewrite, gone, message):
    (tmp_path / gone).unlink()
    if gone.endswith("doubling/lesson.md"):
        rewrite("inventory.yaml", "needs: [halving]", "needs: [counting]")
    said = findings(whole)
    assert any(message in line for line in said), said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('see: "#by-hand"', 'see: "#by-foot"', "see '#by-foot' is no heading"),
        ("see: groundup.alpha.doubling.double", "see: groundup.alpha.doubling.triple", "has no 'triple'"),
        ('see: "#by-hand"', 'see: "page 3"', "see must be '#heading' or a dotted symbol; got 'page 3'"),
        ("level: mid", "level: boss", "'junior', 'mid' or 'senior'"),
    ],
)
def test_what_is_wrong_in_questions_is_found(whole, rewrite, old, new, message):
    rewrite("alpha/doubling/questions.yaml", old, new)
    said = findings(whole)
    assert any(message in line for line in said), said


def test_tests_may_be_several_files(whole, tmp_path):
    (tmp_path / "tests/alpha/test_doubling.py").rename(tmp_path / "tests/alpha/test_doubling_twice.py")
    assert findings(whole) == []


VERIFY = "```{verify} groundup.alpha.doubling\n```\n\n"


def test_parts_in_another_order_are_found(whole, rewrite):
    rewrite(LESSON, VERIFY, "")
    rewrite(LESSON, "## Summary\n\n", "## Summary\n\n" + VERIFY)
    assert any("the first verify comes after the first exercise" in line for line in findings(whole))


def test_a_concept_without_a_judgement_is_found(whole):
    grader = whole / "alpha/doubling/exercises/which-factor/grader.py"
    grader.write_text(grader.read_text().replace("def judge", "def judging"))
    assert any("no exercise asks for a judgement on data" in line for line in findings(whole))


def test_stale_outputs_are_found(whole, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(paths, "PACKAGE", whole.parent / "package/groundup")
    said = findings(whole)
    assert any("stale: python -m groundup.course.record doubling" in line for line in said)


def test_what_partial_concepts_lack_is_listed_and_planned_ones_are_left_alone(whole):
    found = audit(Catalog.load(whole))
    assert {f.concept for f in found} == {"halving"}
    assert {f.severity for f in found} >= {"missing"}
    with pytest.raises(KeyError, match="no concept 'nothing'"):
        complete(Catalog.load(whole), ["nothing"])


def test_complete_concepts_are_held_to_everything(whole, rewrite):
    rewrite("inventory.yaml", "id: halving, state: partial", "id: halving, state: complete")
    found = audit(Catalog.load(whole))
    assert found and not any(f.severity == "missing" for f in found)


def test_a_lesson_called_planned_and_shared_question_ids_are_found(whole, rewrite):
    rewrite("inventory.yaml", "id: halving, state: partial", "id: halving, state: planned")
    shutil.copy(whole / "alpha/doubling/questions.yaml", whole / "alpha/halving/questions.yaml")
    said = [str(f) for f in audit(Catalog.load(whole))]
    assert any("the inventory calls it planned" in line for line in said)
    assert any("'why-two' is taken by lesson 'doubling'" in line for line in said)


def test_faults_that_kept_a_lesson_out_are_listed(whole, rewrite):
    rewrite("alpha/halving/lesson.md", "minutes: 10", "minutes: 1")
    found = audit(Catalog.load(whole, strict=False))
    assert any(f.severity == "error" and f.line == 7 and "minutes" in f.message for f in found)


def test_the_real_course_can_be_audited():
    for finding in audit(Catalog.load(strict=False)):
        assert finding.severity in ("error", "missing", "warning") and finding.message


@pytest.mark.parametrize(
    ("tex", "fault"),
    [
        (r"\frac{a}{b} \{ \left( x \right. \begin{aligned} y \end{aligned}", None),
        (r"\leftarrow \rightarrow \left\{ x \right\}", None),
        ("a}", "a brace closes that was not opened"),
        (r"\}{", "a brace is not closed"),
        (r"\left( x", r"1 \left and 0 \right"),
        (r"\begin{aligned} x", r"\begin{aligned} is not closed"),
        (r"\begin{a} x \end{b}", r"\end{b} closes nothing"),
        (r"x \end{b}", r"\end{b} closes nothing"),
    ],
)
def test_formulas_that_do_not_balance(tex, fault):
    assert tex_fault(tex) == fault
