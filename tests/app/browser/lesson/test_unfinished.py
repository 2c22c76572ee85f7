"""A cell that did not end is not run again by itself: not on a reload, not by a new server."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELLS = """\
```{code-cell} python
:name: start
start = 2
print("start", start)
```

```{code-cell} python
:name: double
twice = 2 * start
print("twice", twice)
```

```{code-cell} python
:name: after
print("after", twice)
```

```{code-cell} python
:name: apart
print("on its own")
```
"""
RECORDED = {
    name: [{"output_type": "stream", "name": "stdout", "text": f"recorded {name}\n"}] for name in ("double", "after")
}
STOPPED = "not run: it was stopped last time"


@pytest.fixture
def server(start_server, write_course):
    """A server of one lesson, to be killed."""
    made = start_server(write_course({"lesson-01": CELLS}, {"lesson-01": RECORDED}))
    yield made
    made.stop()


def cell(page, name: str):
    """The figure of a cell."""
    return page.locator(f'figure[data-cell="{name}"]')


def run(page, name: str, code: str) -> None:
    """Write a cell and run it."""
    cell(page, name).locator(".cell-code").click()
    expect(cell(page, name).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


def held(page) -> None:
    """The stopped cell waits, what builds on it too, the others are computed."""
    expect(cell(page, "apart")).to_have_attribute("data-state", "fresh", timeout=20_000)
    expect(cell(page, "start")).to_have_attribute("data-state", "fresh")
    expect(cell(page, "double").locator(".cell-state")).to_have_text(STOPPED)
    expect(cell(page, "double").locator(".cell-outputs")).to_have_text("recorded double\n")
    expect(cell(page, "double").locator(".cm-content")).to_contain_text("while True: pass")


def test_an_endless_loop_that_was_stopped(server, context, signed_in):
    page = signed_in(context, server, "/lesson/lesson-01")
    expect(cell(page, "apart")).to_have_attribute("data-state", "fresh", timeout=20_000)
    run(page, "double", "while True: pass")
    expect(cell(page, "double")).to_have_attribute("data-state", "running")
    cell(page, "double").get_by_role("button", name="Stop cell 2").click()
    expect(cell(page, "double")).to_have_attribute("data-state", "stopped")
    expect(cell(page, "double")).to_have_attribute("data-saved", "saved")
    page.reload()
    held(page)

    server.kill()  # and a kernel that knows nothing of it
    server.start()
    signed_in(context, server).close()
    page.goto(f"{server.url}/lesson/lesson-01")
    held(page)
    expect(cell(page, "after").locator(".cell-state")).to_have_text("not run: a cell above it was stopped")
    expect(cell(page, "after").locator(".cell-outputs")).to_have_text("recorded after\n")

    run(page, "double", "twice = 5")  # it ends: from now on it is run as all are
    expect(cell(page, "double")).to_have_attribute("data-state", "fresh")
    cell(page, "after").get_by_role("button", name="Run cell 3").click()
    expect(cell(page, "after").locator(".cell-outputs")).to_have_text("after 5\n")
    page.reload()
    expect(cell(page, "double")).to_have_attribute("data-state", "fresh")


def test_a_cell_that_takes_python_along_or_runs_when_the_server_dies(server, context, signed_in):
    page = signed_in(context, server, "/lesson/lesson-01")
    expect(cell(page, "apart")).to_have_attribute("data-state", "fresh", timeout=20_000)
    run(page, "start", "import os; os._exit(1)")
    expect(cell(page, "start")).to_have_attribute("data-state", "dead")
    page.reload()  # Python has ended, and stays so until the learner starts it
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    expect(page.locator('figure[data-state="queued"]')).to_have_count(0)
    page.get_by_role("button", name="Start again").click()
    expect(cell(page, "start")).to_have_attribute("data-state", "forgotten")
    run(page, "double", "while True: pass")
    expect(cell(page, "double")).to_have_attribute("data-state", "running", timeout=20_000)
    page.wait_for_timeout(1500)  # time for the server to write it down
    server.kill()
    server.start()
    signed_in(context, server).close()
    page.goto(f"{server.url}/lesson/lesson-01")
    expect(cell(page, "apart")).to_have_attribute("data-state", "fresh", timeout=20_000)
    for name in ("start", "double"):
        expect(cell(page, name).locator(".cell-state")).to_have_text(STOPPED)
    expect(cell(page, "after")).to_have_attribute("data-state", "blocked")
