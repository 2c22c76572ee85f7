"""What must not lose a text: a killed process, a full disk, a damaged file, two writers at once."""

import os
import pwd
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from groundup.course.progress import Store, StoreError, opening

WRITER = """
import sys
import time
from pathlib import Path
from groundup.course.progress import Store
store = Store(Path(sys.argv[1]))
version = 0
while True:
    text = "x" * 3000 + str(version)
    version = store.save_draft("exercise", "a", sys.argv[2], text, version=version, base="").version
    print(version, flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "progress.sqlite"


def start(path: Path, name: str) -> subprocess.Popen:
    source = Path(opening.__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )


def test_sqlite_is_set_up_to_keep_what_it_acknowledged(path):
    store = Store(path)
    with store._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    store.close()


def test_no_wal_where_the_file_system_cannot(path, monkeypatch):
    monkeypatch.setattr(opening, "_filesystem", lambda _path: "nfs4")
    store = Store(path)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    store.save_draft("cell", "a", "b", "text", version=0, base="")
    store.close()


@pytest.mark.parametrize("round", range(3))
def test_kill_in_the_middle_loses_nothing_acknowledged(path, round):
    writer = start(path, "b")
    acknowledged = [int(writer.stdout.readline()) for _ in range(40 + 17 * round)][-1]
    writer.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
    writer.wait()
    store = Store(path)
    draft = store.draft("exercise", "a", "b")
    assert not store.notice
    assert acknowledged <= draft.version <= acknowledged + 1
    assert draft.text == "x" * 3000 + str(draft.version - 1)
    store.close()


def test_two_processes_write_at_once(path):
    writers = [start(path, name) for name in ("b", "c")]
    counts = [[int(writer.stdout.readline()) for _ in range(60)][-1] for writer in writers]
    for writer in writers:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    store = Store(path)
    for name, count in zip(("b", "c"), counts, strict=True):
        assert store.draft("exercise", "a", name).version >= count == 60
    store.close()


def test_many_threads_on_one_draft_lose_no_text(path):
    store = Store(path)

    def write(number):
        try:
            return store.save_draft("exercise", "a", "b", f"text {number}", version=0, base="").text
        except Exception as error:
            return error.copy.text

    with ThreadPoolExecutor(8) as pool:
        written = set(pool.map(write, range(40)))
    kept = {copy.text for copy in store.copies("exercise", "a", "b")} | {store.draft("exercise", "a", "b").text}
    assert kept == written == {f"text {number}" for number in range(40)}
    store.close()


def test_a_full_disk_is_said_and_what_was_saved_stays(path):
    store = Store(path)
    store.save_draft("exercise", "a", "b", "before", version=0, base="")
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    from sqlalchemy import event

    @event.listens_for(store._engine, "connect")
    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    store._engine.dispose()
    with pytest.raises(StoreError, match="takes no more data") as caught:
        store.save_draft("exercise", "a", "b", "x" * 100_000, version=1, base="")
    assert caught.value.kind == "full"
    assert str(path.parent) in str(caught.value)
    assert store.draft("exercise", "a", "b").text == "before"
    assert store.save_draft("exercise", "a", "b", "short", version=1, base="").version == 2
    store.close()


def test_a_file_size_limit_is_a_full_disk_too(path):
    Store(path).close()
    code = """
import resource, signal, sys
from pathlib import Path
from groundup.course.progress import Store, StoreError
store = Store(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.save_draft("exercise", "a", "b", "x" * 1_000_000, version=0, base="")
except StoreError as error:
    print(error.kind)
"""
    source = Path(opening.__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert done.stdout.strip() == "full", done.stderr


@pytest.mark.parametrize("damage", ["not a database", "a page of it"])
def test_a_damaged_file_is_set_aside_and_kept(path, damage):
    store = Store(path)
    for number in range(50):
        store.save_draft("exercise", "a", f"n{number}", "x" * 2000, version=0, base="")
    store.close()
    with path.open("r+b") as file:
        if damage == "a page of it":
            file.seek(8192)
        file.write(b"\xff" * 8192)
    before = path.read_bytes()
    fresh = Store(path)
    aside = next(path.parent.glob("progress.damaged-*.sqlite"))
    assert aside.read_bytes() == before
    assert str(aside) in fresh.notice and "damaged" in fresh.notice
    assert fresh.drafts("exercise") == {}
    fresh.close()
    again = Store(path)
    assert again.notice == ""
    again.close()


def test_an_older_layout_is_copied_before_it_is_changed(path, monkeypatch):
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE setting")
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    monkeypatch.setattr(opening, "KNOWN", ("0000", "0001"))
    upgraded = []
    monkeypatch.setattr("alembic.command.upgrade", lambda config, revision: upgraded.append(revision))
    Store(path).close()
    assert upgraded == ["0001"]
    copy = next((path.parent / "backups").glob("*before-0001*"))
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)


def test_two_first_starts_at_once_make_one_database(path):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _number: Store(path), range(4)))
    for store in stores:
        assert store.notice == ""
        store.close()


def test_a_damaged_file_is_set_aside_once(path, monkeypatch):
    Store(path).close()
    path.write_bytes(b"no database at all" * 100)
    look = opening._fault

    def look_long(found):
        fault = look(found)
        time.sleep(0.2)
        return fault

    monkeypatch.setattr(opening, "_fault", look_long)
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(lambda _number: Store(path), range(3)))
    assert sum(bool(store.notice) for store in stores) == 1
    assert len(list(path.parent.glob("*.damaged-*.sqlite"))) == 1
    for store in stores:
        store.close()


def test_opening_a_current_database_imports_no_alembic(path):
    Store(path).close()
    code = """
import sys
import time
from pathlib import Path
from groundup.course.progress import Store
Store(Path(sys.argv[1]))
print("alembic" in sys.modules)
"""
    source = Path(opening.__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert done.stdout.strip() == "False", done.stderr


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(blocked / "progress.sqlite")


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_another_user_can_read_nothing(path):
    store = Store(path)
    store.save_draft("exercise", "a", "b", "secret", version=0, base="")
    store.reset("a/b")
    nobody = pwd.getpwnam("nobody")
    for folder in path.parents:
        if str(folder).startswith("/tmp/") and folder != path.parent:
            folder.chmod(0o755)  # so that only our own rights stand in the way
    files = [file for file in path.parent.rglob("*") if file.is_file()]
    assert len(files) >= 3
    path.parent.chmod(0o755)
    try:
        for file in files:
            read = subprocess.run(["cat", str(file)], user=nobody.pw_uid, group=nobody.pw_gid, capture_output=True)
            assert read.returncode != 0, file
    finally:
        store.close()
