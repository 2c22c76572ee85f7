"""Each way in which a set-up can fail: one sentence, one thing to do, an exit code, no traceback."""

import errno
import json
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tools import console, environment, verbs
from tools.console import Step, Stop, explain
from tools.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def checkout(tmp_path):
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def made(checkout):
    """A checkout whose environment looks finished; `works` is told to believe it."""
    there = Environment(checkout)
    there.folder.mkdir()
    there.mark(**there.wanted(), torch={"asked": there.extra("deep"), "how": "pip"})
    return Environment(checkout)


def answer(monkeypatch, output: str, code: int = 1):
    """Every command of the set-up answers so."""
    asked = []

    def run(command, log, **_):
        asked.append([str(part) for part in command])
        return code, output

    monkeypatch.setattr(environment, "run", run)
    return asked


@pytest.fixture
def line(capsys):
    return Step(1, 1, "trying")


# -- what is left to do ------------------------------------------------------------------------------------------
def test_everything_is_to_do_on_a_fresh_clone(checkout):
    assert Environment(checkout).pending(light=False, again=False) == ["venv", "packages", "torch", "package"]
    assert Environment(checkout).pending(light=True, again=False) == ["venv", "packages", "package"]


def test_nothing_is_to_do_the_second_time(made, monkeypatch):
    monkeypatch.setattr(Environment, "works", lambda self: True)
    assert made.pending(light=False, again=False) == []
    assert made.pending(light=False, again=True) == ["torch"]


@pytest.mark.parametrize(
    ("file", "steps"), [("requirements.lock", ["packages"]), ("pyproject.toml", ["package"])], ids=lambda x: str(x)
)
def test_a_changed_file_repeats_its_step_alone(made, monkeypatch, file, steps):
    monkeypatch.setattr(Environment, "works", lambda self: True)
    with (made.root / file).open("a") as text:
        text.write("\n# changed\n")
    assert made.pending(light=False, again=False) == steps


def test_a_moved_checkout_forgets_its_stamp(made, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.move(made.root, elsewhere)
    assert Environment(elsewhere).stamp == {}


def test_a_damaged_stamp_is_no_stamp(made):
    (made.folder / "groundup.json").write_text("{ half a")
    assert Environment(made.root).stamp == {}


def test_an_environment_whose_python_is_gone_is_remade(made):
    (made.folder / "bin").mkdir()
    made.python.symlink_to("/nowhere/python")
    assert made.pending(light=True, again=False)[0] == "venv"


def test_a_real_environment_works_and_a_copied_one_does_not(checkout, line):
    there = Environment(checkout)
    there.make(line)
    assert there.works()
    copy = checkout / "copy"
    copy.mkdir()
    shutil.copytree(there.folder, copy / ".venv", symlinks=True)
    assert not Environment(copy).works()  # its scripts would start the other one


# -- failures ----------------------------------------------------------------------------------------------------
def test_debian_without_venv(checkout, monkeypatch, line):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Stop, match=rf"sudo apt install python3\.{sys.version_info[1]}-venv"):
        Environment(checkout).make(line)


def test_no_room_is_said_before_anything_is_downloaded(checkout, monkeypatch, line):
    asked = answer(monkeypatch, "", 0)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: Usage(0, 0, 0.5e9))
    with pytest.raises(Stop, match=r"no room: 1\.6 GB are needed for the packages, 0\.5 GB are free"):
        Environment(checkout).install(line)
    assert asked == []


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError('<conn>: Failed to establish: [Errno -3]')", "cannot be reached"),
        ("npm error code EAI_AGAIN", "cannot be reached"),
        (
            "Retrying ... NameResolutionError\nERROR: Could not find a version that satisfies the requirement",
            "cannot be reached",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "differs from the pinned"),
        ("ERROR: No matching distribution found for numba==0.68.1", "does not have a pinned package"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "cannot be written"),
    ],
)
def test_what_a_tool_said_becomes_one_thing_to_do(checkout, monkeypatch, line, output, said):
    made = Environment(checkout)
    made.folder.mkdir()
    answer(monkeypatch, output)
    with pytest.raises(Stop, match=said):
        made.install(line)
    assert Environment(checkout).stamp.get("packages") is None  # nothing is stamped as done


def test_an_unknown_failure_shows_its_end_and_where_the_rest_is(checkout, monkeypatch, line):
    made = Environment(checkout)
    made.folder.mkdir()
    answer(monkeypatch, "a strange thing happened\n")
    with pytest.raises(Stop, match=r"setup\.log.*\n.*a strange thing"):
        made.install(line)


def test_explain_knows_what_it_does_not_know():
    assert explain("all is well", Path("/x"), 1.0) is None


# -- an interrupted set-up ----------------------------------------------------------------------------------------
def test_packages_that_were_being_unpacked_are_installed_again(checkout, monkeypatch, line):
    made = Environment(checkout)
    site = made.folder / "lib" / "python3.11" / "site-packages"
    for name, files in {
        "whole-1.0": ("RECORD", "INSTALLER"),
        "half-2.0": ("RECORD",),
        "other-3": ("INSTALLER",),
    }.items():
        (site / f"{name}.dist-info").mkdir(parents=True)
        for file in files:
            (site / f"{name}.dist-info" / file).write_text("")
    answer(monkeypatch, "", 0)
    made.install(line)
    assert [p.name for p in site.iterdir()] == ["whole-1.0.dist-info"]


def test_a_kill_in_the_middle_leaves_the_step_to_do(made, monkeypatch, line):
    monkeypatch.setattr(Environment, "works", lambda self: True)

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        made.install(line)
    assert Environment(made.root).pending(light=True, again=False) == ["packages"]


# -- torch --------------------------------------------------------------------------------------------------------
def with_report(monkeypatch, report: str, answers: dict[str, tuple[int, str]]):
    """pip's dry run writes `report`; other commands answer by the first word of `answers` they contain."""
    asked = []

    def run(command, log, **_):
        words = [str(part) for part in command]
        asked.append(words)
        if "--report" in words:
            Path(words[words.index("--report") + 1]).write_text(report, encoding="utf-8")
        return next((said for sign, said in answers.items() if any(sign in w for w in words)), (0, ""))

    monkeypatch.setattr(environment, "run", run)
    return asked


def test_without_a_gpu_the_processor_build_comes_through_uv(made, monkeypatch, line):
    (made.root / ".cache").mkdir()
    report = (Path(__file__).parent / "reports" / "pypi_linux_cuda.json").read_text()
    monkeypatch.setattr(environment, "has_gpu", lambda: False)
    asked = with_report(monkeypatch, report, {})
    made.torch(line)
    assert made.stamp["torch"]["how"] == "uv"
    assert "--torch-backend=cpu" in asked[-1]
    assert not any("torch" in " ".join(words) and "--require-hashes" in words for words in asked)


def test_when_it_cannot_be_reached_the_course_goes_on_light(made, monkeypatch, line):
    (made.root / ".cache").mkdir()
    report = (Path(__file__).parent / "reports" / "pypi_linux_cuda.json").read_text()
    monkeypatch.setattr(environment, "has_gpu", lambda: False)
    with_report(monkeypatch, report, {"--torch-backend": (2, "error: dns error: failed to lookup")})
    made.torch(line)
    why = made.without_torch()
    assert why and "cannot be reached" in why
    assert "GB are free" in why and "1.3 GB of disk" in why
    monkeypatch.setattr(Environment, "works", lambda self: True)
    assert made.pending(light=False, again=False) == made.pending(light=True, again=False)  # not tried each start


def test_torch_that_is_there_is_left_alone(made, monkeypatch, line):
    info = made.folder / "lib" / "python3.11" / "site-packages" / "torch-2.13.0+cpu.dist-info"
    info.mkdir(parents=True)
    (info / "INSTALLER").write_text("pip")
    asked = answer(monkeypatch, "")
    made.torch(line)
    assert asked == [] and made.without_torch() is None


# -- the verbs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (Stop("no room. Make room"), 1, "no room. Make room"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), 1, "Make room"),
        (KeyboardInterrupt(), 130, "the same command goes on from here"),
    ],
    ids=["stop", "disk", "ctrl-c"],
)
def test_no_failure_shows_a_traceback(monkeypatch, capsys, raised, code, said):
    def fails(_):
        raise raised

    monkeypatch.setattr(verbs, "learn", fails)
    assert verbs.main(["learn"]) == code
    assert said in capsys.readouterr().err


def test_a_command_that_is_run_goes_to_the_log_and_its_end_comes_back(tmp_path):
    seen = []
    code, tail = console.run(
        [sys.executable, "-c", "print('one'); print('two'); raise SystemExit(3)"], tmp_path / "log", on_line=seen.append
    )
    assert (code, tail, seen) == (3, "one\ntwo\n", ["one", "two"])
    assert "two" in (tmp_path / "log").read_text()


def test_the_stamp_is_written_whole(made):
    assert json.loads((made.folder / "groundup.json").read_text())["root"] == str(made.root)
    assert not list(made.folder.glob("*.new"))
