"""What a learner is told: the order of the checks, the named mistake, the shape of the result."""

import json
import textwrap
from pathlib import Path

import numpy as np
import pytest

from groundup.course.errors import ContentError
from groundup.course.exercise import Exercise
from groundup.course.grading import Limits, close, grade, prove
from groundup.course.grading.compare import fault

DOUBLE = Path(__file__).parent / "hostile" / "double"


@pytest.fixture(scope="module", autouse=True)
def _end_helpers():
    yield
    close()


@pytest.fixture
def make(tmp_path):
    """An exercise from the sources of its grader and solution."""

    def made(grader: str, solution: str) -> Exercise:
        folder = tmp_path / "lesson" / "exercises" / "trial"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {
            "grader.py": "import numpy as np\n" + textwrap.dedent(grader),
            "solution.py": textwrap.dedent(solution),
            "stub.py": textwrap.dedent(solution),
            "instructions.md": "Write it.",
            "hints.md": "1. Think.",
        }.items():
            (folder / name).write_text(text)
        return Exercise.load(folder)

    return made


def code(source: str) -> str:
    return textwrap.dedent(source)


# --- the result


def test_the_result_has_exercisms_shape_and_our_part():
    seen = []
    report = grade(Exercise.load(DOUBLE), "def double(x):\n    print('hello')\n    return x**2\n", on_case=seen.append)
    result = json.loads(json.dumps(report.to_json()))
    assert (result["version"], result["status"]) == (3, "fail")
    test = result["tests"][0]
    assert set(test) == {"name", "status", "message", "output", "test_code", "task_id"}
    assert (test["status"], test["output"]) == ("fail", "hello\n")
    assert "Likely: that is the square." in test["message"]
    assert "x = np.array([" in test["test_code"] and test["test_code"].endswith("double(x=x)")
    own = result["groundup"]["cases"][0]
    assert own["mistake"] == "that is the square" and own["call"].startswith("double(x=np.array([")
    assert own["got"] and own["expected"] and own["seconds"] > 0
    assert {layer["name"] for layer in result["groundup"]["layers"]} >= {"limits", "watch"}
    assert [case.name for case in seen] == [case["name"] for case in result["groundup"]["cases"]]


def test_fresh_numbers_are_a_test_of_their_own():
    report = grade(Exercise.load(DOUBLE), Exercise.load(DOUBLE).solution)
    assert report.passed and report.message == ""
    assert [case.name for case in report.cases] == ["three numbers", "a table", "fresh numbers"]


def test_nothing_can_be_run_is_an_error_without_tests():
    result = grade(Exercise.load(DOUBLE), "def double(x)\n").to_json()
    assert (result["status"], result["tests"], result["groundup"]["line"]) == ("error", [], 1)


def test_printed_text_is_kept_by_case_and_cut():
    report = grade(
        Exercise.load(DOUBLE),
        "print('outside')\ndef double(x):\n    print('y' * 9000)\n    return 2 * x\n",
        limits=Limits(output=5000),
    )
    assert report.passed
    assert "more bytes were printed" in report.cases[0].output and len(report.cases[0].output) < 5300
    assert "outside" in report.cases[0].output + report.stdout


def test_a_broken_grader_is_a_fault_in_content(make):
    exercise = make(
        """
        FUNCTION = "f"
        MISTAKES = {}
        def reference(x): return x
        def cases(): yield "one", {"x": 1}
        """,
        "def f(x):\n    return x\n",
    )
    with pytest.raises(ContentError, match="MISTAKES"):
        grade(exercise, exercise.solution)


# --- the order of checks and the naming of mistakes

ROUND = """
    FUNCTION = "f"
    RTOL, ATOL = 1e-6, 1e-9
    MISTAKES = {"the first": {"add": 1}, "the second": {"times": 3}}
    HINTS = {"the second": "It says twice."}
    def reference(x, *, add=0, times=2): return x * times + add
    def cases():
        rng = np.random.default_rng(0)
        yield "ones", {"x": np.ones(2)}
        yield "some", {"x": rng.normal(size=3)}
"""


def test_a_mistake_that_fits_all_wrong_answers_goes_before_one_that_fits_the_first(make):
    # for ones, 2 x + 1 and 3 x are the same answer; the second case tells them apart
    exercise = make(ROUND, "def f(x):\n    return 2 * x\n")
    report = grade(exercise, "def f(x):\n    return 3 * x\n")
    assert [case.mistake for case in report.cases] == ["the first", "the second"]
    assert report.cases[1].hint == "It says twice."


def test_nothing_is_named_when_no_mistake_fits(make):
    report = grade(make(ROUND, "def f(x):\n    return 2 * x\n"), "def f(x):\n    return 7 * x\n")
    assert {case.mistake for case in report.cases} == {""}


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), "The shape is (2, 3), expected (3, 2)."),
        (np.array([[1.0, np.nan]]), np.zeros((2, 1)), "The shape"),
        (np.array([1.0, np.nan]), np.array([5.0, 5.0]), "1 of 2 numbers is NaN, the first at [1]."),
        (np.array([1.0, np.inf]), np.array([5.0, 5.0]), "1 of 2 numbers is infinite"),
        (
            np.array([1.0, 2.5, 3.1]),
            np.array([1.0, 2.0, 3.0]),
            "2 of 3 numbers differ; the worst at [1]: 2.5, expected 2.",
        ),
        (np.zeros(2, complex), np.zeros(2), "complex"),
        ([1.0, 2.0], np.array([1.0, 2.0]), "must be an array of shape (2,); a list of 2 came."),
        (None, 3.0, "None came back"),
        ("3", 3.0, "must be a number; a string came."),
        (np.array([3.0]), 3.0, "must be a number; an array of shape (1,) came."),
        (3.5, 3.0, "The answer is 3.5, expected 3."),
        (float("nan"), 3.0, "The answer is NaN."),
        (1, True, "must be True or False; an int came."),
        ((1, 2), (1, 2, 3), "has 2 parts, expected 3."),
        ((1, 5), (1, 2), "The answer at [1] is 5, expected 2."),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks the key 'b'"),
        ({"a": 1, "c": 1}, {"a": 1}, "has a key 'c' that is not expected"),
        ({"a": [1, 9]}, {"a": [1, 2]}, "The answer at ['a'][1] is 9, expected 2."),
        ("left", "right", "The answer is 'left', expected 'right'."),
        (np.array(["a", "b"]), np.array(["a", "c"]), "1 of 2 numbers differs; the worst at [1]: b, expected c."),
        (np.array(["a"]), np.array([1.0]), "The dtype is <U1, expected float64."),
    ],
)
def test_a_wrong_answer_is_told_in_one_sentence(got, expected, said):
    told = fault(got, expected, rtol=1e-6, atol=1e-9)
    assert told is not None and said in told


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.float32(3), 3),
        (np.array(3.0), 3.0),
        (3, 3.0),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        ([1, 2], (1, 2)),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ({"b": 2, "a": 1}, {"a": 1, "b": 2}),
        (np.bool_(True), True),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (1.0 + 1e-7, 1.0),
        (None, None),
    ],
)
def test_a_right_answer_may_differ_in_what_does_not_matter(got, expected):
    assert fault(got, expected, rtol=1e-6, atol=1e-9) is None


def test_the_dtype_counts_where_it_is_asked_for():
    got, expected = np.ones(2, np.float64), np.ones(2, np.float32)
    assert "dtype is float64, expected float32" in fault(got, expected, rtol=1e-6, atol=0, dtype=True)
    assert fault(got, expected, rtol=1e-6, atol=0) is None


# --- what a grader may be


def test_a_script_tests_a_class(make):
    exercise = make(
        """
        FUNCTION = "Counter"
        SCRIPT = '''
        def call(namespace, steps):
            counter = namespace["Counter"]()
            for step in steps:
                counter.add(step)
            return {"total": counter.total, "calls": counter.calls}
        '''
        MISTAKES = {"the total is a sum": {"only_last": True}}
        def reference(steps, *, only_last=False):
            return {"total": steps[-1] if only_last else sum(steps), "calls": len(steps)}
        def cases():
            rng = np.random.default_rng(0)
            for n in (1, 3):
                yield f"{n} steps", {"steps": rng.integers(1, 9, n).tolist()}
        """,
        """
        class Counter:
            def __init__(self):
                self.total = self.calls = 0

            def add(self, step):
                self.total += step
                self.calls += 1
        """,
    )
    assert grade(exercise, exercise.solution).passed
    assert prove.faults(exercise.path, exercise.solution) == []
    wrong = grade(exercise, exercise.solution.replace("self.total += step", "self.total = step"))
    assert "at ['total']" in wrong.message and "the total is a sum" in wrong.message
    lacking = grade(exercise, exercise.solution.replace("self.calls", "self.count"))
    assert "the test's line 6" in lacking.message.lower() and "no attribute 'calls'" in lacking.message
    assert "`Counter` is not defined" in grade(exercise, "x = 1").message


JUDGED = """
    FUNCTION = "choose"
    def cases():
        rng = np.random.default_rng(0)
        for name, best in [("low", 1), ("high", 3)]:
            yield name, {"x": rng.normal(size=4) + best}, {"best": best}
    def judge(decision, case):
        if decision not in (1, 2, 3):
            return f"one of 1, 2, 3 is wanted, {decision!r} came"
        if decision != case.held["best"]:
            return f"{decision} is not best for {len(case.kwargs['x'])} points"
"""


def test_a_judgement_is_made_on_what_the_function_never_saw(make):
    exercise = make(JUDGED, "def choose(x):\n    return 1 if x.mean() < 2 else 3\n")
    assert grade(exercise, exercise.solution).passed
    constant = grade(exercise, "def choose(x):\n    return 1\n")
    assert [case.status for case in constant.cases] == ["pass", "fail"]
    assert constant.cases[1].message == "1 is not best for 4 points"
    assert "one of 1, 2, 3" in grade(exercise, "def choose(x):\n    return 'high'\n").message
    found = "[d['best'] for d in gc.get_objects() if type(d) is dict and 'best' in d][0]"
    spy = f"import gc\ndef choose(x):\n    return {found}\n"
    assert not grade(exercise, spy).passed


def test_a_function_may_be_an_argument(make):
    exercise = make(
        """
        from groundup.course.grading import Code
        FUNCTION = "slope"
        RTOL = 1e-5
        MISTAKES = {"divide by twice the step": {"half": False}}
        def reference(f, x, *, half=True):
            return (f(x + 1e-5) - f(x - 1e-5)) / (2e-5 if half else 1e-5)
        def cases():
            x = np.random.default_rng(0).uniform(1, 2)
            yield "a sine", {"f": Code("lambda x: np.sin(x)"), "x": x}
            yield "a square", {"f": Code("lambda x: x * x"), "x": x}
        """,
        "def slope(f, x):\n    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5\n",
    )
    report = grade(exercise, exercise.solution)
    assert report.passed, report.message
    assert report.cases[0].call.startswith("slope(f=lambda x: np.sin(x), x=1.")


def test_an_own_comparison_takes_the_place_of_ours(make):
    exercise = make(
        """
        FUNCTION = "root"
        MISTAKES = {"the root, not the number": {"power": 1.0}}
        def reference(x, *, power=0.5): return x**power
        def cases():
            for n, x in enumerate(np.random.default_rng(0).uniform(1, 9, 2)):
                yield f"number {n}", {"x": float(x)}
        def check(got, expected, kwargs):
            return None if abs(got * got - kwargs["x"]) < 1e-6 else "its square is not x"
        """,
        "def root(x):\n    return -(x**0.5)\n",
    )
    assert grade(exercise, exercise.solution).passed
    wrong = grade(exercise, "def root(x):\n    return x\n")
    assert "its square is not x Likely: the root, not the number." in wrong.message
    assert "could not be checked" in grade(exercise, "def root(x):\n    return 'a'\n").message


# --- faults of graders that the proof finds


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('{"times": 3}', '{"times": 2}', "'the second' is never wrong"),
        ('{"times": 3}', '{"add": 1.0}', "gives the same answers as 'the first'"),
        ('{"times": 3}', '{"sometimes": 3}', "is never wrong (TypeError"),
        ("rng.normal(size=3)", "np.arange(3.0)", "never change with the seed"),
        ('"some"', 'f"some {rng.normal()}"', "names must not depend"),
        ("return x * times", "x *= times; return x", "changes its input"),
    ],
)
def test_faults_of_graders_are_found(make, old, new, told):
    assert old in ROUND
    exercise = make(ROUND.replace(old, new), "def f(x):\n    return 2 * x\n")
    assert any(told in fault for fault in prove.faults(exercise.path, exercise.solution))


def test_a_solution_that_is_right_for_one_draw_only_is_found(make):
    exercise = make(ROUND, "import numpy as np\ndef f(x):\n    return 2 * x if x[0] > 0 else 2 * abs(x)\n")
    assert any("solution: fails in the case 'some'" in f for f in prove.faults(exercise.path, exercise.solution))


def test_a_good_grader_has_no_faults_and_no_cheat_passes(make):
    exercise = make(ROUND + '    FORBIDDEN = ["math", "numpy.cov"]\n', "def f(x):\n    return 2 * x\n")
    assert prove.faults(exercise.path, exercise.solution) == []
    cheats = list(prove.cheats(exercise.path, exercise.solution))
    assert {"uses math", "uses numpy.cov", "nothing", "gives x back", "looks answers up", "changes x"} <= {
        cheat.name for cheat in cheats
    }
    for cheat in cheats:
        report = grade(exercise, cheat.code)
        assert not report.passed and cheat.told in report.message + "".join(c.name for c in report.cases), cheat.name
