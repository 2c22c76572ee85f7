"""The playground of the lesson on optimization: two sliders, a path on a landscape, and what becomes of it."""

import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def course(start_server):
    """The real lessons, not the small course of the other tests."""
    return start_server(None)


def put(slider, value: float) -> None:
    """Drag a slider to a value of its range (logarithmic where it says so)."""
    slider.evaluate(
        """(input, value) => {
            const { low, high, log } = input.closest('.slider').dataset;
            const [from, to, at] = [+low, +high, value].map((v) => (log === undefined ? v : Math.log(v)));
            input.value = 1000 * (at - from) / (to - from);
            input.dispatchEvent(new Event('input'));
        }""",
        value,
    )


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_step_and_momentum_decide_whether_the_path_arrives(course, context, signed_in, width):
    page = signed_in(context, course, "/lesson/optimization")
    page.set_viewport_size({"width": width, "height": 900})
    cell = page.locator('figure[data-cell="playground"]')
    cell.scroll_into_view_if_needed()
    expect(cell).to_have_attribute("data-state", "fresh", timeout=60_000)
    said, picture = cell.locator(".cell-outputs"), cell.locator(".cell-outputs img")
    step, momentum = (cell.get_by_role("slider", name=name) for name in ("step", "momentum"))
    expect(said).to_contain_text("converges: 233 steps")
    expect(picture).to_be_visible()
    seen = [picture.get_attribute("src")]

    def outcome(slider, value: float, text: str) -> float:
        start = time.perf_counter()
        put(slider, value)
        expect(said).to_contain_text(text, timeout=20_000)
        took = time.perf_counter() - start
        expect(picture).not_to_have_attribute("src", seen[-1])
        seen.append(picture.get_attribute("src"))
        return took

    times = [
        outcome(step, 0.1, "diverges"),  # 2 / 25 is the longest step without momentum
        outcome(momentum, 0.5, "converges"),  # 2 (1 + 0.5) / 25 with it
        outcome(step, 0.15, "diverges"),
        outcome(step, 0.04, "converges"),
    ]
    assert len(set(seen)) == len(seen)
    print(f"{width} px: a slider shows its outcome after {sorted(times)[1] * 1000:.0f} ms")
    assert picture.bounding_box()["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(cell).to_have_attribute("data-state", "fresh")
    cell.get_by_role("button", name="Reset").click()
    expect(said).to_contain_text("converges: 233 steps", timeout=20_000)
    expect(picture).to_have_attribute("src", seen[0])
