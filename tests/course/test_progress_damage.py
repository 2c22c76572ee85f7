"""Harm that SQLite does not see by itself: a cut file, a copy cut short, a clock that goes back."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from groundup.app.pages import ago
from groundup.course.progress import Store, StoreError, opening


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "progress.sqlite"


def test_a_file_without_its_end_is_set_aside(path):
    store = Store(path)
    store.save_draft("cell", "a", "b", "x" * 50_000, version=0, base="")
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    again = Store(path)
    assert "its end is missing" in again.notice
    assert next(path.parent.glob("progress.damaged-*.sqlite")).read_bytes() == whole[:-1000]
    again.close()


def test_what_only_the_journal_holds_is_not_missing(path):
    first = Store(path)
    first.save_draft("cell", "a", "b", "x" * 50_000, version=0, base="")  # in the journal, while `first` is open
    second = Store(path)
    assert second.notice == "" and len(second.draft("cell", "a", "b").text) == 50_000
    first.close()
    second.close()
    third = Store(path)
    assert third.notice == ""
    third.close()


def test_a_copy_made_after_the_clock_went_back_is_kept(path, monkeypatch):
    store = Store(path)
    store.save_draft("cell", "a", "b", "text", version=0, base="")
    for _ in range(opening.KEPT_BACKUPS + 2):
        opening.backup(path, "earlier")
    monkeypatch.setattr(opening, "_now", lambda: "20000101T000000000000")
    assert store.reset().exists()
    assert len(list((path.parent / "backups").iterdir())) == opening.KEPT_BACKUPS
    store.close()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder]).returncode:
        pytest.skip("making a file system needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_loses_nothing(small_disk):
    store = Store(small_disk / "progress.sqlite")
    version = 0
    with pytest.raises(StoreError, match="takes no more data"):
        while True:
            text = f"{version}" + "x" * 30_000
            store.save_draft("exercise", "a", f"n{version}", text, version=0, base="")
            version = store.save_draft("exercise", "a", "b", text, version=version, base="").version
    acknowledged = store.draft("exercise", "a", "b").text
    with pytest.raises(StoreError, match="takes no more data"):
        store.reset()
    assert list((small_disk / "backups").iterdir()) == []  # no half of a copy
    store.close()
    again = Store(small_disk / "progress.sqlite")
    assert again.notice == "" and again.draft("exercise", "a", "b").text == acknowledged
    assert acknowledged == f"{version - 1}" + "x" * 30_000
    again.close()


def test_a_time_to_come_is_now():
    now = datetime.now(UTC)
    assert ago(now + timedelta(days=3), now) == "just now"
