"""The lesson's pages on the server: every tab, what is refused, and what is left without built assets."""

import re
import time

import pytest

from groundup.app.services import lesson_page

PATH = "/lesson/linear-algebra"
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("tab", ["", "/code", "/proof", "/exercises", "/questions", "/sources"])
def test_every_tab_answers_and_says_which_it_is(client, tab):
    answer = client.get(PATH + tab, headers=HTML)
    assert answer.status_code == 200
    current = re.findall(r'<a href="([^"]+)" aria-current="page"', answer.text)
    assert PATH + tab in current
    assert not re.search(r"<[^>]+\sstyle=", answer.text), "the policy blocks style attributes"
    assert not re.search(r"<[^>]+\son\w+=", answer.text), "and handlers"


@pytest.mark.parametrize(
    "path",
    [
        "/lesson/no-such",
        PATH + "/no-such-tab",
        "/source/os",
        "/source/groundup.no_such",
        "/source/..%2f..%2fsecrets",
        "/verify/groundup.no_such",
        "/verify/os",
        PATH + "/files/../lesson.md",
        PATH + "/files/lesson.md",
        PATH + "/files/%2e%2e/%2e%2e/%2e%2e/inventory.yaml",
    ],
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path, headers=HTML).status_code in (404, 422)


def test_a_planned_lesson_says_that_it_is_planned(client):
    answer = client.get("/lesson/statistics", headers=HTML)
    assert answer.status_code == 404 and "not written yet" in answer.text


def test_source_has_numbered_lines(client):
    text = client.get("/source/groundup.paths", headers=HTML).text
    assert 'id="L1"' in text and 'href="#L1"' in text and "groundup/paths.py" in text


def test_prerequisites_and_what_follows_are_named(client):
    text = client.get("/lesson/probability", headers=HTML).text
    around = text[text.index('class="around"') : text.index('class="tabs"')]
    assert "Calculus" in around and 'before those: <a href="/lesson/linear-algebra">Linear algebra' in around
    assert "Statistics" in around[around.index("Leads to") :]


def test_cells_have_what_the_script_needs(client, app):
    text = client.get(PATH, headers=HTML).text
    cell = app.state.context.catalog.lessons["linear-algebra"].cells[0]
    assert f'data-cell="{cell.name}" data-hash="{cell.hash}"' in text
    assert 'data-exercise="linear-algebra/double"' in text and "not tried yet" in text


def test_without_assets_the_page_is_whole(client, app, tmp_path):
    (tmp_path / "css").mkdir()
    app.state.context.assets.folder = tmp_path
    text = client.get(PATH, headers=HTML).text
    scripts = re.findall(r'<script type="module" src="([^"]+)"', text)
    assert scripts == ["/static/modules/base.js", "/static/modules/lesson.js"]
    assert all(client.get(script).headers["content-type"].startswith("text/javascript") for script in scripts)
    assert 'class="math inline">x^2<' in text
    assert re.search(r'<div class="cell-code"><div class="highlight">', text)


def test_a_lesson_that_was_edited_is_shown_as_it_is_now(client, app):
    lesson = app.state.context.catalog.lessons["linear-algebra"]
    before = lesson.file.read_text()
    assert "now there is more" not in client.get(PATH, headers=HTML).text
    try:
        time.sleep(0.01)
        lesson.file.write_text(before + "\nnow there is more\n")
        assert "now there is more" in client.get(PATH, headers=HTML).text
        lesson.file.write_text(before + "\n{lesson}`no-such`\n")
        broken = client.get(PATH, headers=HTML)
        assert broken.status_code == 500 and "no-such" in broken.text
    finally:
        lesson.file.write_text(before)


def test_reading_is_remembered(client, store):
    assert client.post(PATH + "/read").status_code == 303
    assert store.position("linear-algebra").state == "read"


def test_an_svg_of_a_lesson_is_a_picture_without_rights(client, app):
    folder = app.state.context.catalog.lessons["calculus"].path
    (folder / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    answer = client.get("/lesson/calculus/files/a.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_proof_is_measured_in_a_process_of_its_own(client):
    from groundup.proofs import available

    if not available():
        pytest.skip("there is no proof yet")
    module = min(available(), key=lambda name: name != "groundup.neural.perceptron")
    text = client.get(f"/verify/{module}?part=1").text
    assert f'data-proof="{module}"' in text and "Measured on this machine just now" in text and "within" in text


@pytest.mark.parametrize(
    ("cpu", "shown"),
    [
        ("AMD EPYC 9B45 128-Core Processor", "AMD EPYC 9B45, 2 cores"),
        ("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "Intel Core i7-8550U, 2 cores"),
    ],
)
def test_a_machine_in_a_few_words(cpu, shown):
    from groundup.course.outputs import Machine, Recorded

    recorded = Recorded("x", "2026-11-20", Machine(cpu, 2, "Linux", "3.11"), "stamp", {})
    assert lesson_page.place(recorded) == shown
    assert lesson_page.day(recorded.date) == "20 November 2026"


def test_the_code_opens_at_what_the_text_shows_first(client):
    opened = client.get("/lesson/calculus/code").text
    shown = re.search(r"<a [^>]*aria-current[^>]*>([^<]+)</a>", opened[opened.index('class="modules"') :])
    assert shown and "finite" in shown.group(1)
    assert "dual" in client.get("/lesson/calculus/code?module=groundup.math.calculus.dual").text
