"""The course where the browser's files were not built: plain text fields and TeX, and all else as ever."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory, start_server, lessons):
    """A server of a package as a wheel without the bundle holds it."""
    site = tmp_path_factory.mktemp("unbuilt")
    shutil.copytree(ROOT / "src/groundup", site / "groundup", ignore=shutil.ignore_patterns("dist", "__pycache__"))
    shutil.copytree(ROOT / "web/src", site / "groundup/app/_modules")
    return start_server(lessons, site)


@pytest.fixture
def requested(context):
    """The addresses of the scripts that were fetched; a script that is run twice is none of ours."""
    scripts: list[str] = []
    context.on("requestfinished", lambda r: scripts.append(r.url) if r.resource_type == "script" else None)
    return scripts


def test_a_cell_is_changed_and_run_in_a_text_field(unbuilt, context, signed_in, requested, shot):
    page = signed_in(context, unbuilt, "/lesson/linear-algebra")
    figure = page.locator('figure[data-cell="first-cell"]')
    expect(figure).to_have_attribute("data-state", "fresh", timeout=20_000)
    field = figure.get_by_role("textbox", name="Code of cell 1")
    assert field.evaluate("e => e.tagName") == "TEXTAREA"
    field.fill("print('by hand', 6 * 8)")
    field.press("Shift+Enter")
    expect(figure.locator(".cell-outputs")).to_have_text("by hand 48\n")
    expect(figure).to_have_attribute("data-saved", "saved")
    page.reload()
    expect(field).to_have_value("print('by hand', 6 * 8)")
    assert any(url.endswith("/static/modules/base.js") for url in requested)
    assert not [url for url in requested if "?v=" in url]  # a second address would run base.js a second time
    shot(page, "unbuilt-lesson")


def test_an_exercise_is_solved_in_a_text_field(unbuilt, context, signed_in, shot):
    page = signed_in(context, unbuilt, "/exercise/linear-algebra/double")
    field = page.get_by_role("textbox", name="Your code")
    expect(page.locator("#code")).to_have_count(0)  # the field of the page without scripts was replaced
    field.fill("def double(x):\n    return 3 * x\n")
    page.get_by_role("button", name="Run the tests").click()
    expect(page.locator(".case-mistake").first).to_contain_text("Likely mistake", timeout=30_000)
    field.fill("def double(x):\n    return 2 * x\n")
    field.press("Control+Enter")
    expect(page.locator(".verdict-pass")).to_be_visible(timeout=30_000)
    shot(page, "unbuilt-exercise")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_home_shows_the_list(unbuilt, context, signed_in):
    page = signed_in(context, unbuilt, "/#map")
    expect(page.locator("[data-map-list]")).to_be_visible()
    expect(page.locator("[data-map]")).to_be_hidden()
