"""Which cells of a learner did not come to their end when they ran last: endless loops, mostly.

A page computes its cells when it is opened. One that was stopped, or took Python along, waits for the learner to run
it, also after the server was started again. The lesson's own code is trusted to end.
"""

from collections.abc import Sequence

from groundup.app.services.kernels_lesson import Job
from groundup.app.services.kernels_names import dependents
from groundup.course.catalog import Catalog
from groundup.course.progress import Store, StoreError

__all__ = ["Unfinished", "held_back"]


class Unfinished:
    """Remembers them in the learner's settings.

    Parameters
    ----------
    catalog : Catalog
        Tells the lesson's own code from the learner's.
    store : Store
    """

    def __init__(self, catalog: Catalog, store: Store) -> None:
        self._catalog = catalog
        self._store = store

    def names(self, lesson: str) -> set[str]:
        """The cells of a lesson that did not end."""
        return set(self._store.setting(f"unfinished/{lesson}", []))

    def note(self, lesson: str, job: Job, unfinished: bool) -> None:
        """A run of a cell goes on or broke off (``unfinished``), or came to its end."""
        unfinished = unfinished and not _same(job.source, original(self._catalog, lesson, job.name))
        try:
            names = self.names(lesson)
            if (job.name in names) != unfinished:
                self._store.set_setting(f"unfinished/{lesson}", sorted(names ^ {job.name}))
        except StoreError:
            pass  # a full disk: the page says so where text is saved; the cell may be run once too often


def original(catalog: Catalog, lesson: str, name: str) -> str:
    """The lesson's own code of a cell; an empty text where it has no such cell."""
    found = catalog.lessons.get(lesson)
    return next((cell.source for cell in found.cells if cell.name == name), "") if found else ""


def held_back(catalog: Catalog, lesson: str, page: Sequence[Job], held: Sequence[str]) -> set[str]:
    """The cells of a page that build on one of ``held``, as it stands there or as the lesson has it.

    An endless loop assigns nothing, but the code whose place it took did.
    """
    found: set[str] = set()
    for name in held:
        own = original(catalog, lesson, name)
        found.update(dependents([(job.name, job.source) for job in page], name))
        found.update(dependents([(job.name, own if job.name == name else job.source) for job in page], name))
    return found


def _same(one: str, other: str) -> bool:
    return one.strip() == other.strip()
