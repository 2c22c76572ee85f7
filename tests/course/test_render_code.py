"""Code as the reader meets it: steps first, long documentation folded, nothing lost."""

import html
import re

import pytest

from groundup.course.render_code import folds, highlight, highlight_folded

SHORT = 'def f(x):\n    """One line."""\n    return x < 2'
LONG = '''def mean(x):
    """Sum over number:  (1/n) Σ x_i.

    Parameters
    ----------
    x : array_like of shape (n,)

    Raises
    ------
    ValueError
        If there is no entry.
    """
    return x.sum() / len(x)'''
METHOD = "    " + LONG.replace("\n", "\n    ")
TWO = f"{LONG}\n\n\n{LONG.replace('mean', 'average')}\n"
MODULE = '"""What this file holds.\n\n' + "An equation.\n" * 9 + '"""\n\nx = 1'


def text(page: str) -> list[str]:
    """Lines of code in a page, without markup, summaries and empty lines."""
    bare = re.sub(r"<summary>.*?</summary>", "", page).replace("</pre>", "\n")
    return [line for line in html.unescape(re.sub(r"<[^>]+>", "", bare)).split("\n") if line.strip()]


@pytest.mark.parametrize("code", [SHORT, LONG, METHOD, TWO, MODULE, "def broken(:\n    pass", ""])
def test_folding_loses_nothing(code):
    assert text(highlight_folded(code)) == [line for line in code.split("\n") if line.strip()]


@pytest.mark.parametrize("code", [SHORT, MODULE, "def broken(:\n    pass", ""])
def test_what_is_short_or_the_modules_own_is_shown_whole(code):
    assert folds(code) == []
    assert highlight_folded(code) == highlight(code)


@pytest.mark.parametrize(("code", "count"), [(LONG, 1), (METHOD, 1), (TWO, 2)])
def test_the_first_paragraph_and_the_code_stay_in_sight(code, count):
    page = highlight_folded(code)
    shown = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert page.count("<details") == count == page.count("<summary>documentation, 8 lines</summary>")
    assert "Sum over number" in shown and "return" in shown and "ValueError" not in shown
    assert "ValueError" in page
