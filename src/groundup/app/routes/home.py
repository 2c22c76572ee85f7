"""Home: continue, what is next, the lessons, the map of concepts; and search."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from groundup.app.context import context_of
from groundup.app.pages import page
from groundup.app.services.overview import Overview, track_name
from groundup.course.search import search

router = APIRouter()


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """The course at a glance."""
    context = context_of(request)
    overview = Overview(context.catalog, context.store)
    return page(
        request,
        "home.html",
        overview=overview,
        going_on=overview.going_on(),
        next=overview.next(),
        track_name=track_name,
    )


@router.get("/api/map")
def concept_map(request: Request) -> dict[str, Any]:
    """Nodes and edges of the map."""
    context = context_of(request)
    return Overview(context.catalog, context.store).graph()


@router.post("/lesson/{lesson}/known")
def known(request: Request, lesson: str, state: Annotated[Literal["known", "started"], Form()] = "known") -> Response:
    """The learner says that a subject is known already, or takes it back."""
    context = context_of(request)
    if lesson not in context.catalog.lessons:
        raise HTTPException(404, f"There is no lesson {lesson}.")
    context.store.set_state(lesson, state)
    return RedirectResponse(f"/#concept-{lesson}", 303)


@router.get("/search")
def find(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Lessons and sections that match, and concepts to come that do."""
    context, query = context_of(request), q.strip()
    hits = search(context.catalog, query, 20) if query else []
    coming = Overview(context.catalog, context.store).coming(query)
    return page(request, "search.html", query=query, hits=hits, coming=coming, track_name=track_name)
