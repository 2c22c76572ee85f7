"""The graph of prerequisites: what a concept needs, what it leads to, and in which order to learn.

An edge goes from a prerequisite to what needs it. Python integers serve as sets of nodes (bit i is
concept i), which makes closure and transitive reduction of a few hundred concepts a matter of a millisecond.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from pathlib import Path

from groundup.course.errors import GraphError

__all__ = ["Graph"]

Place = tuple[Path, int | None]


class Graph:
    """Prerequisites of concepts.

    Parameters
    ----------
    needs : mapping of id to the ids it names as prerequisites
        Its order breaks ties: what stands first is taught first.
    places : mapping of id to (file, line)
        Where those prerequisites are written, for errors.
    alone : collection of ids
        Concepts that may stand without any edge.

    Raises
    ------
    GraphError
        For an unknown id, a prerequisite named twice, a cycle (the message shows it), or an orphan: a concept
        that needs nothing and that nothing needs.
    """

    def __init__(
        self,
        needs: Mapping[str, Sequence[str]],
        places: Mapping[str, Place] | None = None,
        alone: Collection[str] = (),
    ) -> None:
        self._needs = {id: tuple(named) for id, named in needs.items()}
        self._places = places or {}
        self._index = {id: i for i, id in enumerate(self._needs)}
        self._leads: dict[str, list[str]] = {id: [] for id in self._needs}
        for id, named in self._needs.items():
            for need in named:
                if need not in self._index:
                    raise self._fault(id, f"{need!r} is in no lesson and not in the inventory")
                if named.count(need) > 1:
                    raise self._fault(id, f"{need!r} is named twice")
                self._leads[need].append(id)
        self._order = self._sorted()
        self._refuse_orphans(alone)

    def __contains__(self, id: object) -> bool:
        return id in self._index

    def __len__(self) -> int:
        return len(self._index)

    def requires(self, id: str) -> tuple[str, ...]:
        """Direct prerequisites, as they are written."""
        return self._needs[id]

    def leads_to(self, id: str) -> tuple[str, ...]:
        """Concepts that name `id` as a prerequisite, in learning order."""
        return tuple(sorted(self._leads[id], key=self._rank.__getitem__))

    def order(self) -> tuple[str, ...]:
        """All concepts, each after everything it needs."""
        return self._order

    def missing(self, id: str, done: Collection[str] = ()) -> tuple[str, ...]:
        """All prerequisites that are not done, in the order in which to learn them.

        What lies behind a concept that is done counts as known.
        """
        done = set(done)
        found: set[str] = set()
        open_ = [need for need in self._needs[id] if need not in done]
        while open_:
            need = open_.pop()
            if need not in found:
                found.add(need)
                open_ += [n for n in self._needs[need] if n not in done]
        return tuple(sorted(found, key=self._rank.__getitem__))

    def reduced_edges(self) -> tuple[tuple[str, str], ...]:
        """Edges (prerequisite, concept) that no longer path implies: the transitive reduction, for drawing."""
        edges = []
        for id, named in self._needs.items():
            behind = 0
            for need in named:
                behind |= self._closure[need]
            edges += [(need, id) for need in named if not behind >> self._index[need] & 1]
        return tuple(edges)

    @cached_property
    def _rank(self) -> dict[str, int]:
        return {id: i for i, id in enumerate(self._order)}

    @cached_property
    def _closure(self) -> dict[str, int]:
        """Everything behind a concept, as bits."""
        closure: dict[str, int] = {}
        for id in self._order:
            bits = 0
            for need in self._needs[id]:
                bits |= closure[need] | 1 << self._index[need]
            closure[id] = bits
        return closure

    def _named(self, bits: int) -> tuple[str, ...]:
        return tuple(id for id in self._order if bits >> self._index[id] & 1)

    def _sorted(self) -> tuple[str, ...]:
        ids = list(self._needs)
        waiting = {id: len(named) for id, named in self._needs.items()}
        ready = [self._index[id] for id, count in waiting.items() if not count]
        heapify(ready)
        order = []
        while ready:
            id = ids[heappop(ready)]
            order.append(id)
            for next_id in self._leads[id]:
                waiting[next_id] -= 1
                if not waiting[next_id]:
                    heappush(ready, self._index[next_id])
        if len(order) < len(ids):
            cycle = self._cycle(set(ids) - set(order))
            raise self._fault(cycle[0], "prerequisites go round in a circle: " + " needs ".join([*cycle, cycle[0]]))
        return tuple(order)

    def _cycle(self, stuck: set[str]) -> list[str]:
        """One cycle among nodes that sorting could not place: follow prerequisites until one repeats."""
        id = min(stuck, key=self._index.__getitem__)
        walk: list[str] = []
        while id not in walk:
            walk.append(id)
            id = next(need for need in self._needs[id] if need in stuck)
        return walk[walk.index(id) :]

    def _refuse_orphans(self, alone: Collection[str]) -> None:
        if len(self._needs) == 1:
            return
        for id, named in self._needs.items():
            if not named and not self._leads[id] and id not in alone:
                raise self._fault(id, f"{id!r} is an orphan: it needs nothing and nothing needs it")

    def _fault(self, id: str, message: str) -> GraphError:
        file, line = self._places.get(id, (Path("graph"), None))
        return GraphError(file, line, id, message)
