"""What the design promises: contrast in both colours, one set of values for dark, no style that the policy blocks."""

import re
from pathlib import Path

import pytest

from groundup.app import assets

TOKENS = (assets.STATIC / "css" / "tokens.css").read_text()
TEMPLATES = Path(assets.__file__).parent / "templates"
PAIRS = [
    ("ink", ("paper", "raised", "sunken", "accent-soft", "good-soft", "bad-soft", "warn-soft")),
    ("ink-soft", ("paper", "raised", "sunken", "warn-soft")),
    ("accent", ("paper", "raised", "sunken", "accent-soft")),
    ("on-accent", ("accent",)),
    ("good", ("paper", "raised", "good-soft")),
    ("bad", ("paper", "raised", "sunken", "bad-soft")),
    ("warn", ("paper", "raised", "sunken", "warn-soft")),
    *[
        (f"code-{name}", ("paper", "raised", "sunken", "bad-soft"))
        for name in ("keyword", "string", "number", "comment", "name")
    ],
]


def block(selector: str) -> dict[str, str]:
    """The tokens that the rule of ``selector`` sets."""
    body = TOKENS[TOKENS.index(selector) :].split("{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("selector", [":root {", ':root[data-theme="dark"]'], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "papers"), PAIRS, ids=[ink for ink, _ in PAIRS])
def test_text_can_be_read(selector, ink, papers):
    tokens = block(":root {") | block(selector)
    for paper in papers:
        light, dark = sorted((luminance(tokens[ink]), luminance(tokens[paper])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def test_both_ways_to_dark_are_the_same():
    assert block(':root[data-theme="dark"]') == block(':root[data-theme="auto"]')


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_have_no_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|javascript:|<style", text)
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))", text)
