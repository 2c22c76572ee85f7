"""Pages: safe HTML, placeholders, and a fault for everything that is not there."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygments.styles import get_style_by_name

from groundup.course import render_code
from groundup.course.errors import ContentError
from groundup.course.render import fragment, highlight_css, render, sections, source_page

TAGS = """a aside b blockquote br cite code dd del div em figcaption figure h1 h2 h3 h4 hr img li ol p pre s section
span strong sup table tbody td th thead tr ul"""
NAMES = """alt aria-label aria-labelledby class data-cell data-exercise data-hash data-kind data-module data-raises
data-symbol href id loading rel src start tabindex target title width"""
ALLOWED, ATTRIBUTES = set(TAGS.split()), set(NAMES.split())
VOID = {"img", "br", "hr"}


class Checker(HTMLParser):
    """Collects what is not allowed, tags that do not nest, and ids."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED:
            self.bad.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES or re.match(r"\s*(javascript|data|vbscript):", value or ""):
                self.bad.append(f"{tag} {name}={value}")
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag}")


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.bad == []
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    return checker


@pytest.fixture
def page(doubling, catalog):
    return render(doubling, catalog)


def test_the_page_is_well_formed_and_safe(page):
    checked(page.html)
    checked(page.title_html)
    assert "&lt;b&gt;raw HTML&lt;/b&gt;" in page.html
    assert "&lt;script&gt;" in page.html and "<script" not in page.html


def test_title_contents_and_sections(page):
    assert page.title_html == 'Doubling, or <span class="math inline">2x</span>'
    assert "<h1" not in page.html
    assert [(h.level, h.title, h.anchor) for h in page.toc][:3] == [
        (2, "By hand", "by-hand"),
        (2, "The mathematics", "the-mathematics"),
        (2, "The code", "the-code"),
    ]
    assert page.html.count("<section aria-labelledby=") == 6
    assert all(f'id="{h.anchor}"' in page.html for h in page.toc)


def test_mathematics_is_escaped_tex(page):
    assert '<div class="math block">y = x + x &lt; \\infty</div>' in page.html
    assert '<span class="math inline">a&lt;b</span>' in page.html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("so $x$, then", 'so <span class="together"><span class="math inline">x</span>,</span> then'),
        ("(see $x$).", '(see <span class="together"><span class="math inline">x</span>).</span>'),
        (
            "the $k$-th, $x$ <b>",
            'the <span class="math inline">k</span>-th, <span class="math inline">x</span> &lt;b&gt;',
        ),
        ("*a*, b", "<em>a</em>, b"),
    ],
)
def test_a_formula_and_the_punctuation_behind_it_stay_on_a_line(catalog, text, html):
    assert html in fragment(text, catalog)


def test_placeholders(page, doubling):
    for cell in doubling.cells:
        assert f'data-cell="{cell.name}" data-hash="{cell.hash}"' in page.html
    assert 'data-raises="ZeroDivisionError"' in page.html
    assert '<div class="verify" data-module="groundup.alpha.doubling"></div>' in page.html
    assert (
        '<div class="exercise" data-exercise="doubling/scale-rows" data-kind="coding">'
        '<a href="/exercise/doubling/scale-rows">Scale the rows</a></div>'
    ) in page.html


def test_source_is_shown_with_its_place(page):
    place = '<a href="/source/groundup.alpha.doubling#L13"><code>groundup/alpha/doubling.py</code></a>'
    assert f'{place} <span class="lines">lines 13 to 24</span>' in page.html
    words = re.sub("<[^>]*>", "", page.html)
    assert "return twice(y)  # FACTOR times" in words
    assert "def __call__(self, x):" in words and "def __init__" not in words


def test_citations_and_sources(page):
    assert '(<a class="cite" href="#ref-rumelhart1986"' in page.html
    assert "Knuth 1997</a>; <a" in page.html
    assert [reference.key for reference in page.sources] == ["knuth1997", "rumelhart1986", "vaswani2017attention"]
    assert '<li id="ref-vaswani2017attention">' in page.html
    assert 'href="https://arxiv.org/abs/1706.03762"' in page.html and "doi:10.1038/323533a0</a>" in page.html
    assert "The Art &lt;of&gt; Computer Programming, 3rd edition</cite>. book</li>" in page.html


def test_a_citation_within_a_sentence_has_no_brackets(catalog):
    assert re.sub("<[^>]*>", "", fragment("see {cite:t}`knuth1997`, p. 3", catalog)) == "see Knuth 1997, p. 3\n"


def test_lessons_written_and_coming(page):
    assert '<span class="coming" title="This lesson is not written yet">Counting</span>' in page.html
    assert '<a class="lesson" href="/lesson/halving#by-hand">the other half</a>' in page.html


def test_admonition_holds_markdown_and_directives(page):
    note = re.search(r'<aside class="admonition note">.*?</aside>', page.html, re.DOTALL)[0]
    assert '<p class="admonition-title">Mind the overflow</p>' in note
    assert "<em>markup</em>" in note and 'class="source"' in note and 'class="cite"' in note


def test_tables_have_a_wrapper_and_no_style(page):
    assert '<div class="table" tabindex="0"><table>' in page.html
    assert '<td class="align-right">2</td>' in page.html
    assert "style=" not in page.html


def test_figures_footnotes_links_and_plain_code(page, doubling):
    assert '<figure><img src="/lesson/doubling/files/bars.svg" alt="two bars" width="300" loading="lazy">' in page.html
    assert "<figcaption>The second is <em>twice</em> the first.</figcaption>" in page.html
    assert page.html.count('class="footnote-item"') == 1
    assert 'href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer" target="_blank"' in page.html
    assert 'class="language-python"><span class="n">plain</span>' in page.html
    lines = doubling.file.read_text(encoding="utf-8").splitlines()
    assert [target for target, _ in page.links][:2] == ["#the-code", "/lesson/halving#by-hand"]
    named = {"#the-code": "[the code]", "/lesson/halving#by-hand": "halving#by-hand", "https": "example.org"}
    for target, line in page.links:
        assert named[target.partition(":")[0]] in lines[line - 1]


def test_text_holds_words_and_tex_but_no_markup(page, doubling, catalog):
    assert "y = x + x < \\infty" in page.text
    assert "see Counting and Rumelhart 1986" in page.text
    assert "<" not in page.text.replace("x < \\infty", "").replace("a<b", "").replace("<b>raw HTML</b>", "")
    assert page.sections == sections(doubling, catalog)
    assert [section.anchor for section in page.sections][:3] == ["", "by-hand", "the-mathematics"]


FENCE = "```"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("Text first.", 18, "title: the text begins with its title"),
        ("# A\n\n# B", 20, "a second title 'B'"),
        ("# A\n\none\n{cite}`nobody1900`", 21, "cite: 'nobody1900' is not in the bibliography"),
        ("# A\n\none\ntwo *{lesson}`nowhere`*", 21, "lesson: 'nowhere' is neither a lesson"),
        ("# A\n\n{ref}`x`", 20, "{ref}: unknown role; known are cite, cite:t, lesson"),
        (f"# A\n\n{FENCE}{{source}} groundup.alpha.doubling.tripled\n{FENCE}", 20, "has no 'tripled'"),
        (f"# A\n\n{FENCE}{{source}} os.path.join\n{FENCE}", 20, "source comes from the package groundup"),
        (f"# A\n\n{FENCE}{{verify}} groundup.alpha.gone\n{FENCE}", 20, "verify: there is no module"),
        (f"# A\n\n{FENCE}{{verify}} groundup.alpha.parts\n{FENCE}", 20, "verify: there is no proof"),
        (f"# A\n\n{FENCE}{{exercise}} gone\n{FENCE}", 20, "there is no exercise 'halving/gone'; the lesson has none"),
        (f"# A\n\n{FENCE}{{sauce}} x\n{FENCE}", 20, "{sauce}: unknown directive; known are code-cell"),
        (f"# A\n\n{FENCE}{{source x\n{FENCE}", 20, "is no directive"),
        (f"# A\n\n{FENCE}{{figure}} gone.svg\n:alt: a\n{FENCE}", 20, "there is no file 'gone.svg'"),
        (f"# A\n\n{FENCE}{{figure}} ../../x.svg\n:alt: a\n{FENCE}", 20, "lies outside the lesson's folder"),
        (f"# A\n\n{FENCE}{{figure}} lesson.md\n:alt: a\n{FENCE}", 20, "expected a picture"),
        (f"# A\n\n{FENCE}{{figure}} a.svg\n{FENCE}", 20, "there is no file"),
        (f"# A\n\n{FENCE}{{note}}\n:colour: red\ntext\n{FENCE}", 21, "unknown option ':colour: red'"),
        ("# A\n\n![](a.svg)", 20, "needs a text between the brackets"),
        ("# A\n\n![a](https://example.org/a.svg)", 20, "pictures lie in the lesson's folder"),
        ("# A\n\n[a](//example.org)", 20, "links lead to https addresses"),
        ("# A\n\n[a](ftp://example.org)", 20, "links lead to https addresses"),
        (f"# A\n\n{FENCE}{{note}}\none\n\n{{cite}}`nobody`\n{FENCE}", 23, "'nobody' is not in the bibliography"),
    ],
)
def test_what_is_not_there_is_told_with_its_line(course, with_body, body, line, message):
    from groundup.course.catalog import Catalog

    lesson = with_body(body + "\n")
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        render(lesson, Catalog.load(course))
    assert (caught.value.file, caught.value.line) == (lesson.file, line)


HOSTILE = """# A

<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) `<script>`

<div onclick="x">

$</span><script>alert(1)</script>$ and {lesson}`<script>alert(1)</script> <doubling>`

$$
</div><script>alert(1)</script>
$$

```{note} <script>alert(1)</script>
text
```

```html
<script>alert(1)</script>
```

```no-such-language"><script>
<b>
```

| <b> | `|` |
|---|---|
| "><script> | x |
"""


def test_hostile_markdown_becomes_text(course, with_body):
    from groundup.course.catalog import Catalog

    lesson = with_body(HOSTILE)
    html = render(lesson, Catalog.load(course)).html
    checked(html)
    assert "<script" not in html
    assert "onerror" not in re.sub(r">[^<]*<", "><", html)


PIECES = [
    "# A",
    "\n\n",
    "\n",
    "```",
    "`",
    "$",
    "$$",
    "{note}",
    "{cite}",
    "{lesson}",
    "doubling",
    "<script>",
    "<b",
    "](",
    "[x",
    ">",
]
PIECES += [
    "javascript:alert(1)",
    ")",
    "![",
    "|",
    "---",
    "&",
    '"',
    "'",
    "[^1]",
    ": ",
    "- ",
    "    ",
    "{",
    "}",
    "https://a.b",
    "\\",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_makes_an_unsafe_page(catalog, pieces):
    """Whatever stands in a text, it becomes a page that is safe and nests, or a fault with a line."""
    try:
        html = fragment("".join(pieces), catalog, lesson=catalog.lessons["doubling"])
    except ContentError as fault:
        assert fault.line
    else:
        checked(html)


def test_headings_of_one_name_get_different_anchors(course, with_body):
    from groundup.course.catalog import Catalog

    lesson = with_body("# A\n\n## Why?\n\n## Why?\n\n### Größe & $n^2$\n\n## !\n")
    page = render(lesson, Catalog.load(course))
    assert [h.anchor for h in page.toc] == ["why", "why-2", "größe-n2", "section"]
    checked(page.html)


def test_prose_with_money_and_code_is_left_alone(course, with_body):
    from groundup.course.catalog import Catalog

    lesson = with_body("# A\n\nIt costs 5$ or \\$6, `$x$` is code, and 2$y$ too.\n")
    html = render(lesson, Catalog.load(course)).html
    assert "math" not in html
    assert "<code>$x$</code>" in html


def test_a_fragment_renders_by_the_same_rules(catalog, doubling):
    html = fragment("Write `f` for $x < 1$; see {cite}`knuth1997`.\n\n| a |\n|---|\n| b |", catalog, lesson=doubling)
    checked(html)
    assert "x &lt; 1" in html and 'href="/lesson/doubling#ref-knuth1997"' in html
    with pytest.raises(ContentError, match=r"hints\.md:3: lesson"):
        fragment("one\n\n{lesson}`gone`", catalog, file="hints.md")
    with pytest.raises(ContentError, match="cells belong into lessons"):
        fragment("```{code-cell} python\n:name: a\n1\n```", catalog)


def test_a_source_page_numbers_its_lines(package):
    html = source_page("groundup.alpha.doubling")
    assert '<span class="line" id="L13"><a class="linenos" href="#L13">13</a>' in html
    text = (package / "alpha/doubling.py").read_text(encoding="utf-8")
    assert html.count('class="line"') == len(text.splitlines())
    checked(html)
    with pytest.raises(LookupError, match="there is no module"):
        source_page("groundup.gone")


def test_lines_of_a_highlighted_docstring_nest(package):
    """A token over several lines must close on each line, or line anchors would sit inside it."""
    html = source_page("groundup.alpha.doubling")
    for line in re.findall(r'<span class="line".*', html):
        inner = line.removesuffix("</code></pre></div></figure>")
        assert inner.count("<span") == inner.count("</span>")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("style", "ground"), [(render_code.LIGHT, "f6f8fa"), (render_code.DARK, "161b22")])
def test_code_colours_can_be_read(style, ground):
    used = {"Keyword", "Name.Function", "Name.Class", "Literal.String", "Literal.Number", "Comment", "Operator.Word"}
    for token, look in get_style_by_name(style):
        if str(token).removeprefix("Token.") in used and look["color"]:
            light, dark = sorted((luminance(look["color"]), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, token


def test_the_style_sheet_covers_light_dark_and_the_system():
    css = highlight_css()
    assert css.count("{") == css.count("}")
    assert ".highlight .k {" in css or ".highlight .k{" in css
    assert '[data-theme="dark"] .highlight .k' in css
    assert "prefers-color-scheme: dark" in css
