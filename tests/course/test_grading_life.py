"""The engine over time: many gradings at once, helpers that die, a course that is killed, users other than root."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from groundup.course.exercise import Exercise
from groundup.course.grading import Limits, client, close, grade, launch, layers

HERE = Path(__file__).parent
SOURCES = Path(client.__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def _end_helpers():
    yield
    close()


@pytest.fixture(scope="module")
def exercise():
    return Exercise.load(HERE / "hostile" / "double")


def soon(condition, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def test_gradings_from_many_threads_come_back_with_their_own_results(exercise):
    reports = {}

    def one(number: int) -> None:
        reports[number] = grade(exercise, f"print({number})\ndef double(x):\n    return x * {number}\n")

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {n: reports[n].status for n in range(8)} == {n: "pass" if n == 2 else "fail" for n in range(8)}
    assert all(reports[n].cases[0].output + reports[n].stdout == f"{n}\n" for n in range(8))


def test_who_comes_first_goes_first():
    slots, order, inside, most = client._Slots(2), [], [0], [0]
    lock = threading.Lock()

    def one(number: int) -> None:
        with slots.take() as slot:
            assert slot in (0, 1)
            with lock:
                order.append(number)
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
        time.sleep(0.004)
    for thread in threads:
        thread.join(10)
    assert order == list(range(10)) and most[0] == 2 and sorted(slots.free) == [0, 1]


@pytest.mark.parametrize("kind", ["judge", "worker"])
def test_a_helper_that_was_killed_is_replaced(exercise, kind):
    assert grade(exercise, exercise.solution).passed
    key = (kind, frozenset()) if kind == "judge" else (kind, Limits().without)
    helper = client._hosts.running[key].process
    launch.kill_below(helper.pid)
    helper.kill()
    helper.wait()
    assert grade(exercise, exercise.solution).passed
    assert client._hosts.running[key].process.pid != helper.pid


def test_a_helper_killed_in_the_middle_costs_no_result(exercise):
    grade(exercise, exercise.solution)
    helper = client._hosts.running["judge", frozenset()].process
    timer = threading.Timer(0.3, lambda: (launch.kill_below(helper.pid), helper.kill()))
    timer.start()
    slow = "import time\ndef double(x):\n    time.sleep(0.5)\n    return x + x\n"
    assert grade(exercise, slow).passed
    timer.join()


def test_close_leaves_nothing(exercise):
    grade(exercise, exercise.solution)
    base = client._hosts.base
    pids = [p.pid for host in client._hosts.running.values() for p in psutil.Process(host.process.pid).children(True)]
    pids += [host.process.pid for host in client._hosts.running.values()]
    close()
    assert soon(lambda: not running(pids)) and not os.path.exists(base)
    assert grade(exercise, exercise.solution).passed


def test_a_killed_course_leaves_nothing(tmp_path, exercise):
    endless = "def double(x):\n    while True:\n        pass\n"
    script = f"""
        import threading, time
        from groundup.course.exercise import Exercise
        from groundup.course.grading import client, grade
        exercise = Exercise.load({str(exercise.path)!r})
        assert grade(exercise, exercise.solution).passed
        threading.Thread(target=grade, args=(exercise, {endless!r}), daemon=True).start()
        time.sleep(0.5)
        print(client._hosts.base, flush=True)
        time.sleep(60)
    """
    course = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    base = course.stdout.readline().strip()
    below = [p.pid for p in psutil.Process(course.pid).children(recursive=True)]
    assert len(below) >= 4 and os.path.isdir(base)
    course.send_signal(signal.SIGKILL)
    course.wait()
    course.stdout.close()
    assert soon(lambda: not running(below), 5), [psutil.Process(pid).cmdline() for pid in running(below)]
    assert soon(lambda: not os.path.exists(base))


def test_the_course_process_stays_light(exercise):
    script = f"""
        import sys
        from groundup.course.exercise import Exercise
        from groundup.course.grading import close, grade
        exercise = Exercise.load({str(exercise.path)!r})
        assert grade(exercise, exercise.solution).passed
        close()
        print(sorted({{"numpy", "torch", "sklearn", "numba", "scipy"}} & set(sys.modules)))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert run.stdout == "[]\n", run.stderr


def test_workers_read_a_copy_of_the_compiled_kernels_and_cannot_write_it(exercise, monkeypatch, tmp_path):
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path))
    stamp = tmp_path / "kernels" / "0123"
    stamp.mkdir(parents=True)
    (stamp / "one.nbc").write_bytes(b"machine code")
    close()
    code = f"""
        import os
        from groundup import paths

        def double(x):
            folder = paths.cache_dir() / "kernels" / "0123"
            assert not str(folder).startswith({str(tmp_path)!r})
            assert (folder / "one.nbc").read_bytes() == b"machine code"
            assert os.environ["GROUNDUP_KERNELS_READONLY"] == "1"
            for path in (folder / "one.nbc", folder / "two.nbc"):
                try:
                    path.write_bytes(b"worse")
                except OSError:
                    continue
                raise AssertionError("written")
            return x + x
    """
    report = grade(exercise, textwrap.dedent(code))
    assert report.passed, report.message
    (stamp / "three.nbc").write_bytes(b"later")
    later = textwrap.dedent(code).replace("one.nbc", "three.nbc").replace("machine code", "later")
    assert grade(exercise, later).passed
    assert sorted(f.name for f in stamp.iterdir()) == ["one.nbc", "three.nbc"]
    close()


def test_kernels_compile_in_a_worker(exercise):
    code = """
        from numba import njit, prange
        import numpy as np

        @njit(parallel=True)
        def twice(x):
            y = np.empty_like(x)
            for i in prange(len(x)):
                y[i] = 2 * x[i]
            return y

        def double(x):
            return twice(x.ravel()).reshape(x.shape)
    """
    report = grade(exercise, textwrap.dedent(code), limits=Limits(seconds=60))
    assert report.passed, [report.message, report.stdout, *(case.output for case in report.cases)]


def test_layers_that_are_switched_off_are_said():
    off = {layer.name: layer for layer in layers(frozenset({"landlock", "bubblewrap"}))}
    assert not off["landlock"].on and off["landlock"].why == "switched off"
    assert off["watch"].on and all(layer.why for layer in off.values())
    with pytest.raises(ValueError, match="unknown layers"):
        Limits(without=frozenset({"landlok"}))


def test_an_unknown_system_gets_what_it_has(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    launch.bubblewrap.available.cache_clear()
    try:
        found = {layer.name: layer for layer in layers(frozenset())}
    finally:
        launch.bubblewrap.available.cache_clear()
    assert not (found["landlock"].on or found["seccomp"].on or found["bubblewrap"].on)
    assert found["limits"].on and found["audit"].on and found["watch"].on


def other_python() -> str | None:
    """A Python of this version that another user can run."""
    for found in (sys.executable, shutil.which(f"python3.{sys.version_info[1]}", path="/usr/bin")):
        if found and launch.places.open_to_all(Path(found).resolve()):
            return found
    return None


@pytest.fixture
def open_folder():
    """A folder that other users can enter; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="groundup-tests-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; the suite runs as this one already")
def test_the_hostile_suite_holds_for_a_user_other_than_root(open_folder):
    python = other_python()
    if not python or not launch.places.open_to_all(HERE):
        pytest.skip("no Python of this version, or no checkout, that another user can read")
    import numpy

    folders = {name: open_folder / name for name in ("home", "cache", "tmp")}
    for folder in folders.values():
        folder.mkdir()
        os.chown(folder, 65534, 65534)
    env = {"PATH": "/usr/bin:/bin", "TMPDIR": str(folders["tmp"]), "HOME": str(folders["home"])}
    env |= {"GROUNDUP_CACHE": str(folders["cache"]), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {"PYTHONPATH": f"{SOURCES}{os.pathsep}{Path(numpy.__file__).parents[1]}"}
    chosen = "all and layers or neither or kernel"
    run = subprocess.run(
        [python, "-m", "pytest", "--all", "-q", "-p", "no:cacheprovider", "-k", chosen,
         str(HERE / "test_grading_hostile.py")],
        env=env, cwd=HERE.parents[1], user=65534, group=65534, extra_groups=[], capture_output=True, text=True,
    )  # fmt: skip
    print(run.stdout[-3000:])
    assert run.returncode == 0, run.stdout[-6000:]
