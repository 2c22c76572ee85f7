"""What programs print reaches the page as text, images and tables, never as markup that does something."""

import base64
import io
import re

import matplotlib.figure
import pytest

from groundup.app.services.kernels_html import MAX_TEXT, clean_html, error_line, output_html, outputs_html
from groundup.app.services.kernels_outputs import MAX_OUTPUTS, Shown
from groundup.app.services.kernels_text import Stream, ansi_html, plain
from groundup.course.outputs import slim_svg

BAD = '<script>alert(1)</script><img src=x onerror="alert(1)">'


def stream(text: str, name: str = "stdout") -> dict:
    """A printed text."""
    return {"output_type": "stream", "name": name, "text": text}


def display(kind: str, content: str, **more) -> dict:
    """A displayed object."""
    return {"output_type": "display_data", "data": {kind: content, **more}}


@pytest.mark.parametrize(
    "output",
    [
        stream(BAD),
        stream(BAD, "stderr"),
        display("text/plain", BAD),
        display("text/latex", BAD),
        display("application/javascript", BAD),
        {"output_type": "error", "ename": BAD, "evalue": BAD, "traceback": [BAD, f"Cell In[1], line 1\n{BAD}"]},
    ],
    ids=lambda output: output["output_type"] + str(len(output)),
)
def test_markup_in_text_stays_text(output):
    html = output_html(output)
    assert "<script" not in html and "<img" not in html


def test_svg_is_an_image_and_cannot_leave_its_attribute():
    svg = '<svg width="72pt" height="36pt" onload="alert(1)"><script>alert(1)</script></svg>" onerror="x'
    html = output_html(display("image/svg+xml", svg, **{"text/plain": '"><b>'}))
    assert html.startswith('<img class="output-image" src="data:image/svg+xml;base64,')
    assert 'width="96" height="48"' in html and "onerror" not in html and "<b>" not in html
    encoded = html.split("base64,")[1].split('"')[0]
    assert base64.b64decode(encoded).decode() == svg


def test_html_is_framed_and_cleaned():
    html = output_html(
        display("text/html", f'<table><tr><td style="x" onclick="y">1</td></tr></table>{BAD}'), nonce="n1"
    )
    assert html.startswith('<iframe class="output-html" sandbox="" ')
    for word in ("onclick", "script", "onerror", "&lt;img"):
        assert word not in html
    assert "&lt;td&gt;1&lt;/td&gt;" in html and "nonce=&quot;n1&quot;" in html


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("<b>x", "<b>x</b>"),
        ("a</div>b", "ab"),
        ("<scr<script>ipt>x</script>y", "ipt&gt;xy"),
        ("<a href='javascript:x'>y</a>", "<a>y</a>"),
        ("<td colspan='2' id=x>1", '<td colspan="2">1</td>'),
        ("<meta http-equiv=refresh content='0;url=//e'><form action=//e><input></form>t", "t"),
        ("<style>td{background:url(//e)}</style><link rel=stylesheet href=//e>t", "t"),
        ("<iframe src=//e></iframe><object data=//e></object><svg onload=x><p>in</p></svg>t", "t"),
        ("<br><hr/>&lt;b&gt;", "<br><hr>&lt;b&gt;"),
        ("<!-- <b> --><![CDATA[x]]>t", "t"),
    ],
)
def test_cleaning(given, clean):
    assert clean_html(given) == clean


def test_colours_become_classes_and_other_escapes_vanish():
    assert ansi_html("\x1b[1;31mred\x1b[0m <plain>") == ('<span class="ansi-bold ansi-fg-1">red</span> &lt;plain&gt;')
    assert ansi_html("\x1b]0;title\x07a\x1b[2Jb\x1b[38;5;9mc\x1b[38;2;1;2;3md") == 'ab<span class="ansi-fg-1">c</span>d'
    assert plain("\x1b[31ma\x00\x07b\x1b[0m") == "ab"


def test_carriage_returns_and_backspaces():
    assert ansi_html("10%\r50%\r100%\ndone") == "100%\ndone"
    assert ansi_html("a\r\nb\r") == "a\nb"
    assert ansi_html("abc\b\bX") == "aX"


def test_a_stream_in_pieces_is_the_stream():
    text = "one \x1b[32mtwo\nthree\x1b[0m\r\nfour\rfive\nsix"
    for size in range(1, 9):
        pieces, done, tail = Stream(), "", ""
        for at in range(0, len(text), size):
            more, tail = pieces.feed(text[at : at + size])
            done += more
        assert done + tail == ansi_html(text), size


def test_recorded_pieces_of_one_stream_are_joined():
    html = outputs_html([stream("10%"), stream("\r20%\n"), stream("x", "stderr")])
    assert html.count('<div class="output">') == 2 and "20%\n" in html and "10%" not in html


def test_long_text_is_cut():
    html = output_html(stream("x" * (MAX_TEXT + 1234)))
    assert "1,234 more characters" in html and len(html) < MAX_TEXT + 500


def test_a_cell_with_a_thousand_displays_shows_some_and_its_error():
    shown = Shown()
    for _ in range(1000):
        shown.take("display_data", {"data": {"text/plain": "x"}})
    shown.take("error", {"ename": "E", "evalue": "v", "traceback": []})
    html = shown.html()
    assert len(html) == MAX_OUTPUTS + 2 and "Only the first" in html[-2] and "E" in html[-1]


def test_events_rebuild_what_is_shown():
    shown, page = Shown(), []
    messages = [("stream", {"name": "stdout", "text": text}) for text in ("a\n", "b\rc", "d\n")]
    messages += [("clear_output", {"wait": True}), ("stream", {"name": "stdout", "text": "e\n"})]
    messages += [("stream", {"name": "stderr", "text": "f"}), ("display_data", {"data": {"text/plain": "g"}})]
    for kind, content in messages:
        for event in shown.take(kind, content):
            if event["type"] == "clear":
                page.clear()
            elif event["type"] == "output":
                page[event["index"] : event["index"] + 1] = [event["html"]]
    assert page == shown.html() and len(page) == 3 and "e" in page[0]


def test_the_line_of_an_error():
    frames = ["-----", "Cell In[3], line 7\n      6 x\n----> 7 f()", "File /lib/numpy/x.py:12, in f()\n"]
    assert error_line({"traceback": frames}) == 7
    assert error_line({"traceback": "\n".join(frames).split("\n")}) == 7
    assert error_line({"traceback": ["File a.py:1"]}) is None
    html = output_html({"output_type": "error", "ename": "E", "evalue": "v", "traceback": frames})
    assert "in line 7 of this cell" in html and html.count("<details>") == 1
    assert "/lib/numpy" not in html.split("<details>")[0]


def test_a_cell_that_asks_for_input_is_told_what_to_do():
    html = output_html({"output_type": "error", "ename": "StdinNotImplementedError", "evalue": "raw_input was called"})
    assert "Write the value into the cell" in html and "raw_input" not in html


def figure() -> str:
    drawn = matplotlib.figure.Figure()
    drawn.subplots().plot([0, 1], [1, 0], color="tab:red")
    file = io.StringIO()
    drawn.savefig(file, format="svg")
    return slim_svg(file.getvalue())


def test_a_figure_follows_the_dark_theme_and_keeps_the_colours_of_its_data():
    html = output_html(display("image/svg+xml", figure()))
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", html).group(1)).decode()
    assert "output-themed" in html and "prefers-color-scheme: dark" in svg
    assert "#d62728" in svg and svg.count("</style>") == 1


def test_other_drawings_are_left_as_they_are():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><style>a{}</style></svg>'
    html = output_html(display("image/svg+xml", svg))
    assert "output-themed" not in html and base64.b64encode(svg.encode()).decode() in html
