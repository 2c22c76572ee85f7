"""Outputs that try to do something: nothing runs, nothing leaves, nothing moves the page."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HTML = (
    '<script>parent.owned = top.owned = 1; fetch("http://evil.example/script")</script>'
    '<img src="http://evil.example/img" onerror="top.owned = 2"><img src=x onerror="parent.owned = 3">'
    '<meta http-equiv="refresh" content="0;url=http://evil.example/meta">'
    '<base href="http://evil.example/" target="_top">'
    '<link rel="stylesheet" href="http://evil.example/css"><style>@import "http://evil.example/import";</style>'
    '<form action="http://evil.example/form" target="_top"><input name="a" autofocus onfocus="top.owned = 4"></form>'
    '<iframe src="http://evil.example/frame"></iframe><object data="http://evil.example/object"></object>'
    '<a href="http://evil.example/link" target="_top">a link</a>'
    '<table background="http://evil.example/table"><tr><td onclick="top.owned = 5">a cell</td></tr></table>'
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" onload="top.owned = 6">'
    '<script>top.owned = 7</script><image href="http://evil.example/svg" width="9" height="9"/>'
    '<foreignObject width="90" height="40"><body xmlns="http://www.w3.org/1999/xhtml" onload="top.owned = 8"/>'
    "</foreignObject>"
    '<rect width="90" height="40"/></svg>'
)
TEXT = '</script></pre></template><script>owned = 9</script><img src=x onerror="owned = 10"> \x1b[31mred\x1b[0m'

CODE = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, Latex, display
display(HTML({HTML!r}))
display({{"image/svg+xml": {SVG!r}, "text/plain": {TEXT!r}}}, raw=True)
display({{"application/javascript": "top.owned = 11", "text/plain": {TEXT!r}}}, raw=True)
display({{"text/markdown": {HTML!r}, "text/latex": {TEXT!r}, "text/plain": {TEXT!r}}}, raw=True)
display({{"image/png": "not base64 <script>", "text/plain": "x"}}, raw=True)
print({TEXT!r})
raise ValueError({TEXT!r})
"""


@pytest.fixture
def hostile(open_lesson, lesson):
    """The lesson's page after the hostile cell ran live."""
    open_lesson.store.save_draft("cell", lesson, "greet", CODE, version=0, base="")
    page = open_lesson()
    expect(page.locator('figure[data-cell="greet"]')).to_have_attribute("data-state", "failed", timeout=20_000)
    page.wait_for_timeout(500)
    return page


def test_nothing_runs_and_nothing_leaves(hostile, open_lesson):
    page = hostile  # open_lesson asserts at its end that no request left
    box = page.locator('figure[data-cell="greet"] .cell-outputs')
    assert page.evaluate("[typeof owned, document.querySelectorAll('.cell-outputs script').length]") == ["undefined", 0]
    assert page.url.startswith(open_lesson.server.url)
    assert "<img src=x onerror=" in box.inner_text()  # shown as what it is
    frame = box.locator("iframe")
    assert frame.get_attribute("sandbox") == ""
    assert page.frames[1].evaluate("document.body.innerText").split() == ["a", "link", "a", "cell"]
    image = box.locator("img").first
    assert image.evaluate("image => image.complete && image.naturalWidth") == 90
    expect(box.locator(".error-said")).to_contain_text("ValueError")
    expect(box.locator(".ansi-fg-1").first).to_have_text("red")


def test_the_frame_holds_even_without_the_cleaning(open_lesson):
    """The second fence by itself: the same HTML, put into a frame as ours is, uncleaned."""
    page = open_lesson()
    page.wait_for_selector('figure[data-cell="last"][data-state="fresh"]')
    page.evaluate(
        """html => {
            const frame = document.createElement('iframe');
            frame.className = 'output-html';
            frame.setAttribute('sandbox', '');
            frame.srcdoc = html;
            document.querySelector('.cell-outputs').append(frame);
        }""",
        HTML,
    )
    page.wait_for_timeout(1500)
    assert page.evaluate("typeof owned") == "undefined"
    assert page.url.startswith(open_lesson.server.url)
    assert any("Content Security Policy" in line or "sandboxed" in line for line in open_lesson.logged)
    open_lesson.logged.clear()  # that it was blocked is what was to be shown


def test_a_table_is_as_high_as_it_is(open_lesson, lesson):
    rows = "".join(f"<tr><th>{row}</th><td>{row * row}</td></tr>" for row in range(12))
    code = f"from IPython.display import HTML\nHTML('<table><thead><tr><th></th><th>x</th></tr></thead>{rows}</table>')"
    open_lesson.store.save_draft("cell", lesson, "greet", code, version=0, base="")
    page = open_lesson()
    frame = page.locator('figure[data-cell="greet"] iframe')
    expect(frame).to_be_visible(timeout=20_000)
    inner = page.frames[-1]
    inner.wait_for_selector("table", timeout=5000)
    needed = inner.evaluate("document.documentElement.scrollHeight")
    table = inner.evaluate("document.querySelector('table').offsetHeight")
    height = frame.evaluate("frame => frame.clientHeight")
    assert table < height <= table + 60 and needed <= height


def test_a_flood_of_text_leaves_the_page_usable(open_lesson, lesson):
    code = "while True:\n    print('x' * 1000 + '</pre><b>' * 10)"
    page = open_lesson()
    page.wait_for_selector('figure[data-cell="last"][data-state="fresh"]')
    figure = page.locator('figure[data-cell="greet"]')
    figure.locator(".cell-code").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    expect(figure.locator(".output-note")).to_contain_text("more characters are not shown", timeout=15_000)
    figure.get_by_role("button", name="Stop cell 1").click()
    expect(figure).to_have_attribute("data-state", re.compile("stopped|failed"), timeout=15_000)
    assert figure.locator(".cell-outputs").evaluate("box => box.innerHTML.length") < 400_000
    page.locator('figure[data-cell="last"]').get_by_role("button", name="Run cell 5").click()
    expect(page.locator('figure[data-cell="last"]')).to_have_attribute("data-state", "fresh")


def test_formulas_of_a_program_are_typeset_and_not_trusted(open_lesson, lesson):
    formulas = [r"\frac{a}{b}", r"\href{http://evil.example}{x}", r"\rule{9999em}{9999em}", r"\includegraphics{x}"]
    formulas += [r"\htmlStyle{position: fixed}{x}", r"\def\a{\a\a}\a"]
    code = f"""
from IPython.display import Latex, Markdown, display
for formula in {formulas!r}:
    display(Latex(f"${{formula}}$"))
display(Markdown("# A title\\n\\n**bold** and $x^2$ and [a link](http://evil.example) <img src=x>"))
"""
    open_lesson.store.save_draft("cell", lesson, "greet", code, version=0, base="")
    page = open_lesson()
    box = page.locator('figure[data-cell="greet"] .cell-outputs')
    expect(box.locator(".math.inline .katex")).to_be_visible(timeout=20_000)
    expect(box.locator(".math.block").first.locator(".mfrac")).to_be_visible()
    assert box.locator("a, img, h1").count() == 0 and page.locator("h1").count() == 1
    expect(box.locator("strong")).to_have_text(["A title", "bold"])
    assert box.evaluate("e => e.offsetHeight") < 1500
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert box.locator(".math-error").count() >= 1  # the endless macro: its TeX is shown
    assert box.locator("[style*='fixed']").count() == 0
