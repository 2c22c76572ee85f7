"""A course of two concepts, made from the templates of `go.py new`, and a fresh folder for the learner's data."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

INVENTORY = """\
math:
  - {id: first-steps, state: planned, needs: [], builds: [one thing], against: numpy}
  - {id: second-steps, state: planned, needs: [first-steps], builds: [another], against: numpy}
"""
RIGHT = "import numpy as np\n\n\ndef column_means(x):\n    return np.asarray(x).mean(axis=0)\n"
WRONG = RIGHT.replace("axis=0", "axis=1")


@pytest.fixture(scope="session")
def course_root(tmp_path_factory):
    from tools.new import create

    root = tmp_path_factory.mktemp("checkout")
    (root / "lessons").mkdir()
    (root / "lessons" / "inventory.yaml").write_text(INVENTORY)
    create(root, "first-steps", "math")
    create(root, "second-steps", "math")
    lesson = root / "lessons" / "math" / "second-steps" / "lesson.md"
    real = lesson.read_text()  # the second one shows code that exists
    real = real.replace("groundup.math.second_steps.second_steps", "groundup.paths.lessons_dir")
    lesson.write_text(real.replace("{verify} groundup.math.second_steps", "{verify} groundup.neural.perceptron"))
    return root


@pytest.fixture
def course(course_root, monkeypatch, tmp_path):
    """The environment of a command: that course, a new learner, and an empty working folder."""
    monkeypatch.setenv("GROUNDUP_LESSONS", str(course_root / "lessons"))
    monkeypatch.setenv("GROUNDUP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return course_root


@pytest.fixture
def cli(course):
    """Run a command in this process: `cli("list", "--json")`; a refusal becomes what `main` makes of it."""
    from typer.testing import CliRunner

    from groundup.cli import app
    from groundup.cli.console import Refusal
    from groundup.course.errors import ContentError

    def call(*arguments, stdin=None):
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
        if isinstance(result.exception, Refusal):
            result.exit_code, result.refusal = result.exception.code, str(result.exception)
        elif isinstance(result.exception, ContentError):
            result.refusal = str(result.exception)
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call
