"""The lesson's pages as they look and as assistive software meets them."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[4]
TABS = ("", "code", "proof", "exercises", "questions", "sources")

FAULTS = """() => {
  const faults = [];
  const name = (e) => (e.getAttribute('aria-label') || e.title || e.innerText || e.value || '').trim()
    || [...(e.labels || [])].map((l) => l.innerText).join(' ').trim()
    || document.getElementById(e.getAttribute('aria-labelledby'))?.innerText;
  const seen = (e) => e.checkVisibility();
  const used = 'button, a[href], input:not([type=hidden]), textarea, [role=textbox], summary';
  for (const e of document.querySelectorAll(used)) if (seen(e) && !name(e)) faults.push('no name: ' + e.outerHTML);
  for (const e of document.querySelectorAll('img:not([alt])')) faults.push('no alt: ' + e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('iframe')) if (!e.title) faults.push('frame without title');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((x) => x === id).length > 1) faults.push('id twice: ' + id);
  let last = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    if (!seen(h)) continue;
    const level = Number(h.tagName[1]);
    if (level > last + 1) faults.push(`h${last} is followed by h${level}: ${h.innerText}`);
    last = level;
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  for (const e of document.querySelectorAll('[tabindex]')) if (e.tabIndex > 0) faults.push('tabindex > 0');
  return faults;
}"""


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_sound_and_fits_a_telephone(open_lesson, tab, shot):
    page = open_lesson(tab)
    if not tab:
        expect(page.locator('figure[data-cell="last"]')).to_have_attribute("data-state", "fresh", timeout=20_000)
    assert page.evaluate(FAULTS) == []
    assert page.locator(".tabs a[aria-current]").count() == 1
    shot(page, f"lesson-{tab or 'text'}")


def test_keys_reach_everything_and_the_focus_is_seen(open_lesson):
    page = open_lesson()
    expect(page.locator('figure[data-cell="last"]')).to_have_attribute("data-state", "fresh", timeout=20_000)
    cell = page.locator('figure[data-cell="curve"]')
    for target in (
        page.locator(".tabs a").nth(1),
        cell.get_by_role("slider"),
        cell.get_by_role("button", name="Run cell 2"),
    ):
        target.evaluate("e => e.focus({ focusVisible: true })")
        assert target.evaluate(
            "e => getComputedStyle(e).outlineStyle + parseFloat(getComputedStyle(e).outlineWidth)"
        ) in (
            "solid2.5",
            "solid2",
        )
    page.locator(".tabs a").first.focus()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const e = document.activeElement; "
            "return `${e.closest('figure.cell')?.dataset.cell} ${e.getAttribute('role') || e.type || e.tagName}`; }"
        )
        reached.add(seen)
        if seen.endswith("PRE"):  # a listing that becomes the editor when it comes into sight
            expect(page.locator(":focus")).to_have_role("textbox")
            reached.add(seen.replace("PRE", "textbox"))
        if seen.endswith(("textbox", "PRE")):  # Tab would indent
            page.keyboard.press("Escape")
    for name in ("greet", "curve", "uses-power", "last"):
        assert {f"{name} textbox", f"{name} button"} <= reached
    assert "curve range" in reached


def test_what_is_read_aloud(open_lesson):
    page = open_lesson()
    expect(page.locator('figure[data-cell="last"]')).to_have_attribute("data-state", "fresh", timeout=20_000)
    line = page.locator("[data-announce]")
    expect(line).to_have_text("")  # that the page was computed is nothing to be told about
    live = "figure :is([role=status], [role=alert], [aria-live=polite]):not(.cm-announced, .cell-warning)"
    assert page.locator(live).count() == 0  # nor is each piece of output
    editor = page.get_by_role("textbox", name="Code of cell 1")
    expect(editor).to_have_accessible_description("Tab indents. To leave the editor, press Escape, then Tab.")
    page.get_by_role("button", name="Run cell 1").click()
    expect(line).to_have_text(re.compile("^Cell 1: computed here in"))


def test_on_a_telephone_the_text_begins_on_the_first_screen(open_lesson):
    page = open_lesson()
    glance = page.locator("[data-card]")
    expect(glance).to_have_attribute("open", "")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.get_by_text("Use it when")).to_be_hidden()
    assert page.evaluate("scrollY") == 0
    assert page.locator(".lesson-text p").first.bounding_box()["y"] < 700
    glance.locator("summary").click()
    expect(page.get_by_text("Use it when")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_text("Use it when")).to_be_visible()
    expect(glance.locator("summary")).to_be_hidden()


def test_print_is_light_and_whole(open_lesson):
    page = open_lesson()
    expect(page.locator('figure[data-cell="last"]')).to_have_attribute("data-state", "fresh", timeout=20_000)
    page.locator('figure[data-cell="last"]').scroll_into_view_if_needed()
    expect(page.locator('figure[data-cell="last"] .cm-content')).to_be_visible()
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 252)"
    for gone in (".site-header", ".tabs", ".lesson-side", ".cell-buttons", ".slider", ".glance > summary"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator('figure[data-cell="curve"] img')).to_be_visible()
    expect(page.get_by_text("Use it when")).to_be_visible()
    code = page.locator('figure[data-cell="last"] .cm-content')
    assert code.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.offsetHeight > 40")  # the long line is broken
    assert page.evaluate("document.documentElement.scrollWidth") == 718


def test_wide_things_scroll_in_their_own_box(open_lesson):
    page = open_lesson()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_selector(".math.block[data-typeset]")
    for inner in (".math.block", ".lesson-text .table"):
        box = page.locator(inner).first
        assert box.evaluate("e => e.scrollWidth > e.clientWidth + 10"), f"{inner} is meant to be too wide here"
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_contents_say_where_one_is_and_the_place_is_kept(open_lesson, lesson):
    page = open_lesson()
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="Second").click()
    expect(page.locator('.contents a[aria-current="location"]')).to_have_text("Second")
    page.wait_for_timeout(2000)
    assert open_lesson.store.position(lesson).anchor == "second"


def test_questions_explain(open_lesson):
    page = open_lesson("questions")
    open_one, choice, compute = (page.locator(f'[data-kind="{kind}"]') for kind in ("open", "choice", "compute"))
    expect(open_one.get_by_text("It is two.")).to_be_hidden()
    open_one.get_by_text("Show the answer").click()
    expect(open_one.get_by_text("It is two.")).to_be_visible()
    choice.get_by_label("one").check()
    expect(choice.locator(".why", has_text="it is odd")).to_be_visible()
    expect(choice.locator(".why", has_text="half of it")).to_be_hidden()
    choice.get_by_label("two").check()
    expect(choice.locator(".why", has_text="half of it")).to_be_visible()
    for given, said in (
        ("1300", "too large"),
        ("x", "Write a number"),
        ("1234,505", "Right."),
        ("1,234", "1234 is too small"),
        ("1 234.5", "Right."),
        ("1,234.5", "Right."),
    ):
        compute.get_by_label("Your answer").fill(given)
        compute.get_by_role("button", name="Check").click()
        expect(compute.get_by_role("status")).to_contain_text(said)


def test_a_link_leads_to_the_line(open_lesson):
    page = open_lesson("code")
    page.locator("a.linenos", has_text="3").first.click()
    assert page.url.endswith("#L3")
    assert page.locator("#L3:target").count() == 1


def test_read_marks_the_lesson(open_lesson, lesson):
    page = open_lesson()
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("button", name="Done")).to_be_disabled()
    assert open_lesson.store.position(lesson).state == "read"


def test_screenshot_of_the_readme(start_server, chromium, signed_in):
    picture = ROOT / "docs" / "images" / "lesson.png"
    lessons = ROOT / "lessons"
    if picture.exists() and os.environ.get("GROUNDUP_SCREENSHOTS") != "1":
        pytest.skip("docs/images/lesson.png is there; GROUNDUP_SCREENSHOTS=1 makes it anew")
    if not (lessons / "math" / "linear-algebra" / "recorded.json").exists():
        pytest.skip("lessons/math/linear-algebra has no recorded outputs yet")
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
    page = signed_in(context, start_server(lessons), "/lesson/linear-algebra")
    figure = page.locator(".cell", has=page.locator(".output-image")).first
    expect(figure).to_have_attribute("data-state", "fresh", timeout=60_000)
    figure.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 200)")
    expect(page.locator("[data-kernel-word]")).to_have_text("Python is ready", timeout=120_000)
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=picture)
    context.close()
    assert picture.stat().st_size > 20_000
