"""Front matter, questions, inventory and bibliography: every fault names file, line and field."""

import pickle
import re
from pathlib import Path

import pytest

from groundup.course.bibliography import load_bibliography
from groundup.course.catalog import Catalog
from groundup.course.errors import ContentError
from groundup.course.schema import read_questions

LESSON = "alpha/doubling/lesson.md"
QUESTIONS = "alpha/doubling/questions.yaml"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("minutes: 10", "minutes: ten", 7, "minutes", "valid integer; got 'ten'"),
        ("minutes: 10", "minutes: 3", 7, "minutes", "greater than or equal to 5; got 3"),
        ("minutes: 10", "minuets: 10", 2, "minutes", "is missing"),
        ("level: core", "level: easy", 8, "level", "'core', 'depth' or 'frontier'; got 'easy'"),
        ("title: Doubling, or $2x$", "title: 5", 3, "title", "valid string; got 5"),
        ("strengths: [exact, fast, known]", "strengths: [exact]", 12, "card.strengths", "at least 3"),
        (
            "strengths: [exact, fast, known]",
            "strengths: [exact, fast, 3]",
            12,
            "card.strengths.2",
            "valid string; got 3",
        ),
        ("  cost: {predict", "  colour: red\n  cost: {predict", 14, "card.colour", "is no known field"),
        ("implements: [groundup", "implements: [numpy", 6, "implements.0", "match pattern"),
        ("requires: [counting]", "requires: [counting", 6, None, "not valid YAML"),
        ("requires: [counting]", "requires: [counting]\nlevel: depth", 9, None, "'level' stands twice"),
        ("requires: [counting]", "requires: [adding]", 5, "requires of doubling", "'adding' is in no lesson"),
        (
            "requires: [counting]",
            "requires: [tripling]",
            5,
            "requires of doubling",
            "doubling needs tripling needs doubling",
        ),
        ("references: [knuth1997]", "references: [knuth1997, knut]", 16, "references.1", "not in the bibliography"),
        ("id: doubling", "id: dubling", 2, "id", "is 'dubling', but the folder says 'doubling'"),
        ("track: alpha", "track: beta", 4, "track", "is 'beta', but the folder says 'alpha'"),
        ("---\nid", "id", 1, None, "begins with front matter"),
    ],
)
def test_front_matter_faults(course, rewrite, old, new, line, field, message):
    file = rewrite(LESSON, old, new)
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        Catalog.load(course)
    assert caught.value.file == file
    assert caught.value.field == field
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("id: twice-seven", "id: why-two", 7, "1.id", "'why-two' stands twice"),
        ("kind: open", "kind: essay", 1, "0", "'open', 'choice', 'compute'"),
        ("  answer: 14\n", "", 7, "1.answer", "is missing"),
        ("tolerance: 0", "tolerance: -1", 12, "1.tolerance", "greater than or equal to 0"),
        ("answer: 14", "answer: fourteen", 11, "1.answer", "must be a number; got 'fourteen'"),
        ("right: true, ", "", 15, "2", "exactly one option must have 'right: true'; 0 have"),
        ("text: odd,", "text: odd, right: true,", 15, "2", "exactly one option must have 'right: true'; 2 have"),
        ("text: odd", "text: even", 15, "2", "two options have the same text"),
        ("text: odd, why: Odd numbers leave a rest.", "text: odd", 21, "2.options.1.why", "is missing"),
        ("why: It is a", "why: It is, so, a", 20, "2.options.0.so", "a text with commas needs quotes"),
        ("level: mid", "level: expert", 17, "2.level", "'junior', 'mid' or 'senior'; got 'expert'"),
    ],
)
def test_question_faults(course, rewrite, old, new, line, field, message):
    file = rewrite(QUESTIONS, old, new)
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        _ = Catalog.load(course).lessons["doubling"].questions
    assert (caught.value.file, caught.value.line, caught.value.field) == (file, line, field)


def test_a_number_stays_what_was_written(catalog):
    answer = catalog.lessons["doubling"].questions[1].answer
    assert (answer, type(answer)) == (14, int)


def test_question_ids_are_unique_in_the_course(course, catalog):
    assert list(catalog.questions) == ["why-two", "twice-seven", "even"]
    text = (course / QUESTIONS).read_text(encoding="utf-8")
    (course / "alpha/halving/questions.yaml").write_text(text.replace("why-two", "another"), encoding="utf-8")
    with pytest.raises(ContentError, match="'twice-seven' is taken by lesson 'doubling'") as caught:
        _ = Catalog.load(course).questions
    assert (caught.value.file, caught.value.line) == (course / "alpha/halving/questions.yaml", 7)


def test_an_empty_question_file_is_told():
    with pytest.raises(ContentError, match=r"q\.yaml:1"):
        read_questions("", Path("q.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("id: tripling, state: planned", "id: tripling, state: perhaps", 5, "'planned', 'partial' or 'complete'"),
        ("id: tripling", "id: doubling", 5, "the id 'doubling' stands twice"),
        ("id: tripling, ", "", 5, "Field required"),
        ("needs: [doubling, counting]", "needs: [doubling, nothing]", 5, "'nothing' is in no lesson"),
        ("kind: guide, ", "", 7, "'overview' is an orphan"),
        ("state: planned, kind", "stat: planned, kind", 7, "Field required"),
    ],
)
def test_inventory_faults(course, rewrite, old, new, line, message):
    file = rewrite("inventory.yaml", old, new)
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        Catalog.load(course)
    assert (caught.value.file, caught.value.line) == (file, line)


def test_front_matter_goes_before_the_inventory(catalog):
    """The inventory says that doubling needs halving, the lessons say the reverse."""
    assert catalog.graph.requires("doubling") == ("counting",)
    assert list(catalog.lessons) == ["doubling", "halving"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("knuth1997", "rumelhart1986", 4, "'rumelhart1986' stands twice"),
        ("Rumelhart,1986", "Rumelhart,", 3, "year: is empty"),
        (",transformers", "", 2, "expected 7 columns"),
        (",transformers", ",transformers,more", 2, "expected 7 columns"),
        ("key,title", "key,name", 1, "expected the columns key, title"),
    ],
)
def test_bibliography_faults(course, rewrite, old, new, line, message):
    file = rewrite("bibliography.csv", old, new)
    with pytest.raises(ContentError, match=re.escape(message)) as caught:
        load_bibliography(file)
    assert (caught.value.file, caught.value.line) == (file, line)


@pytest.mark.parametrize("name", [LESSON, QUESTIONS, "inventory.yaml", "bibliography.csv"])
def test_files_must_be_utf_8(course, name):
    file = course / name
    file.write_bytes(file.read_bytes().replace(b"\n", b"\n\xff", 1))
    with pytest.raises(ContentError, match="is not UTF-8") as caught:
        _ = Catalog.load(course).questions
    assert (caught.value.file, caught.value.line) == (file, 2)


def test_a_byte_order_mark_does_not_matter(course):
    file = course / LESSON
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert Catalog.load(course).lessons["doubling"].cells


def test_references_know_where_they_are(catalog):
    urls = {key: reference.url for key, reference in catalog.bibliography.items()}
    assert urls == {
        "vaswani2017attention": "https://arxiv.org/abs/1706.03762",
        "rumelhart1986": "https://doi.org/10.1038/323533a0",
        "knuth1997": None,
    }


def test_errors_survive_pickling():
    error = ContentError("a.md", 3, "id", "is wrong")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "a.md:3: id: is wrong"
