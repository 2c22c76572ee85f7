"""What the routes share: one object, made by `create_app` and kept in ``app.state.context``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request

from groundup.app.assets import Assets
from groundup.app.security import Gate
from groundup.app.settings import Settings
from groundup.course.catalog import Catalog
from groundup.course.progress import Store

__all__ = ["Context", "context_of"]


@dataclass(slots=True)
class Context:
    """The parts of one instance.

    Attributes
    ----------
    settings, gate, assets
        Address and folders; sessions and token; where the browser's files are.
    catalog : Catalog
        Lessons, exercises, the graph of concepts.
    store : Store
        The learner's progress.
    usage : dict[str, Callable[[], list[dict[str, Any]]]]
        Named sources of the footer's numbers besides machine and app; the kernels' service registers
        ``"kernels"``: a list of ``{"name", "memory" in bytes, "cpu" in percent, "state"}``.
    """

    settings: Settings
    gate: Gate
    assets: Assets
    catalog: Catalog
    store: Store
    usage: dict[str, Callable[[], list[dict[str, Any]]]] = field(default_factory=dict)

    @property
    def notices(self) -> list[str]:
        """What the learner has to know: a damaged file that was set aside, lessons that had to be left out."""
        left_out = [f"A lesson was left out because of a fault in it. {fault}" for fault in self.catalog.faults]
        return [*filter(None, [self.store.notice]), *left_out]


def context_of(source: Request | FastAPI) -> Context:
    """The context of a request's app, or of an app."""
    app = source if isinstance(source, FastAPI) else source.app
    context: Context = app.state.context
    return context
