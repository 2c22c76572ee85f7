"""Where the learner stands: the state of each concept, what to go on with, what is next and why, the map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from groundup.course.catalog import Catalog
from groundup.course.progress import LessonProgress, Store

__all__ = ["Continue", "Next", "Overview", "Standing", "short", "track_name", "words"]

STATE_WORDS = {
    "done": "done",
    "started": "started",
    "ready": "ready to start",
    "coming": "coming",
}

TRACKS = {
    "math": "Mathematics",
    "data": "Data",
    "classical": "Classical methods",
    "neural": "Neural networks",
    "sequence": "Sequences",
    "transformers": "Transformers",
    "vision": "Vision",
    "generative": "Generative models",
    "representation": "Representations",
    "text": "Text",
    "llm": "Language models",
    "rag": "Retrieval and agents",
    "rl": "Reinforcement learning",
    "automl": "Search and tuning",
    "production": "Production",
    "practice": "Practice",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A concept as the home page shows it.

    Attributes
    ----------
    id, title, track : str
        The concept.
    state : str
        ``done`` (every exercise solved, or said to be known), ``started``, ``ready`` (nothing missing), ``later``
        (something missing; it can be opened all the same), ``coming`` (no lesson yet).
    missing : tuple[str, ...]
        Names of all prerequisites that are not done, in learning order.
    summary : str
        One sentence for a lesson, what is to be built for a concept to come.
    minutes : int
        Reading time, 0 for a concept to come.
    solved, exercises : int
        Exercises solved, and in all.
    known : bool
        Whether the learner said that the subject is known.
    """

    id: str
    title: str
    track: str
    state: str
    missing: tuple[str, ...]
    summary: str
    minutes: int = 0
    solved: int = 0
    exercises: int = 0
    known: bool = False

    @property
    def name(self) -> str:
        """The title as far as it names the concept: what stands before a colon."""
        return short(self.title)

    @property
    def url(self) -> str | None:
        """The lesson's page, if there is one."""
        return None if self.state == "coming" else f"/lesson/{self.id}"

    @property
    def needs(self) -> str:
        """The missing prerequisites as a sentence's beginning, or an empty text."""
        return f"Needs {words(self.missing)} first" if self.missing else ""

    @property
    def word(self) -> str:
        """The state in words; what one thing is missing, or how many."""
        if self.state != "later":
            return STATE_WORDS[self.state]
        return f"after {self.missing[0]}" if len(self.missing) == 1 else f"after {len(self.missing)} others"


@dataclass(frozen=True, slots=True)
class Continue:
    """Where the learner was last."""

    title: str
    place: str
    url: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """What to learn next, and the reason in words."""

    standing: Standing
    reason: str


class Overview:
    """The learner's standing at one moment.

    Parameters
    ----------
    catalog : Catalog
        The content.
    store : Store
        The progress.
    """

    def __init__(self, catalog: Catalog, store: Store) -> None:
        self.catalog = catalog
        self._visits = store.lessons()
        self._solved = store.solved()
        self._drafts = store.drafts("exercise")
        self._touched = {id.split("/")[0] for id in (*store.tried(), *self._drafts)} | set(self._visits)
        self._names = {id: short(catalog.title(id)) for id in catalog.graph.order()}
        self._done = {id for id in catalog.lessons if self._is_done(id)}
        self.standings = {id: self._standing(id) for id in catalog.graph.order()}

    @property
    def lessons(self) -> list[Standing]:
        """Concepts with a lesson, in learning order."""
        return [standing for standing in self.standings.values() if standing.url]

    @property
    def tracks(self) -> dict[str, list[Standing]]:
        """All concepts by track, in the inventory's order of tracks and learning order inside."""
        return {track: [self.standings[id] for id in ids] for track, ids in self.catalog.tracks.items()}

    def missing(self, id: str) -> tuple[str, ...]:
        """Ids of all prerequisites of a concept that are not done."""
        return tuple(self.catalog.graph.missing(id, self._done))

    def going_on(self) -> Continue | None:
        """The lesson or exercise that was touched last and is not done."""
        found: list[Continue] = []
        for visit in self._visits.values():
            if visit.lesson in self.catalog.lessons and visit.lesson not in self._done:
                found.append(self._lesson_place(visit))
        for id, draft in self._drafts.items():
            if id in self.catalog.exercises and id not in self._solved:
                exercise = self.catalog.exercises[id]
                place = f"exercise in {self._names[exercise.lesson]}"
                found.append(Continue(exercise.title, place, f"/exercise/{id}", draft.updated))
        return max(found, key=lambda place: place.when, default=None)

    def next(self) -> Next | None:
        """The first lesson that nothing is missing for and that was not begun, else the one that misses least."""
        fresh = [standing for standing in self.lessons if standing.state in ("ready", "later")]
        if not fresh:
            return None
        chosen = min(fresh, key=lambda standing: len(standing.missing))
        return Next(chosen, self._reason(chosen))

    def coming(self, query: str, limit: int = 12) -> list[Standing]:
        """Concepts without a lesson whose name, or what is to be built for them, holds all words of the query."""
        asked = query.casefold().split()
        fits = (
            one
            for one in self.standings.values()
            if not one.url and asked and all(word in f"{one.name} {one.summary}".casefold() for word in asked)
        )
        return list(islice(fits, limit))

    def graph(self) -> dict[str, Any]:
        """Nodes and edges (those that no longer path implies) for drawing."""
        nodes = [
            {
                "id": one.id,
                "title": one.name,
                "track": one.track,
                "state": one.state,
                "word": one.word,
                "url": one.url,
                "missing": list(one.missing),
                "needs": one.needs,
            }
            for one in self.standings.values()
        ]
        return {"nodes": nodes, "edges": [list(edge) for edge in self.catalog.graph.reduced_edges()]}

    def _lesson_place(self, visit: LessonProgress) -> Continue:
        lesson = self.catalog.lessons[visit.lesson]
        place = f"at “{visit.anchor.replace('-', ' ')}”" if visit.anchor else "at the beginning"
        url = f"/lesson/{visit.lesson}" + (f"#{visit.anchor}" if visit.anchor else "")
        return Continue(lesson.title, place, url, visit.updated)

    def _is_done(self, id: str) -> bool:
        visit = self._visits.get(id)
        if visit and visit.state == "known":
            return True
        exercises = self._exercises(id)
        if exercises:
            return all(exercise in self._solved for exercise in exercises)
        return bool(visit and visit.state == "read")

    def _exercises(self, id: str) -> list[str]:
        return [exercise for exercise in self.catalog.exercises if exercise.startswith(f"{id}/")]

    def _standing(self, id: str) -> Standing:
        missing = tuple(self._names[need] for need in self.missing(id))
        lesson = self.catalog.lessons.get(id)
        if lesson is None:
            concept = self.catalog.inventory[id]
            return Standing(id, concept.title, concept.track, "coming", missing, "; ".join(concept.builds))
        if id in self._done:
            state = "done"
        elif id in self._touched:
            state = "started"
        else:
            state = "later" if missing else "ready"
        exercises = self._exercises(id)
        return Standing(
            id,
            lesson.title,
            lesson.track,
            state,
            missing,
            lesson.front.summary,
            lesson.front.minutes,
            sum(exercise in self._solved for exercise in exercises),
            len(exercises),
            known=id in self._visits and self._visits[id].state == "known",
        )

    def _reason(self, chosen: Standing) -> str:
        graph = self.catalog.graph
        finished = [self._names[need] for need in graph.requires(chosen.id) if need in self._done]
        leads = [self._names[id] for id in graph.leads_to(chosen.id)]
        begun = all(self.standings[need].state == "started" for need in self.missing(chosen.id))
        if chosen.missing and begun:
            begin = f"It builds on {words(chosen.missing)}, which you have begun."
        elif chosen.missing:
            begin = f"It needs least of what is left; {words(chosen.missing)} would come first."
        elif finished:
            begin = f"You finished {words(finished)}, which it builds on."
        else:
            begin = "It needs nothing before it."
        if not leads:
            return begin
        more = f" {words(leads, 3)} {'needs' if len(leads) == 1 else 'need'} it."
        return begin + more


def short(title: str) -> str:
    """A title as far as it names the concept: what stands before a colon."""
    return title.split(":")[0]


def track_name(track: str) -> str:
    """A track's key in words."""
    return TRACKS.get(track, track.replace("-", " ").capitalize())


def words(names: Sequence[str], limit: int | None = None) -> str:
    """Names in a sentence: ``A``, ``A and B``, ``A, B and C``; beyond the limit ``A, B and 5 more``."""
    shown = list(names)
    if limit and len(shown) > limit:
        shown = [*shown[: limit - 1], f"{len(shown) - limit + 1} more"]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
