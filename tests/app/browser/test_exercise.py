"""An exercise as a person does it: fail, read, mend, crash, come back."""

import pytest

pytestmark = pytest.mark.browser
PATH = "/exercise/linear-algebra/double"


def write(page, text: str) -> None:
    """Replace what stands in the editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def editor_text(page) -> str:
    """What stands in the editor."""
    return "\n".join(page.locator(".cm-line").all_text_contents())


def state(page, name: str, timeout: int = 15_000) -> None:
    """Wait for a state of saving."""
    page.wait_for_selector(f'[data-save-state][data-state="{name}"]', timeout=timeout)


def test_from_the_map_to_a_solved_exercise(page, server, shot):
    page.get_by_role("button", name="Graph").click()
    page.wait_for_selector(".map-graph svg a")
    shot(page, "home")
    assert page.locator(".map-graph a", has_text="Linear algebra").get_attribute("href") == "/lesson/linear-algebra"
    page.get_by_role("button", name="List").click()
    assert page.get_by_text("Needs Linear algebra and Calculus first").first.is_visible()

    page.goto(server.url + PATH)
    write(page, "def double(x):\n    return 3 * x\n")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".verdict-fail")
    assert page.locator(".case-mistake").first.inner_text() == "Likely mistake: multiply by two, not by three."
    shot(page, "exercise-failed")

    write(page, "def double(x):\n    return 2 * x\n")
    page.get_by_role("button", name="Run the tests").click()
    page.wait_for_selector(".verdict-pass")
    shot(page, "exercise-solved")
    state(page, "saved")
    page.reload()
    page.wait_for_selector(".cm-content")
    assert "return 2 * x" in editor_text(page)
    assert page.locator(".state-done").count() == 1
    page.goto(server.url)
    assert page.locator("#concept-linear-algebra .state-done").is_visible()
    assert page.get_by_text("You finished Linear algebra").is_visible()


def test_a_server_that_is_killed_while_one_types_loses_nothing(own_server, context, signed_in):
    server = own_server
    page = signed_in(context, server, PATH)
    write(page, "first = 1\n")
    state(page, "saved")
    server.kill()
    page.keyboard.type("second = 2")
    state(page, "offline")
    assert "kept in this browser" in page.locator("[data-save-state]").inner_text()
    page.close()  # and the tab is gone too

    server.start()
    again = signed_in(context, server, PATH)
    again.locator(".cm-content", has_text="second = 2").wait_for()
    state(again, "saved")
    again.reload()
    again.wait_for_selector(".cm-content")
    assert editor_text(again).startswith("first = 1\nsecond = 2")


def test_two_tabs_that_a_dead_server_left_behind_both_come_back(own_server, context, signed_in):
    server = own_server
    tabs = [signed_in(context, server, PATH) for _ in range(2)]
    write(tabs[0], "shared = 1\n")
    state(tabs[0], "saved")
    tabs[1].locator(".cm-content", has_text="shared = 1").wait_for()
    server.kill()
    for number, tab in enumerate(tabs):
        tab.bring_to_front()
        tab.locator(".cm-content").click()
        tab.keyboard.press("Control+End")
        tab.keyboard.type(f"tab = {number}")
        state(tab, "offline")
    for tab in tabs:
        tab.close()

    server.start()
    page = signed_in(context, server, PATH)
    page.locator(".cm-content", has_text="tab = 1").wait_for()  # the one that was written in last
    state(page, "saved")
    page.reload()
    page.locator("#history summary").click()
    page.locator("#history a").first.click()
    assert "tab = 0" in page.locator("pre").first.inner_text()


def test_a_tab_that_stays_open_over_a_restart_saves_again(own_server, context, signed_in):
    server = own_server
    page = signed_in(context, server, PATH)
    write(page, "first = 1\n")
    state(page, "saved")
    server.kill()
    server.start()
    page.keyboard.type("second = 2")
    state(page, "signed-out")
    signed_in(context, server)
    state(page, "saved", timeout=20_000)
    write(page, "third = 3\n")
    state(page, "unsaved")
    state(page, "saved")


def test_two_tabs_share_what_is_saved(page, server, context):
    page.goto(server.url + PATH)
    other = context.new_page()
    other.goto(server.url + PATH)
    other.wait_for_selector(".cm-content")
    write(page, "shared = 1\n")
    state(page, "saved")
    other.locator(".cm-content", has_text="shared = 1").wait_for()


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_texts_are_shown_and_both_are_kept(page, server, context, choice, shot):
    page.goto(server.url + PATH)
    page.wait_for_selector(".cm-content")
    # Another window that our channel does not reach, such as another profile, saves in the meantime.
    page.evaluate(
        """async () => {
            const headers = { "Content-Type": "application/json",
                "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content };
            const body = JSON.stringify({ text: "theirs = 1", version: 0, base: "" });
            await fetch("/api/draft/exercise/linear-algebra/double", { method: "PUT", headers, body });
        }"""
    )
    write(page, "mine = 1")
    state(page, "conflict")
    assert page.locator("[data-mine]").inner_text() == "mine = 1"
    assert page.locator("[data-theirs]").inner_text() == "theirs = 1"
    if choice == "mine":
        shot(page, "exercise-conflict")
    page.locator(f'[data-choose="{choice}"]').click()
    state(page, "saved")
    page.wait_for_selector("[data-conflict]", state="hidden")
    page.reload()
    page.wait_for_selector(".cm-content")
    assert editor_text(page) == f"{choice} = 1"
    page.locator("#history summary").click()
    page.locator("#history a").first.click()
    assert ("theirs" if choice == "mine" else "mine") + " = 1" in page.locator("pre").first.inner_text()


def test_a_full_disk_is_said_and_the_text_stays(page, server):
    page.goto(server.url + PATH)
    page.wait_for_selector(".cm-content")
    full = {"error": "full", "message": "The disk takes no more data."}
    page.route("**/api/draft/**", lambda route: route.fulfill(status=507, json=full))
    write(page, "kept = 1")
    state(page, "full")
    assert "The disk takes no more data" in page.locator("[data-save-state]").inner_text()
    page.unroute("**/api/draft/**")
    page.reload()
    page.locator(".cm-content", has_text="kept = 1").wait_for()
    state(page, "saved")


def test_reset_asks_and_keeps(page, server):
    page.goto(server.url + PATH)
    write(page, "mine = 1")
    state(page, "saved")
    page.locator("[data-reset] summary").click()
    page.get_by_role("button", name="Yes, reset").click()
    page.locator(".cm-content", has_text="NotImplementedError").wait_for()
    page.locator("#history summary").click()
    assert page.get_by_text("before a reset").is_visible()


def test_help_comes_step_by_step(page, server):
    page.goto(server.url + PATH)
    page.get_by_role("button", name="A hint").click()
    page.get_by_text("What is one and one?").wait_for()
    page.get_by_role("button", name="Another hint").click()
    page.get_by_text("NumPy multiplies each element").wait_for()
    page.locator(".solution summary").click()
    assert page.get_by_text("You have not tried yet").is_visible()
    page.get_by_role("button", name="Show it all the same").click()
    page.get_by_text("You looked at it before an attempt of your own").wait_for()


def test_it_works_without_scripts(chromium, server, signed_in):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_label("Token").fill(server.token)
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(f"{server.url}/")
    page.get_by_role("link", name="Statistics").or_(page.get_by_text("Statistics")).first.wait_for()
    page.goto(server.url + PATH)
    page.locator("textarea[name=code]:visible").fill("def double(x):\n    return 3 * x\n")
    page.get_by_role("button", name="Run the tests").click()
    page.get_by_text("multiply by two, not by three").first.wait_for()
    page.get_by_role("button", name="A hint").click()
    page.get_by_text("What is one and one?").wait_for()
    context.close()


def test_it_works_without_built_assets(page, server, context):
    context.route("**/static/dist/**", lambda route: route.fulfill(status=404))
    page.goto(server.url + PATH)
    page.locator("textarea[name=code]").fill("def double(x):\n    return 2 * x\n")
    page.get_by_role("button", name="Run the tests").click()
    page.get_by_text("Solved.", exact=True).wait_for()


def test_keyboard_alone(page, server, shot):
    page.goto(server.url + PATH)
    page.wait_for_selector(".cm-content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    assert page.get_by_role("heading", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.locator(".cm-content:focus").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("def double(x):\n    return 2 * x")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".verdict-pass")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hasAttribute('data-run')")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{server.url}/")
