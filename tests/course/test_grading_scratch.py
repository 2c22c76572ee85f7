"""The scratch folder of hostile code: what it takes is seen, and it goes away."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from groundup.course.exercise import Exercise
from groundup.course.grading import Limits, client, close, grade
from groundup.course.grading.isolation.scratch import remove, taken

DEEP = (
    "import os\nos.chdir({!r})\nfor _ in range(6000):\n    os.mkdir('d')\n    os.chdir('d')\nopen('end', 'w').close()"
)
FILLS = {
    "deep": "    for _ in range(20_000):\n        os.mkdir('d')\n        os.chdir('d')\n",
    "many": "    for n in range(10**6):\n        os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))\n",
    "deleted": (
        "    kept = []\n    for _ in range(200):\n        kept.append(open('f', 'wb', 0))\n"
        "        kept[-1].write(bytes(8 * 2**20))\n        os.unlink('f')\n        time.sleep(0.005)\n"
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _end_helpers():
    yield
    close()


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("without", [(), ("bubblewrap", "landlock")], ids=["all layers", "neither"])
def test_files_that_are_hard_to_count_end_the_code(fill, without):
    if fill == "deleted" and not without and "bubblewrap" in {y.name for y in client.launch.layers() if y.on}:
        pytest.skip("there the file system itself is small")
    exercise = Exercise.load(Path(__file__).parent / "hostile" / "double")
    code = f"import os, time\ndef double(x):\n{FILLS[fill]}    time.sleep(2)\n    return x + x\n"
    report = grade(exercise, code, limits=Limits(seconds=6, without=frozenset(without)))
    assert "wrote more into files" in report.message, report.message
    assert [name for name in os.listdir(client._hosts.base) if name.startswith("scratch-")] == []


def test_folders_nested_by_the_thousand_are_removed(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", DEEP.format(str(folder))])
    assert taken(folder, [], 10**7) == 10**7
    remove(str(folder))
    assert not folder.exists()


def test_closed_folders_go_and_what_links_lead_to_stays(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "scratch"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "file").touch()
    (folder / "a" / "link").symlink_to(kept)
    (folder / "a" / "b" / "c" / "link").symlink_to(kept / "file")
    (folder / "a" / "b" / "c").chmod(0)
    (folder / "a").chmod(0)
    if os.geteuid() == 0:
        assert taken(folder, [], 10**6) >= 6 * 4096
    remove(str(folder))
    assert not folder.exists() and [p.name for p in kept.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed in /proc")
def test_deleted_files_that_are_open_count_once(tmp_path):
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        file.write(b"x" * 2**20)
        file.flush()
        copies = [os.dup(file.fileno()) for _ in range(3)]
        assert 2**20 <= taken(tmp_path, [os.getpid()], 10**9) < 2 * 2**20
        for copy in copies:
            os.close(copy)
