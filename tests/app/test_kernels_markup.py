"""Markdown and LaTeX of programs: what they become, and that nothing of theirs gets through."""

import re
import time

import pytest

from groundup.app.services.kernels_html import output_html
from groundup.app.services.kernels_markup import latex_html, markdown_html


def shown(**data: str) -> str:
    """HTML of a display of these kinds."""
    return output_html({"output_type": "display_data", "data": {k.replace("_", "/"): v for k, v in data.items()}})


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"$\displaystyle x^2$", [("block", r"\displaystyle x^2")]),
        (r"\begin{align}a &= b\end{align}", [("block", r"\begin{align}a &amp;= b\end{align}")]),
        (r"\[ x \]", [("block", "x")]),
        ("$$\nx\n$$", [("block", "x")]),
        ("the value $x$ and $$y$$.", [("inline", "x"), ("block", "y")]),
    ],
)
def test_latex(text, formulas):
    assert re.findall(r'<span class="math (\w+)">(.*?)</span>', latex_html(text)) == formulas


def test_markdown():
    html = markdown_html("# Title\n\n*a* and $w < 1$\n\n| x | y |\n|---|--:|\n| 1 | 2 |\n\n$$\nz\n$$\n")
    assert "<p><strong>Title</strong></p>" in html and "<em>a</em>" in html
    assert '<span class="math inline">w &lt; 1</span>' in html and '<span class="math block">z</span>' in html
    assert "<td>2</td>" in html and "style" not in html


def test_the_richer_kind_is_shown_and_tables_before_it():
    assert "<strong>" in shown(text_markdown="**a**", text_plain="<Markdown object>")
    assert "math block" in shown(text_latex="$x$", text_plain="x")
    assert shown(text_html="<b>1</b>", text_latex="$x$").startswith("<iframe")


HOSTILE = [
    "<script>a()</script>",
    '<img src=x onerror="a()">',
    "[link](javascript:a())",
    "![image](http://evil.example/i)",
    "<http://evil.example>",
    "[ref]\n\n[ref]: http://evil.example",
    '```x" onclick="a()\ncode\n```',
    "`<b>`",
    "$</span><script>a()</script>$",
    "$$\n</span><img src=x>\n$$",
    "<details open ontoggle=a()>",
    "&lt;script&gt;",
    "# <svg onload=a()>",
    "| <i onclick=a()> |\n|:-:|\n| x |",
]


@pytest.mark.parametrize("make", [markdown_html, latex_html])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_or_address_of_the_program_gets_through(make, text):
    tags = re.findall(r"<[^>]*>", make(text))
    attributes = {part for tag in tags for part in re.findall(r"\s[^>]*", tag)}
    assert attributes <= {' class="output-rich"', ' class="math inline"', ' class="math block"'}
    kept = {"div", "span", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag.strip("</>").split(maxsplit=1)[0] for tag in tags} <= kept


@pytest.mark.parametrize("piece", ["> ", "[", "**a", "$a", "$$", "\\[", "\\(", "|a", "_a*", "~~a", "- "])
def test_long_and_nested_texts_take_no_time(piece):
    began = time.perf_counter()
    markdown_html((piece * 20_000)[:20_000]), latex_html((piece * 20_000)[:20_000])
    assert time.perf_counter() - began < 5
    assert markdown_html("*a*" * 10_000).startswith('<pre class="output-text">*a*')
