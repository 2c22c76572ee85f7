"""Search: what is found first, and that excerpts show why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.course.catalog import Catalog
from groundup.course.search import _window, search


def places(hits) -> list[tuple[str, str]]:
    return [(hit.lesson, hit.anchor) for hit in hits]


def test_a_title_goes_before_a_heading_before_text(catalog):
    assert places(search(catalog, "halving"))[0] == ("halving", "")
    assert places(search(catalog, "summary"))[0] == ("doubling", "summary")


def test_a_section_with_all_words_goes_before_one_with_some(course, with_body):
    """Even when the one with some has them in its heading."""
    with_body("# Halving\n\n## Kernel\n\nKernel kernel.\n\n## Other\n\nA kernel with a trick.\n")
    assert places(search(Catalog.load(course), "kernel trick")) == [("halving", "other"), ("halving", "kernel")]


def test_a_whole_word_goes_before_a_beginning(course, with_body):
    with_body("# Halving\n\n## One\n\nNormally.\n\n## Two\n\nNormal.\n\n## Three\n\nNormative.\n")
    assert places(search(Catalog.load(course), "normal"))[0] == ("halving", "two")


def test_words_may_be_unfinished_and_accents_and_case_do_not_count(course, with_body):
    with_body("# Halving\n\nRényi's Entropie, softmaxed.\n")
    catalog = Catalog.load(course)
    for query in ("renyi", "RÉNYI", "entro", "softm entropie"):
        (hit,) = search(catalog, query)
        assert hit.lesson == "halving"
        assert {hit.excerpt[a:b] for a, b in hit.marks} <= {"Rényi", "Entropie", "softmaxed"}
        assert hit.marks


def test_tex_is_found(catalog):
    assert ("doubling", "the-mathematics") in places(search(catalog, "infty"))


@pytest.mark.parametrize("query", ["", "   ", "!?", "nowheretobefound", "(", "\\"])
def test_nothing_is_found_for_nothing(catalog, query):
    assert search(catalog, query) == []


def test_the_limit_and_the_share_of_one_lesson(catalog):
    assert len(search(catalog, "a", limit=1)) == 1
    hits = search(catalog, "a the is", limit=50)
    assert max([h.lesson for h in hits].count(id) for id in catalog.lessons) <= 3
    assert [h.score for h in hits if h.lesson == "halving"] == sorted(
        (h.score for h in hits if h.lesson == "halving"), reverse=True
    )


def test_a_faulty_lesson_does_not_stop_the_others(course, with_body):
    with_body("# Halving\n\n```{sauce} x\n```\n")
    assert places(search(Catalog.load(course), "doubling"))


def test_a_long_section_is_cut_around_what_was_found(course, with_body):
    with_body("# Halving\n\n" + "before " * 200 + "needle " + "after " * 200)
    (hit,) = search(Catalog.load(course), "needle")
    assert hit.excerpt.startswith("… ") and hit.excerpt.endswith(" …")
    assert len(hit.excerpt) < 200
    assert [hit.excerpt[a:b] for a, b in hit.marks] == ["needle"]


@given(st.text(alphabet="ab \n", max_size=600), st.data())
def test_a_window_is_inside_the_text(text, data):
    ends = st.integers(0, len(text))
    found = sorted(tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(ends, ends), max_size=5)))
    start, end = _window(text, found)
    assert 0 <= start <= end <= len(text)
    assert end - start <= 400
