"""Saving while one works: drafts, places in lessons, states of lessons."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from groundup.app.context import context_of
from groundup.course.progress import DraftConflict

router = APIRouter(prefix="/api")

Kind = Literal["exercise", "cell"]
MAX_NUMBER = 2**53  # the largest that a script counts to; the database takes no more than 2**63
MAX_TEXT = 500_000  # characters; a solution has a few thousand


class DraftIn(BaseModel):
    """A text to save, with the version that it replaces."""

    text: Annotated[str, Field(max_length=MAX_TEXT)]
    version: Annotated[int, Field(ge=0, le=MAX_NUMBER)]
    base: Annotated[str, Field(max_length=128)] = ""
    resolve: bool = False
    reason: Literal["replaced", "reset"] = "replaced"


class PositionIn(BaseModel):
    """A place in a lesson."""

    anchor: Annotated[str | None, Field(max_length=200)] = None
    scroll: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    cell: Annotated[str | None, Field(max_length=200)] = None


class StateIn(BaseModel):
    """A state that the learner gives a lesson."""

    state: Literal["started", "read", "known"]


@router.get("/draft/{kind}/{lesson}/{name}")
def draft(request: Request, kind: Kind, lesson: str, name: str) -> JSONResponse:
    """The saved text with its version, and the texts that lost against another one."""
    store = context_of(request).store
    saved, copies = store.draft(kind, lesson, name), store.copies(kind, lesson, name)
    return JSONResponse(
        {
            "text": saved.text if saved else None,
            "version": saved.version if saved else 0,
            "base": saved.base if saved else None,
            "updated": saved.updated.isoformat() if saved else None,
            "copies": [
                {"id": kept.id, "text": kept.text, "reason": kept.reason, "created": kept.created.isoformat()}
                for kept in copies
            ],
        }
    )


@router.put("/draft/{kind}/{lesson}/{name}")
def save_draft(request: Request, kind: Kind, lesson: str, name: str, given: DraftIn) -> JSONResponse:
    """Save; the answer comes after the commit."""
    context = context_of(request)
    _known(request, lesson)
    if kind == "exercise" and f"{lesson}/{name}" not in context.catalog.exercises:
        raise HTTPException(404, f"There is no exercise {lesson}/{name}.")
    try:
        saved = context.store.save_draft(
            kind,
            lesson,
            name,
            given.text,
            version=given.version,
            base=given.base,
            resolve=given.resolve,
            reason=given.reason,
        )
    except DraftConflict as conflict:
        current = conflict.current
        other = {"text": current.text, "version": current.version, "updated": current.updated.isoformat()}
        return JSONResponse({"error": "conflict", "current": other, "copy": conflict.copy.id}, 409)
    return JSONResponse({"version": saved.version, "updated": saved.updated.isoformat()})


@router.put("/position/{lesson}")
def save_position(request: Request, lesson: str, given: PositionIn) -> JSONResponse:
    """Remember the place in a lesson."""
    _known(request, lesson)
    context_of(request).store.set_position(lesson, anchor=given.anchor, scroll=given.scroll, cell=given.cell)
    return JSONResponse({"saved": True})


@router.put("/lesson/{lesson}/state")
def save_state(request: Request, lesson: str, given: StateIn) -> JSONResponse:
    """Remember that a lesson was started, read, or is known already."""
    _known(request, lesson)
    return JSONResponse({"state": context_of(request).store.set_state(lesson, given.state).state})


def _known(request: Request, lesson: str) -> None:
    if lesson not in context_of(request).catalog.lessons:
        raise HTTPException(404, f"There is no lesson {lesson}.")
