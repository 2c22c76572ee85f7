"""Rendering: one function for every page, so that each gets the nonce, the CSRF token and the theme."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from groundup.app.context import context_of
from groundup.course.progress import Store, StoreError

__all__ = ["fragment", "page"]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The Jinja environment: autoescape on, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["ago"] = ago
    made.filters["code_marked"] = code_marked
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a whole page.

    Parameters
    ----------
    request : Request
        The request that is answered.
    template : str
        File name in ``templates/``; it extends ``base.html``.
    status : int
        HTTP status.
    **values
        What the template shows.
    """
    context = context_of(request)
    session = getattr(request.state, "session", None)
    shown = {
        "assets": context.assets,
        "csrf": session.csrf if session else "",
        "nonce": request.state.nonce,
        "theme": _theme(context.store) if session else "auto",
        "path": request.url.path,
        "signed_in": session is not None,
        "notices": context.notices if session else [],
    }
    return HTMLResponse(environment().get_template(template).render(shown | values), status)


def _theme(store: Store) -> str:
    try:
        return store.setting("theme", "auto")
    except StoreError:  # the page that says so needs some colours too
        return "auto"


def fragment(template: str, **values: Any) -> str:
    """Render a part of a page, for a script that puts it in place."""
    return environment().get_template(template).render(values)


def code_marked(text: str) -> Markup:
    """A sentence whose parts between backticks are code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick that nothing closes is one of the learner's own
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """A time in words, such as ``5 minutes ago``; dates from a week on."""
    if moment is None:
        return ""
    seconds = max(((now or datetime.now(UTC)) - moment).total_seconds(), 0)  # a clock may have been set back
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count and size == 86400 and count > 6:
            return moment.strftime("%-d %B %Y")
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
