"""Search over titles and text: ranked terms, the last letters of a word may be missing.

A section scores, for every query term, the term's rarity times a saturating count, more where it stands in a title
or heading; a section with all terms precedes one with some. The excerpt is the window that holds most of them.
"""

import bisect
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundup.course.errors import ContentError
from groundup.course.render import Section, sections
from groundup.course.tex import words_of_tex

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog

__all__ = ["Hit", "Index", "search"]

TITLE, HEADING, PREFIX = 6.0, 3.0, 0.5
EXCERPT = 180
PER_LESSON = 3

_WORD = re.compile(r"[^\W_]+")
_FORMULA = re.compile(r"\$([^$]+)\$")


@dataclass(frozen=True)
class Hit:
    """A section that fits. `marks` are (start, end) of the found words in `excerpt`."""

    lesson: str
    title: str
    heading: str
    anchor: str
    excerpt: str
    marks: tuple[tuple[int, int], ...] = ()
    score: float = 0.0


@dataclass(frozen=True)
class _Entry:
    lesson: str
    title: str
    section: Section
    weights: dict[str, float]


class Index:
    """Terms of all sections of a catalog. A lesson that cannot be parsed is left out."""

    def __init__(self, catalog: "Catalog") -> None:
        self.entries: list[_Entry] = []
        for lesson in catalog.lessons.values():
            try:
                found = sections(lesson, catalog)
            except ContentError:
                continue
            for number, section in enumerate(found):
                title = lesson.title if number == 0 else ""
                self.entries.append(_Entry(lesson.id, lesson.title, section, _weights(title, section)))
        frequency = Counter(term for entry in self.entries for term in entry.weights)
        self._terms = sorted(frequency)
        self._rarity = {term: math.log(1 + len(self.entries) / count) for term, count in frequency.items()}

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Best sections first, at most three of one lesson."""
        wanted = {term: self._expanded(term) for term in dict.fromkeys(_terms(query))}
        scored = []
        for place, entry in enumerate(self.entries):
            score, matched = 0.0, 0
            for forms in wanted.values():
                best = max((entry.weights.get(form, 0) * weight for form, weight in forms.items()), default=0)
                score += best
                matched += best > 0
            if matched:
                scored.append((-matched, -score, place))
        hits: list[Hit] = []
        taken: Counter[str] = Counter()
        for _, negative, place in sorted(scored):
            entry = self.entries[place]
            if taken[entry.lesson] < PER_LESSON:
                taken[entry.lesson] += 1
                hits.append(_hit(entry, {form for forms in wanted.values() for form in forms}, -negative))
            if len(hits) == limit:
                break
        return hits

    def _expanded(self, term: str) -> dict[str, float]:
        """Indexed words that a query term may mean: itself, and words it begins."""
        found = {}
        for i in range(bisect.bisect_left(self._terms, term), len(self._terms)):
            word = self._terms[i]
            if not word.startswith(term):
                break
            found[word] = self._rarity[word] * (1 if word == term else PREFIX)
        return found


def search(catalog: "Catalog", query: str, limit: int = 10) -> list[Hit]:
    """Sections of the course that fit a query, best first.

    Parameters
    ----------
    catalog : Catalog
        Its index is built at the first search (about 2 ms a lesson) and kept.
    query : str
        Words; an empty query finds nothing.
    limit : int
    """
    return catalog.search_index.search(query, limit)


def _folded(text: str) -> str:
    """Lower case without accents, character for character, so that offsets stay valid."""
    return "".join(unicodedata.normalize("NFKD", c)[0].lower()[:1] or c for c in text)


def _terms(text: str) -> Iterator[str]:
    return (match[0] for match in _WORD.finditer(_folded(text)))


def _weights(title: str, section: Section) -> dict[str, float]:
    counts = Counter(_terms(section.text))
    weights = {term: count / (count + 1.5) for term, count in counts.items()}
    for text, boost in ((title, TITLE), (section.heading, HEADING)):
        for term in set(_terms(text)):
            weights[term] = weights.get(term, 0) + boost
    return weights


def _hit(entry: _Entry, forms: set[str], score: float) -> Hit:
    text = " ".join(_FORMULA.sub(lambda formula: words_of_tex(formula[1]), entry.section.text).split())
    found = [m.span() for m in _WORD.finditer(_folded(text)) if m[0] in forms]
    start, end = _window(text, found)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    marks = tuple((a + shift, b + shift) for a, b in found if a >= start and b <= end)
    excerpt = before + text[start:end] + after
    return Hit(entry.lesson, entry.title, entry.section.heading, entry.section.anchor, excerpt, marks, score)


def _window(text: str, found: list[tuple[int, int]]) -> tuple[int, int]:
    """The stretch of about 180 characters, cut between words, that holds most different finds."""
    if len(text) <= EXCERPT:
        return 0, len(text)

    def held(at: int) -> int:
        return len({text[a:b].lower() for a, b in found if at <= a and b <= at + EXCERPT})

    starts = [max(0, a - 40) for a, _ in found] or [0]
    start = min(max(starts, key=lambda s: (held(s), -s)), len(text) - EXCERPT)
    start = text.rfind(" ", 0, start) + 1
    cut = text.rfind(" ", start, start + EXCERPT + 1)
    last = max((b for _, b in found if b <= start + EXCERPT), default=0)
    end = len(text) if start + EXCERPT >= len(text) else max(cut, last)
    return start, end if end > start else min(start + EXCERPT, len(text))
