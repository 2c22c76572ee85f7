"""A lesson's pages: its text with live cells, and the tabs beside it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

from groundup.app.context import Context, context_of
from groundup.app.pages import fragment, page
from groundup.app.routes.source import module_html, modules_of
from groundup.app.routes.verify import proof_html
from groundup.app.services.kernels_unfinished import Unfinished
from groundup.app.services.lesson_page import LessonPages, LessonView, neighbours
from groundup.app.services.overview import Overview, track_name
from groundup.app.services.proof_results import has_proof, recorded_outcome
from groundup.course.errors import ContentError
from groundup.course.source import symbol_source

router = APIRouter()

Tab = Literal["code", "proof", "exercises", "questions", "sources"]
TABS = {
    "": "Text",
    "code": "Implementation",
    "proof": "Proof",
    "exercises": "Exercises",
    "questions": "Questions",
    "sources": "Sources",
}
PICTURES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


@router.get("/lesson/{id}")
def text(request: Request, id: str) -> HTMLResponse:
    """The text of a lesson."""
    context, view = _view(request, id)
    overview = Overview(context.catalog, context.store)
    unfinished = Unfinished(context.catalog, context.store).names(id)
    body = view.body(request.state.nonce, _exercise(context), _proof)
    return _page(
        request, context, view, overview, "", body=body, drafts=_drafts(context, view), unfinished=sorted(unfinished)
    )


@router.post("/lesson/{id}/read")
def read(request: Request, id: str) -> RedirectResponse:
    """The learner has read a lesson."""
    context, _ = _view(request, id)
    context.store.set_state(id, "read")
    return RedirectResponse(f"/lesson/{id}", 303)


@router.get("/lesson/{id}/{tab}")
def tab(request: Request, id: str, tab: Tab, module: str = "") -> HTMLResponse:
    """One of the tabs beside the text."""
    context, view = _view(request, id)
    overview = Overview(context.catalog, context.store)
    values: dict[str, Any] = {}
    if tab == "code":
        modules = [part for name in view.lesson.front.implements for part in modules_of(name)]
        chosen = next((name for name in (module, *_shown_modules(view), *modules) if name in modules), "")
        values = {"modules": modules, "chosen": chosen, "source": module_html(chosen) if chosen else ""}
    elif tab == "proof":
        values = {"proofs": [_proof(name) for name in view.lesson.front.implements if has_proof(name)]}
    elif tab == "exercises":
        names = [one for one in context.catalog.exercises if one.startswith(f"{id}/")]
        values = {"exercises": list(map(_exercise(context), names))}
    return _page(request, context, view, overview, tab, **values)


def _shown_modules(view: LessonView) -> list[str]:
    """Modules whose code the text shows, in its order: where a reader of the code begins."""
    return [symbol_source(name).module for name in re.findall(r"^```+\{source\} *(\S+)", view.lesson.body, re.M)]


@router.get("/lesson/{id}/files/{path:path}")
def picture(request: Request, id: str, path: str) -> FileResponse:
    """A picture of a lesson."""
    lesson = context_of(request).catalog.lessons.get(id)
    if lesson is None:
        raise HTTPException(404, f"There is no lesson {id}.")
    root = file = lesson.path.resolve()
    kind = PICTURES.get(Path(path).suffix.lower())
    try:
        file = (root / path).resolve()
        found = file.is_relative_to(root) and file.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, or with a zero byte
        found = False
    if not found or kind is None:
        raise HTTPException(404, f"There is no picture {Path(path).name} in this lesson.")
    # An SVG opened by itself is a document: it gets no scripts and no connections.
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return FileResponse(file, media_type=kind, headers={"Content-Security-Policy": policy})


def _view(request: Request, id: str) -> tuple[Context, LessonView]:
    context = context_of(request)
    if id not in context.catalog.lessons:
        if id in context.catalog.inventory:
            raise HTTPException(404, f"The lesson on {context.catalog.title(id)} is not written yet.")
        raise HTTPException(404, f"There is no lesson {id}.")
    state = request.app.state
    if not hasattr(state, "lesson_pages"):
        state.lesson_pages = LessonPages(context.catalog, lambda view: fragment("_cell.html", view=view))
    try:
        return context, state.lesson_pages.view(id)
    except ContentError as fault:
        raise HTTPException(500, f"This lesson has a fault. {fault}") from None


def _page(
    request: Request, context: Context, view: LessonView, overview: Overview, tab: str, **values: Any
) -> HTMLResponse:
    lesson, catalog = view.lesson, context.catalog
    graph, standings = catalog.graph, overview.standings
    counts = {"exercises": sum(one.startswith(f"{lesson.id}/") for one in catalog.exercises)}
    counts |= {"questions": len(view.questions), "sources": len(view.sources)}
    return page(
        request,
        "lesson.html",
        lesson=lesson,
        front=lesson.front,
        view=view,
        tab=tab,
        tabs=TABS,
        counts=counts,
        standing=standings[lesson.id],
        requires=[standings[one] for one in graph.requires(lesson.id)],
        missing=[standings[one] for one in overview.missing(lesson.id)],
        track_name=track_name,
        leads=[standings[one] for one in graph.leads_to(lesson.id)],
        around={side: standings[one] for side, one in neighbours(catalog, lesson.id).items() if one},
        **values,
    )


def _drafts(context: Context, view: LessonView) -> dict[str, dict[str, Any]]:
    """The learner's changes to cells, for the page's script."""
    names = {cell.name for cell in view.lesson.cells}
    kept = context.store.drafts("cell", view.lesson.id)
    found = {key.partition("/")[2]: draft for key, draft in kept.items()}
    return {
        name: {"text": draft.text, "version": draft.version, "base": draft.base}
        for name, draft in found.items()
        if name in names
    }


def _exercise(context: Context) -> Callable[[str], str]:
    """A function from an exercise to its link with its state; what is solved is asked once a page."""
    solved, tried = context.store.solved(), context.store.tried()

    def link(id: str) -> str:
        attempts = tried.get(id, 0)
        if id in solved:
            state, word = "done", "solved"
        elif attempts:
            state, word = "started", f"{attempts} attempt{'s' if attempts > 1 else ''}"
        else:
            state, word = "ready", "not tried yet"
        exercise = context.catalog.exercises[id]
        return fragment("_exercise_link.html", exercise=exercise, id=id, state=state, word=word)

    return link


def _proof(module: str) -> str:
    return proof_html(module, recorded_outcome(module))
