"""The page of tokens as a person uses it: type, look, go by keyboard, come back."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_type_look_and_come_back(page, server, shot):
    page.set_default_timeout(240_000)  # the tokenizers are compiled and trained when they are first asked
    page.get_by_role("link", name="Tokens").click()
    page.wait_for_selector(".token", timeout=240_000)
    assert page.locator(".token-column").count() == 4
    shot(page, "tokens")

    area = page.get_by_label("Text", exact=True)
    area.fill("unbelievable 👩‍🚀\nzwei")
    columns = page.locator(".token-column")
    expect(columns.nth(0).locator("h2")).to_contain_text("29 tokens")  # 13 + 11 bytes, the end of the line, 4
    assert columns.nth(0).locator(".token").nth(12).inner_text() == "·"
    assert columns.nth(0).locator(".token-part").count() == 11
    assert "[UNK]" in columns.nth(2).locator(".tokens").inner_text()
    expect(columns.nth(2).locator("h2")).to_contain_text("1 unknown")
    assert columns.nth(2).locator(".token-unknown").count() == 1

    expect(page.locator("[data-tokens-detail]")).to_contain_text("Point at a token")
    place = "column => column.getBoundingClientRect().top + scrollY"
    before = columns.nth(0).evaluate(place)
    columns.nth(0).locator(".token").first.hover()
    expect(page.locator("[data-tokens-detail]")).to_contain_text("bytes 75")
    assert columns.nth(0).evaluate(place) == before  # nothing moves away under the pointer
    columns.nth(0).locator(".token").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-tokens-detail]")).to_contain_text("bytes 6E")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == "i"
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.textContent") == "u"

    page.reload()
    page.wait_for_selector(".token")
    assert area.input_value() == "unbelievable 👩‍🚀\nzwei"
    page.get_by_role("button", name="The first text again").click()
    expect(area).to_have_value(page.locator("textarea").evaluate("area => area.defaultValue"))


def test_a_token_is_not_broken_and_right_to_left_text_keeps_its_order(page, server):
    page.set_default_timeout(240_000)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url + "/tokens")
    page.wait_for_selector(".token")
    area = page.get_by_label("Text", exact=True)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        area.fill("שלום עולם, a b " * 6)
    expect(page.locator(".token-column h2").first).to_contain_text("138 tokens")
    assert area.evaluate("area => getComputedStyle(area).direction") == "rtl"
    boxes = page.locator(".tokens").first.evaluate(
        "list => [...list.children].map(t => t.getClientRects()).map(r => [r.length, r[0].x, r[0].y])"
    )
    assert all(parts == 1 for parts, _, _ in boxes)
    places = [(round(y / 10), x) for _, x, y in boxes]
    assert places == sorted(places)  # from left to right, line by line
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_long_text(page, server):
    page.set_default_timeout(240_000)
    page.goto(server.url + "/tokens")
    page.wait_for_selector(".token")
    page.get_by_label("Text", exact=True).fill("tokens and bytes, 12345. " * 4400)  # 110,000 characters
    page.get_by_text("Only the first 100,000 characters are cut; 10,000 are left out.").wait_for()
    assert page.locator(".token-column").first.locator(".token").count() == 4000
    page.get_by_label("Text", exact=True).fill("👩‍🚀" * 33_334)  # four bytes a character, and as many characters
    page.get_by_text("Only the first 100,000 characters are cut; 2 are left out.").wait_for()


def test_it_works_without_scripts(chromium, server):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(240_000)
    page.goto(server.url)
    page.get_by_label("Token").fill(server.token)
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(f"{server.url}/")
    page.goto(f"{server.url}/tokens")
    page.get_by_label("Text", exact=True).fill("ab <b>")
    page.get_by_role("button", name="Cut it").click()
    page.locator(".token").first.wait_for()
    assert page.locator(".token-column").first.locator(".token").count() == 6
    context.close()
