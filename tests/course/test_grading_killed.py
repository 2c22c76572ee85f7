"""Whoever is killed in the middle of a grading, nothing that the learner's code started is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from groundup.course.grading import client

EXERCISE = Path(__file__).parent / "hostile" / "double"
SOURCES = Path(client.__file__).resolve().parents[3]
# Some sit still, each in a session of its own; some move on to a new process again and again.
SPREADS = """
import ctypes, time
libc = ctypes.CDLL(None)

def double(x):
    for number in range(14):
        if libc.fork() == 0:
            libc.setsid()
            while number < 10:
                time.sleep(1)
            while True:
                if libc.fork():
                    libc._exit(0)
                time.sleep(0.3)
    while True:
        time.sleep(1)
"""
COURSE = f"""
    import threading, time
    from pathlib import Path
    from groundup.course.exercise import Exercise
    from groundup.course.grading import Limits, grade
    exercise = Exercise.load(Path({str(EXERCISE)!r}))
    limits = Limits(seconds=30, memory=400, without=frozenset({{"bubblewrap", "landlock", "seccomp"}}))
    assert grade(exercise, exercise.solution, limits=limits).passed
    threading.Thread(target=grade, args=(exercise, {SPREADS!r}), kwargs=dict(limits=limits), daemon=True).start()
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder():
    """A folder that workers, who run as another user, can pass through; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="groundup-killed-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture
def course(folder):
    """A course in a process of its own, which grades code that spreads without a layer of the kernel around it."""
    packages = os.pathsep.join([str(SOURCES), *filter(None, sys.path)])
    env = {**os.environ, "PYTHONPATH": packages, "TMPDIR": str(folder), "GROUNDUP_CACHE": str(folder / "cache")}
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(COURSE)], env=env, stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    for left in spread(folder):
        with contextlib.suppress(psutil.Error):
            left.kill()


def spread(folder: Path) -> list[psutil.Process]:
    """Keeper, worker and what it started: all that lives in the course's folder for temporary files."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME", "").startswith(str(folder)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def soon(condition, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to the keeper's own parent")
@pytest.mark.parametrize("killed", ["course", "keeper", "keeper and course", "host", "host and course"])
def test_nothing_is_left_of_code_that_spreads(course, folder, killed):
    assert soon(lambda: len(spread(folder)) >= 16, 10)
    hosts = [p for p in psutil.Process(course.pid).children() if "worker" in p.cmdline()]
    keepers = [keeper for host in hosts for keeper in host.children()]
    assert len(hosts) == 1 and keepers
    chosen = [*(hosts if "host" in killed else ()), *(keepers if "keeper" in killed else ())]
    chosen += [psutil.Process(course.pid)] if "course" in killed else []
    for process in chosen:
        process.send_signal(signal.SIGKILL)
    kept = {p.pid for p in hosts} if killed == "keeper" else set()
    assert soon(lambda: not {p.pid for p in spread(folder)} - kept), spread(folder)
    if "course" in killed:
        assert soon(lambda: not list(folder.glob("groundup-grading-*")))
