r"""Formulas as lines of text."""

import re

import pytest

from groundup.course.catalog import Catalog
from groundup.course.search import search
from groundup.course.tex import words_of_tex


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"X = U \operatorname{diag}(s) V^\top", "X = U diag(s) Vᵀ"),
        (r"A^{\top} b", "Aᵀ b"),
        (r"\frac{p \cdot x}{p \cdot p}", "(p · x)/(p · p)"),
        (r"\tfrac12 \lVert x \rVert^2", "1/2 ‖ x ‖²"),
        (r"\sqrt{2\pi\sigma^2}", "√2πσ²"),
        (r"O(n^3), \; \log \Delta_{ij}", "O(n³), log Δ_ij"),
        (r"\begin{aligned} a &= 1 \\ b &\le 2 \end{aligned}", "a = 1 ; b ≤ 2"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_words(tex, words):
    assert words_of_tex(tex) == words


def test_no_lesson_shows_commands_where_it_is_found():
    catalog = Catalog.load(strict=False)
    for word in ("the", "matrix", "sum", "top", "frac", "theta"):
        for hit in search(catalog, word, limit=50):
            left = re.findall(r"\\[a-zA-Z]+|\$", hit.excerpt)
            assert not left, f"{hit.lesson}, {hit.heading}: {hit.excerpt}"
