"""Code that means harm, or seems to: each file of `hostile/` is graded, told the right thing, and leaves nothing.

The first lines of a file say what is expected: ``# says:`` parts of the message (one of them must be there),
``# status:`` when it may pass, ``# held by:`` the layers of which one must be on (otherwise the case is skipped, and
`layers()` says so);
``# seconds:`` the time allowed, 5 unless said.
"""

import contextlib
import os
import re
import socket
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from groundup.course.exercise import Exercise
from groundup.course.grading import Limits, client, close, grade, layers
from groundup.course.grading.isolation.places import open_to_all

HERE = Path(__file__).parent / "hostile"
FILES = sorted(HERE.glob("*.py"))
SETTINGS = {
    "all layers": (),
    "no bubblewrap": ("bubblewrap",),
    "no Landlock": ("landlock",),
    "no seccomp": ("seccomp",),
    "neither bubblewrap nor Landlock": ("bubblewrap", "landlock"),
    "no layer of the kernel": ("bubblewrap", "landlock", "seccomp"),
}
ALWAYS = ("all layers", "neither bubblewrap nor Landlock")


def trials():
    """Every file under every set of layers; by default two sets, and a third for what hangs on certain layers."""
    for name, without in SETTINGS.items():
        for file in FILES:
            usual = name in ALWAYS or (name == "no bubblewrap" and "# held by:" in file.read_text())
            yield pytest.param(file, without, id=f"{file.stem}-{name}", marks=() if usual else pytest.mark.slow)


@pytest.fixture(scope="module", autouse=True)
def _own_folders(tmp_path_factory):
    kept = dict(os.environ)
    os.environ["GROUNDUP_HOME"] = str(tmp_path_factory.mktemp("home"))
    os.environ["GROUNDUP_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    close()
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="module")
def exercise():
    return Exercise.load(HERE / "double")


@pytest.fixture
def canary():
    """A folder that anybody may write: only the sandbox keeps code out of it."""
    with tempfile.TemporaryDirectory(prefix="groundup-canary-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "kept.txt").write_text("still here")
        (folder / "kept.txt").chmod(0o666)
        yield folder


@pytest.fixture(scope="module")
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def said(code: str, key: str) -> list[str]:
    return re.findall(rf"^# {key}: (.*)$", code, re.MULTILINE)


def told(report) -> str:
    return "\n".join([report.message, *(f"{case.message} {case.got}" for case in report.cases)])


def cut_off(on: set[str]) -> bool:
    """Whether workers cannot import what is not loaded yet: it lies where other users cannot go."""
    return "user" in on and not on & {"bubblewrap", "landlock"} and not open_to_all(Path(os.__file__))


def runs_below(worker: psutil.Process) -> list[psutil.Process]:
    """What runs below the helper that forks workers: bubblewrap's own processes and the helper itself."""
    return [p for p in worker.children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


def strays() -> list[psutil.Process]:
    """Workers' processes that slipped out from below their helper."""
    found, ours = [], [host.process for host in client._hosts.running.values() if host.alive]
    below = {p.pid for process in ours for p in [process, *psutil.Process(process.pid).children(recursive=True)]}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME") == client._hosts.base and process.pid not in below:
                found.append(process)
    return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def goes_back_to(worker: psutil.Process, count: int) -> bool:
    """Whether within half a second no more than `count` processes run below the helper."""
    for _ in range(50):
        with contextlib.suppress(psutil.NoSuchProcess):
            if len(runs_below(worker)) <= count:
                return True
        time.sleep(0.01)
    return False


def folders_left(host) -> list[str]:
    """Scratch folders, seen through the helper's own root folder."""
    pids = [host.process.pid, *(p.pid for p in psutil.Process(host.process.pid).children(recursive=True))]
    for pid in pids[::-1]:
        with contextlib.suppress(OSError):
            return [n for n in os.listdir(f"/proc/{pid}/root{client._hosts.base}") if n.startswith("scratch-")]
    return []


@pytest.mark.parametrize(("file", "without"), list(trials()))
def test_hostile_code_is_told_and_contained(file, without, exercise, canary, listener):
    code = file.read_text()
    for word, value in {"CANARY": canary, "EXERCISE": exercise.path, "PORT": listener.getsockname()[1]}.items():
        code = code.replace("{" + word + "}", str(value))
    on = {layer.name for layer in layers(frozenset(without)) if layer.on}
    if (needed := said(code, "held by")) and not on & set(needed[0].split()):
        pytest.skip(f"held by {needed[0]} alone, and none of them is on; layers() says so")

    started = time.monotonic()
    report = grade(
        exercise,
        code,
        limits=Limits(seconds=float((said(code, "seconds") or ["5"])[0]), memory=200, without=frozenset(without)),
    )

    assert time.monotonic() - started < 15
    wanted = (said(code, "status") or ["not passed"])[0]
    assert wanted == "any" or report.status == wanted or (wanted == "not passed" and not report.passed), told(report)
    if (parts := said(code, "says")) and not cut_off(on):
        assert any(part in told(report) for part in parts), told(report)
    assert "Traceback" not in told(report) and "groundup/course" not in told(report), told(report)
    assert sum(len(case.output) for case in report.cases) + len(report.stdout) < 100_000
    assert [p.name for p in canary.iterdir()] == ["kept.txt"]
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert not strays()
    host = client._hosts.running.get(("worker", frozenset(without)))
    assert [n for n in os.listdir(client._hosts.base) if n.startswith("scratch-")] == []
    if host and host.alive:
        inside = "bubblewrap" in on
        assert goes_back_to(psutil.Process(host.process.pid), 2 if inside else 0)
        assert folders_left(host) == []
    again = grade(exercise, exercise.solution, limits=Limits(without=frozenset(without)))
    assert again.passed, told(again)
