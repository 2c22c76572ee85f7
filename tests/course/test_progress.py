"""The store: what it keeps, in what order, and that versions protect every text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, inspect

from groundup.course.progress import DraftConflict, Help, Store, StoreError
from groundup.course.progress.migrations import HEAD, KNOWN
from groundup.course.progress.models import Base, UTCDateTime

WHERE = ("exercise", "linear-algebra", "lu")
REPORT = {"status": "fail", "tests": [{"name": "a"}], "message": None}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "progress.sqlite")
    yield made
    made.close()


def save(store, text, version, **more):
    return store.save_draft(*WHERE, text, version=version, base="h", **more)


def test_a_draft_counts_its_versions(store):
    assert store.draft(*WHERE) is None
    assert save(store, "a", 0).version == 1
    assert save(store, "b", 1).version == 2
    assert store.draft(*WHERE).text == "b"
    assert abs(store.draft(*WHERE).updated - datetime.now(UTC)) < timedelta(seconds=5)


def test_drafts_are_apart_by_kind_lesson_and_name(store):
    for kind in ("exercise", "cell"):
        for lesson in ("one", "two"):
            store.save_draft(kind, lesson, "x", f"{kind} {lesson}", version=0, base="")
    assert store.draft("cell", "two", "x").text == "cell two"
    assert set(store.drafts("cell")) == {"one/x", "two/x"}
    assert set(store.drafts("cell", "one")) == {"one/x"}


def test_a_conflict_keeps_both_texts(store):
    save(store, "a", 0)
    save(store, "left", 1)
    with pytest.raises(DraftConflict) as caught:
        save(store, "right", 1)
    assert caught.value.current.text == "left"
    assert store.draft(*WHERE).text == "left"
    assert [(copy.text, copy.reason) for copy in store.copies(*WHERE)] == [("right", "conflict")]


def test_the_same_text_is_no_conflict(store):
    save(store, "a", 0)
    assert save(store, "a", 0).version == 1
    assert store.copies(*WHERE) == []


def test_resolving_keeps_what_was_there(store):
    save(store, "a", 0)
    assert save(store, "b", 0, resolve=True).version == 2
    assert [(copy.text, copy.reason) for copy in store.copies(*WHERE)] == [("a", "replaced")]


def test_a_text_is_kept_once(store):
    save(store, "a", 0)
    for _ in range(2):
        with pytest.raises(DraftConflict):
            save(store, "other", 0)
    assert len(store.copies(*WHERE)) == 1


def test_a_version_from_before_the_file_was_replaced_is_taken(store):
    assert save(store, "a", 41).version == 42


def test_an_unknown_kind_is_refused(store):
    with pytest.raises(ValueError, match="kind is 'poem'"):
        store.save_draft("poem", "a", "b", "", version=0, base="")


def test_attempts_come_newest_first_with_code_and_report(store):
    for number in range(3):
        store.add_attempt("la/lu", f"code {number}", REPORT)
    found = store.attempts("la/lu", limit=2)
    assert [attempt.code for attempt in found] == ["code 2", "code 1"]
    assert found[0].report == REPORT
    assert store.attempt(found[0].id) == found[0]
    assert store.tried() == {"la/lu": 3}


def test_solved_once_stays_solved(store):
    store.add_attempt("la/lu", "good", {"status": "pass"})
    store.add_attempt("la/lu", "bad", REPORT)
    assert store.solved() == {"la/lu"}


def test_help_is_remembered_with_its_first_reason(store):
    assert store.help("la/lu") == Help()
    store.show_hints("la/lu", 2)
    assert store.show_hints("la/lu", 1).hints == 2
    first = store.show_solution("la/lu", "asked")
    assert store.show_solution("la/lu", "solved") == first
    assert store.help("la/lu").solution_reason == "asked"


def test_lessons_come_most_recent_first(store):
    store.set_position("one", anchor="a", scroll=0.5)
    store.set_position("two", scroll=7.0)
    store.set_state("one", "read")
    assert list(store.lessons()) == ["one", "two"]
    assert (store.position("one").state, store.position("one").anchor) == ("read", "a")
    assert store.position("two").scroll == 1.0
    with pytest.raises(ValueError, match="state is 'bored'"):
        store.set_state("one", "bored")


def test_reading_what_is_known_takes_nothing_back(store):
    store.set_state("one", "known")
    assert store.set_state("one", "read").state == "known"
    assert store.set_state("one", "started").state == "started"
    assert store.set_state("one", "read").state == "read"


def test_settings_hold_any_json(store):
    assert store.setting("a", 5) == 5
    for value in ("dark", {"b": [1, None]}, False):
        store.set_setting("a", value)
        assert store.setting("a") == value


def test_reset_of_one_exercise_leaves_the_others_and_a_copy(store):
    save(store, "mine", 0)
    for exercise in ("linear-algebra/lu", "linear-algebra/qr"):
        store.add_attempt(exercise, "x", {"status": "pass"})
        store.show_hints(exercise, 1)
    copy = store.reset("linear-algebra/lu")
    assert store.draft(*WHERE) is None
    assert store.copies(*WHERE)[0].text == "mine"
    assert store.solved() == {"linear-algebra/qr"}
    assert store.help("linear-algebra/lu") == Help()
    before = Store(copy)
    assert before.draft(*WHERE).text == "mine"
    before.close()


def test_reset_of_all_leaves_the_settings(store):
    save(store, "mine", 0)
    store.set_position("one")
    store.set_setting("theme", "dark")
    store.reset()
    assert store.drafts("exercise") == {} == store.lessons()
    assert store.setting("theme") == "dark"


def test_times_keep_their_zone():
    column = UTCDateTime()
    local = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    stored = column.process_bind_param(local, None)
    assert stored == datetime(2026, 7, 1, 10)
    assert column.process_result_value(stored, None) == local
    with pytest.raises(ValueError, match="no time zone"):
        column.process_bind_param(datetime(2026, 7, 1), None)


def test_migrations_make_the_tables_of_the_models(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(f"sqlite:///{store.path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()


def test_the_newest_step_is_the_one_that_is_named():
    from pathlib import Path

    from alembic.script import ScriptDirectory

    from groundup.course.progress import migrations

    scripts = ScriptDirectory(Path(migrations.__file__).parent)
    assert scripts.get_current_head() == HEAD
    assert {step.revision for step in scripts.walk_revisions()} == set(KNOWN)


def test_a_file_from_the_future_is_left_alone(tmp_path):
    import sqlite3

    path = tmp_path / "progress.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer groundup"):
        Store(path)
