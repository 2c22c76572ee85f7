"""The exercise page: write, run the tests, read what is wrong, ask for help, look back."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, HTTPException, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from groundup.app.context import context_of
from groundup.app.pages import fragment, page
from groundup.app.routes.api_progress import MAX_NUMBER, MAX_TEXT
from groundup.app.services.exercises import Workbench, following, graded, isolation, run_tests
from groundup.course import grading
from groundup.course.exercise import Exercise
from groundup.course.progress import DraftConflict
from groundup.course.render import fragment as markdown

router = APIRouter()
Code = Annotated[str, Form(max_length=MAX_TEXT)]
Number = Annotated[int, Path(ge=0, le=MAX_NUMBER)]


class CodeIn(BaseModel):
    """Code to grade."""

    code: Annotated[str, Field(max_length=MAX_TEXT)]


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """End the grading's helper processes with the server."""
    yield
    grading.close()


@router.get("/exercise/{lesson}/{name}")
def show(request: Request, lesson: str, name: str) -> HTMLResponse:
    """The page of an exercise."""
    return _page(request, _exercise(request, lesson, name))


@router.post("/exercise/{lesson}/{name}")
def run_without_script(
    request: Request, lesson: str, name: str, code: Code = "", version: Annotated[int, Form(ge=0, le=MAX_NUMBER)] = 0
) -> HTMLResponse:
    """Save the text and run the tests, for browsers in which our scripts do not run."""
    exercise = _exercise(request, lesson, name)
    text = code.replace("\r\n", "\n")
    conflict = _save(request, exercise, text, version)
    outcome = list(run_tests(exercise, text, context_of(request).store))[-1]
    return _page(request, exercise, outcome=outcome, conflict=conflict, text=text)


@router.post("/api/exercise/{lesson}/{name}/grade")
def grade_stream(request: Request, lesson: str, name: str, given: CodeIn) -> StreamingResponse:
    """Run the tests; one line of JSON an event, as they come."""
    exercise, store = _exercise(request, lesson, name), context_of(request).store
    results = partial(_results, request, exercise)

    def lines() -> Iterator[str]:
        open_one = False  # of the tests that fail only the first is unfolded
        for kind, value in run_tests(exercise, given.code, store):
            if kind == "case":
                opens = value.status != "pass" and not open_one
                open_one = open_one or opens
                event = {"html": fragment("_case.html", case=value, open=opens), "status": value.status}
            elif kind == "report":
                event = {"html": results(value), "status": value[0]["status"], "line": value[0]["groundup"]["line"]}
            else:
                event = {"message": value}
            yield json.dumps({"kind": kind, **event}) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


@router.post("/exercise/{lesson}/{name}/hint")
def hint(request: Request, lesson: str, name: str) -> Response:
    """Show one more hint."""
    exercise, store = _exercise(request, lesson, name), context_of(request).store
    store.show_hints(exercise.id, min(store.help(exercise.id).hints + 1, len(exercise.hints)))
    return _help(request, exercise)


@router.post("/exercise/{lesson}/{name}/solution")
def solution(request: Request, lesson: str, name: str) -> Response:
    """Show the solution, and remember when and why."""
    context = context_of(request)
    exercise = _exercise(request, lesson, name)
    reason = Workbench(context.catalog, context.store, exercise).solution_reason
    context.store.show_solution(exercise.id, reason)
    return _help(request, exercise)


@router.get("/exercise/{lesson}/{name}/help")
def help_part(request: Request, lesson: str, name: str) -> HTMLResponse:
    """Hints and solution as they stand now, after an attempt."""
    return _help_part(request, _exercise(request, lesson, name))


@router.get("/exercise/{lesson}/{name}/history")
def history(request: Request, lesson: str, name: str) -> HTMLResponse:
    """The list of attempts and kept texts, after one was added."""
    return HTMLResponse(fragment("_history.html", bench=_bench(request, _exercise(request, lesson, name))))


@router.post("/exercise/{lesson}/{name}/reset")
def reset(request: Request, lesson: str, name: str) -> Response:
    """Go back to the starting text; the text so far is kept among the older ones."""
    exercise = _exercise(request, lesson, name)
    return _replace(request, exercise, exercise.stub, "reset")


@router.get("/exercise/{lesson}/{name}/attempt/{number}")
def attempt(request: Request, lesson: str, name: str, number: Number) -> HTMLResponse:
    """An earlier attempt: its text and what the tests said."""
    exercise = _exercise(request, lesson, name)
    found = context_of(request).store.attempt(number)
    if found is None or found.exercise != exercise.id:
        raise HTTPException(404, "There is no such attempt.")
    return _older(request, exercise, found.code, found.created, found.report)


@router.get("/exercise/{lesson}/{name}/copy/{number}")
def kept_copy(request: Request, lesson: str, name: str, number: Number) -> HTMLResponse:
    """A text that lost against another one."""
    exercise = _exercise(request, lesson, name)
    copies = context_of(request).store.copies("exercise", lesson, name)
    found = next((copy for copy in copies if copy.id == number), None)
    if found is None:
        raise HTTPException(404, "There is no such text.")
    return _older(request, exercise, found.text, found.created, None)


@router.post("/exercise/{lesson}/{name}/restore")
def restore(request: Request, lesson: str, name: str, code: Code) -> Response:
    """Put an older text into the editor; the present one is kept among the older ones."""
    return _replace(request, _exercise(request, lesson, name), code.replace("\r\n", "\n"), "replaced")


def _exercise(request: Request, lesson: str, name: str) -> Exercise:
    exercises = context_of(request).catalog.exercises
    if f"{lesson}/{name}" not in exercises:
        raise HTTPException(404, f"There is no exercise {lesson}/{name}.")
    return exercises[f"{lesson}/{name}"]


def _bench(request: Request, exercise: Exercise) -> Workbench:
    context = context_of(request)
    return Workbench(context.catalog, context.store, exercise)


def _page(
    request: Request,
    exercise: Exercise,
    *,
    outcome: tuple | None = None,
    conflict: bool = False,
    text: str | None = None,
) -> HTMLResponse:
    bench = _bench(request, exercise)
    results = ""
    if outcome:
        results = (
            _results(request, exercise, outcome[1])
            if outcome[0] == "report"
            else fragment("_fault.html", message=outcome[1])
        )
    return page(
        request,
        "exercise.html",
        bench=bench,
        text=bench.text if text is None else text,
        instructions=_markdown(request, exercise, exercise.instructions),
        hints=_hints(request, exercise, bench),
        layers=isolation(),
        results=results,
        conflict=conflict,
    )


def _markdown(request: Request, exercise: Exercise, text: str) -> str:
    catalog = context_of(request).catalog
    return markdown(text, catalog, file=exercise.path / "instructions.md", lesson=catalog.lessons[exercise.lesson])


def _hints(request: Request, exercise: Exercise, bench: Workbench) -> list[str]:
    return [_markdown(request, exercise, text) for text in exercise.hints[: bench.help.hints]]


def _results(request: Request, exercise: Exercise, outcome: tuple) -> str:
    report, saved, unsaved = outcome
    context = context_of(request)
    onward = following(context.catalog, context.store, exercise) if report["status"] == "pass" else None
    values = {"report": report, "cases": graded(report), "saved": saved, "unsaved": unsaved, "following": onward}
    return fragment("_results.html", **values)


def _help(request: Request, exercise: Exercise) -> Response:
    if "hx-request" in request.headers:
        return _help_part(request, exercise)
    return RedirectResponse(f"/exercise/{exercise.id}#help", 303)


def _help_part(request: Request, exercise: Exercise) -> HTMLResponse:
    bench = _bench(request, exercise)
    csrf = request.state.session.csrf
    return HTMLResponse(fragment("_help.html", bench=bench, hints=_hints(request, exercise, bench), csrf=csrf))


def _older(
    request: Request, exercise: Exercise, code: str, created: datetime, report: dict[str, Any] | None
) -> HTMLResponse:
    results = _results(request, exercise, (report, None, "")) if report else ""
    return page(request, "attempt.html", exercise=exercise, code=code, created=created, report=report, results=results)


def _save(request: Request, exercise: Exercise, text: str, version: int) -> bool:
    """Save without a script's help; True when another text was saved meanwhile (both are kept)."""
    store = context_of(request).store
    base = _bench(request, exercise).base
    try:
        store.save_draft("exercise", exercise.lesson, exercise.name, text, version=version, base=base)
    except DraftConflict:
        return True
    return False


def _replace(request: Request, exercise: Exercise, text: str, reason: str) -> Response:
    store, bench = context_of(request).store, _bench(request, exercise)
    store.save_draft(
        "exercise",
        exercise.lesson,
        exercise.name,
        text,
        version=bench.version,
        base=bench.base,
        resolve=True,
        reason=reason,
    )
    return RedirectResponse(f"/exercise/{exercise.id}", 303)
