"""A lesson as a person uses it: read, change, run, stop, break, mend, come back."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
LAST_FOUR = ("lesson-37", "lesson-38", "lesson-39", "lesson-40")  # which no other test is given


def cell(page, name: str):
    """The figure of a cell."""
    return page.locator(f'figure[data-cell="{name}"]')


def computed(page, name: str, timeout: float = 20_000) -> None:
    """Wait until this machine's outputs of a cell are shown."""
    expect(cell(page, name)).to_have_attribute("data-state", "fresh", timeout=timeout)


def write(page, name: str, text: str) -> None:
    """Replace a cell's code."""
    cell(page, name).locator(".cell-code").click()  # the editor comes with the click, or was there
    expect(cell(page, name).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")  # over a selection chromium keeps its colour by a style, and logs that it may not
    page.keyboard.insert_text(text)


def outputs(page, name: str):
    """Where a cell's outputs are."""
    return cell(page, name).locator(".cell-outputs")


def saved(page, name: str) -> None:
    """Wait until the draft of a cell is committed."""
    expect(cell(page, name)).to_have_attribute("data-saved", "saved")


def test_recorded_outputs_stand_there_until_this_machine_has_computed(open_lesson, context):
    context.route("**/dist/lesson.js*", lambda route: route.abort())
    page = open_lesson()
    expect(outputs(page, "greet")).to_have_text("hello record\n")
    expect(cell(page, "greet").locator(".cell-state")).to_contain_text("recorded")
    open_lesson.logged.clear()  # the aborted script
    context.unroute("**/dist/lesson.js*")
    page.reload()
    computed(page, "last")
    expect(outputs(page, "greet")).to_have_text("hello world\n")
    expect(outputs(page, "curve").locator("img")).to_be_visible()
    expect(cell(page, "last").locator(".cell-state")).to_contain_text("computed here in")


def test_without_scripts_the_page_can_be_read(open_lesson, chromium):
    quiet = chromium.new_context(java_script_enabled=False)
    token = open_lesson.server
    page = quiet.new_page()
    page.goto(token.handover)
    page.get_by_role("button", name="Open groundup").click()
    for tab in ("", "code", "proof", "exercises", "questions", "sources"):
        page.goto(f"{token.url}/lesson/lesson-01/{tab}".rstrip("/"))
        assert page.locator("h1").inner_text() == "The lesson lesson-01"
    page.goto(f"{token.url}/lesson/lesson-01")
    assert "who = " in page.locator('[data-cell="greet"] code').inner_text()
    assert page.locator('[data-cell="last"] .cell-outputs').inner_text().strip() == "recorded last"
    quiet.close()


def test_change_a_cell_and_see_the_new_output(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", 'who = "reader"\nprint("hello", who)')
    expect(cell(page, "greet")).to_have_attribute("data-state", "edited")
    page.keyboard.press("Shift+Enter")
    expect(outputs(page, "greet")).to_have_text("hello reader\n")
    expect(cell(page, "curve").locator(".cm-content")).to_be_focused()
    saved(page, "greet")
    page.reload()
    expect(cell(page, "greet").locator(".cm-content")).to_contain_text('"reader"')
    expect(outputs(page, "greet")).to_have_text("hello reader\n")
    computed(page, "greet")
    cell(page, "greet").get_by_role("button", name="Reset cell 1").click()
    expect(cell(page, "greet").locator(".cm-content")).to_contain_text('"world"')
    expect(outputs(page, "greet")).to_have_text("hello world\n")


def test_a_changed_cell_makes_those_that_build_on_it_stale(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "curve", "power = 3.0")
    page.keyboard.press("Control+Enter")
    expect(cell(page, "uses-power")).to_have_attribute("data-state", "stale")
    expect(cell(page, "last")).to_have_attribute("data-state", "fresh")
    cell(page, "uses-power").get_by_role("button", name="Run cell 3").click()
    expect(outputs(page, "uses-power")).to_have_text("power is 3.00\n")
    computed(page, "uses-power")


def test_an_error_is_said_with_its_line(open_lesson):
    page = open_lesson()
    computed(page, "last")
    computed(page, "meant-to-fail")
    expect(outputs(page, "meant-to-fail").locator(".error-said")).to_have_text("ZeroDivisionError: division by zero")
    write(page, "last", "x = 1\nprint(undefined_name)")
    page.keyboard.press("Control+Enter")
    expect(cell(page, "last")).to_have_attribute("data-state", "failed")
    expect(outputs(page, "last").locator(".error-where")).to_have_text("in line 2 of this cell")
    expect(cell(page, "last").locator(".cm-marked-line")).to_have_text("print(undefined_name)")


def test_stop_an_endless_loop(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", 'import time\nwhile True:\n    print("tick", flush=True)\n    time.sleep(0.05)')
    page.keyboard.press("Control+Enter")
    expect(outputs(page, "greet")).to_contain_text("tick")  # as it is printed, not at the end
    cell(page, "last").get_by_role("button", name="Run cell 5").click()
    expect(cell(page, "last")).to_have_attribute("data-state", "queued")
    cell(page, "greet").get_by_role("button", name="Stop cell 1").click()
    expect(cell(page, "greet")).to_have_attribute("data-state", "stopped")
    expect(outputs(page, "greet").locator(".error-said")).to_contain_text("KeyboardInterrupt")
    expect(cell(page, "last")).to_have_attribute("data-state", "fresh")  # what waited was dropped, not run
    write(page, "greet", 'who = "x"\nprint("alive")')
    page.keyboard.press("Control+Enter")
    expect(outputs(page, "greet")).to_have_text("alive\n")


@pytest.mark.parametrize(
    ("code", "reason"), [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "ran out of memory")]
)
def test_a_dead_kernel_says_so_and_starts_again(open_lesson, code, reason):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", f"import os\n{code}")
    page.keyboard.press("Control+Enter")
    notice = page.get_by_role("alert").filter(has_text="Python process")
    expect(notice).to_contain_text(reason)
    expect(cell(page, "greet")).to_have_attribute("data-state", "dead")
    page.get_by_role("button", name="Start again").click()
    expect(notice).to_be_hidden()
    expect(cell(page, "last")).to_have_attribute("data-state", "forgotten")
    write(page, "greet", 'print("back")')
    page.keyboard.press("Control+Enter")
    expect(outputs(page, "greet")).to_have_text("back\n")


def test_after_a_restart_a_cell_runs_with_those_above_it(open_lesson):
    page = open_lesson()
    computed(page, "last")
    page.get_by_role("button", name="Restart").click()
    expect(cell(page, "greet")).to_have_attribute("data-state", "forgotten")
    cell(page, "uses-power").get_by_role("button", name="Run cell 3").click()
    expect(outputs(page, "uses-power")).to_have_text("power is 2.00\n")
    expect(cell(page, "greet")).to_have_attribute("data-state", "fresh")
    expect(cell(page, "last")).to_have_attribute("data-state", "forgotten")


def test_after_a_restart_a_slider_works(open_lesson):
    page = open_lesson()
    computed(page, "last")
    page.get_by_role("button", name="Restart").click()
    expect(cell(page, "greet")).to_have_attribute("data-state", "forgotten")
    for _ in range(2):  # the second move comes when the first, with the cells above, is done
        cell(page, "curve").get_by_role("slider", name="power").press("ArrowRight")
        computed(page, "curve")
    expect(cell(page, "greet")).to_have_attribute("data-state", "fresh")


def test_a_cell_that_ended_the_kernel_is_not_run_for_one_below_it(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", "import os\nos._exit(3)")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Start again").click()
    expect(cell(page, "last")).to_have_attribute("data-state", "forgotten")
    cell(page, "uses-power").get_by_role("button", name="Run cell 3").click()
    expect(outputs(page, "uses-power")).to_have_text("power is 2.00\n")
    expect(cell(page, "greet")).to_have_attribute("data-state", "forgotten")


def test_a_slider_recomputes_what_depends_on_it(open_lesson):
    page = open_lesson()
    computed(page, "last")
    slider = cell(page, "curve").get_by_role("slider", name="power")
    before = outputs(page, "curve").locator("img").get_attribute("src")
    slider.focus()
    took = []
    for _ in range(5):
        old = outputs(page, "uses-power").inner_text()
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "old => document.querySelector('[data-cell=uses-power] .cell-outputs').innerText !== old", arg=old
        )
        took.append(time.perf_counter() - start)
    shown = cell(page, "curve").locator("output").inner_text()
    assert float(shown) > 2
    expect(outputs(page, "uses-power")).to_have_text(re.compile(rf"power is {float(shown):.2f}"))
    assert outputs(page, "curve").locator("img").get_attribute("src") != before
    print(f"slider: {sorted(took)[2] * 1000:.0f} ms for the plot and the cell after it")
    for step in range(40):  # faster than cells can be computed: the last value wins
        slider.evaluate(
            "(input, at) => { input.value = at; input.dispatchEvent(new Event('input')); }", 200 + 10 * step
        )
    last = cell(page, "curve").locator("output").inner_text()
    expect(outputs(page, "uses-power")).to_have_text(f"power is {float(last):.2f}\n")
    expect(cell(page, "curve").locator(".cm-content")).to_contain_text("power = 2.0")
    cell(page, "curve").get_by_role("button", name="Reset cell 2").click()
    expect(outputs(page, "curve").locator("img")).to_have_attribute("src", before)


def test_completion_comes_from_the_kernel(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", "import math")
    page.keyboard.press("Control+Enter")
    computed(page, "greet")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nmath.fact")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("factorial")
    page.wait_for_timeout(200)  # the editor does not take a key for an answer while the list has only just appeared
    page.keyboard.press("Enter")
    expect(cell(page, "greet").locator(".cm-content")).to_contain_text("math.factorial")


def test_tab_indents_and_escape_tab_leaves(open_lesson):
    page = open_lesson()
    computed(page, "last")
    write(page, "greet", "x")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert cell(page, "greet").locator(".cm-line").first.inner_text() == "    x"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(cell(page, "greet").get_by_role("button", name="Run cell 1")).to_be_focused()


def test_when_the_lesson_changed_both_texts_are_shown(open_lesson, lesson):
    mine = 'print("mine")'
    open_lesson.store.save_draft("cell", lesson, "greet", mine, version=0, base="the hash of an older cell")
    page = open_lesson()
    both = cell(page, "greet").get_by_role("group", name=re.compile("has changed since you edited"))
    expect(both.locator("pre").first).to_have_text(mine)
    expect(both.locator("pre").last).to_contain_text('who = "world"')
    both.get_by_role("button", name="Take the lesson’s").click()
    expect(cell(page, "greet").locator(".cm-content")).to_contain_text('who = "world"')
    computed(page, "last")
    page.reload()
    expect(cell(page, "greet").locator(".cm-content")).to_contain_text('who = "world"')
    expect(page.locator(".cell-two")).to_have_count(0)


def test_live_outputs_do_not_move_the_text(open_lesson):
    page = open_lesson()
    computed(page, "last")
    heading = page.locator("#second")
    heading.scroll_into_view_if_needed()
    page.evaluate("""() => {
        window.moves = [];
        const heading = document.querySelector('#second');
        let last = heading.getBoundingClientRect().top;
        const look = () => {
            const now = heading.getBoundingClientRect().top;
            if (Math.abs(now - last) > 1) window.moves.push(now - last);
            last = now;
            requestAnimationFrame(look);
        };
        look();
    }""")
    page.get_by_role("button", name="Run all", exact=True).click()
    expect(cell(page, "last")).to_have_attribute("data-state", "queued")
    computed(page, "last")
    page.wait_for_timeout(200)
    assert page.evaluate("window.moves") == []


def test_four_lessons_share_three_kernels(open_lesson, context, signed_in):
    server = open_lesson.server
    pages = []
    for id in LAST_FOUR:
        pages.append(signed_in(context, server, f"/lesson/{id}"))
        computed(pages[-1], "last")
    stopped = pages[0].get_by_role("alert").filter(has_text="at most 3 lessons")
    expect(stopped).to_be_visible()
    pages[0].get_by_role("button", name="Start again").click()
    expect(stopped).to_be_hidden()
    cell(pages[0], "greet").get_by_role("button", name="Run cell 1").click()
    computed(pages[0], "greet")
