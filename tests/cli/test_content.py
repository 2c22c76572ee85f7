"""groundup list, search, audit, export."""

import json

import nbformat


def test_list_shows_lessons_with_what_they_need(cli):
    rows = json.loads(cli("list", "--json").stdout)
    assert [row["id"] for row in rows] == ["first-steps", "second-steps"]
    assert rows[1]["requires"] == ["first-steps"]
    assert rows[0]["state"] == "partial"  # the inventory's row was changed by `new`
    assert rows[0]["exercises"] == ["first-steps/first"]
    shown = cli("list", "math")
    assert shown.exit_code == 0 and "Second steps" in shown.stdout


def test_an_unknown_track_is_refused_with_a_near_one(cli):
    said = cli("list", "maths")
    assert said.exit_code == 2 and "did you mean math" in said.refusal


def test_a_lesson_that_cannot_be_read_is_named_and_the_others_are_shown(cli, course, tmp_path, monkeypatch):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(course / "lessons", broken)
    lesson = broken / "math" / "second-steps" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("minutes: 30", "minutes: soon"))
    monkeypatch.setenv("GROUNDUP_LESSONS", str(broken))
    said = cli("list")
    assert said.exit_code == 1
    assert "First steps" in said.stdout
    assert "lesson.md" in said.refusal and "minutes" in said.refusal


def test_search_finds_passages(cli):
    hits = json.loads(cli("search", "mathematics", "--json").stdout)
    assert {hit["lesson"] for hit in hits} == {"first-steps", "second-steps"}
    assert hits[0]["anchor"] == "the-mathematics"
    shown = cli("search", "mathematics", "--limit", "1")
    assert shown.exit_code == 0 and "-steps#the-mathematics" in shown.stdout


def test_search_fails_when_nothing_is_found(cli):
    said = cli("search", "zyzzyva")
    assert said.exit_code == 1 and "nothing found" in said.refusal


def test_audit_lists_what_a_new_concept_lacks(cli):
    findings = json.loads(cli("audit", "--complete", "first-steps", "--json").stdout)
    said = " ".join(f["message"] for f in findings)
    for lack in ("has 1 exercises; needs 2", "has 1 questions; needs 6", "names no reference", "planted wrong answers"):
        assert lack in said
    assert cli("audit", "--complete", "first-steps").exit_code == 1


def test_audit_complete_needs_names_and_knows_them(cli):
    assert cli("audit", "--complete").exit_code == 2
    said = cli("audit", "--complete", "first-step")
    assert said.exit_code == 2 and "did you mean first-steps" in said.refusal


def test_export_writes_a_notebook_that_is_valid(cli, tmp_path):
    assert cli("export", "second-steps", "--to", "ipynb", "--out", tmp_path / "out.ipynb").exit_code == 0
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert any(cell.cell_type == "code" and "paper" in cell.source for cell in notebook.cells)


def test_export_leaves_a_notebook_that_was_changed(cli, tmp_path):
    file = tmp_path / "out.ipynb"
    for _ in range(2):
        assert cli("export", "second-steps", "--out", file).exit_code == 0
    file.write_text("my notes")
    said = cli("export", "second-steps", "--out", file)
    assert said.exit_code == 2 and "--force writes over it" in said.refusal
    assert file.read_text() == "my notes"
    assert cli("export", "second-steps", "--out", file, "--force").exit_code == 0
    assert file.read_text() != "my notes"


def test_export_refuses_other_formats_and_folders_that_are_not_there(cli, tmp_path):
    assert cli("export", "first-steps", "--to", "pdf").exit_code == 2
    said = cli("export", "second-steps", "--out", tmp_path / "nowhere" / "x.ipynb")
    assert said.exit_code == 1 and "cannot write" in said.refusal


def test_a_fault_in_a_lesson_names_file_and_line(cli):
    said = cli("export", "first-steps")  # shows code that does not exist
    assert said.exit_code == 1 and "lesson.md:" in said.refusal and "first_steps" in said.refusal
