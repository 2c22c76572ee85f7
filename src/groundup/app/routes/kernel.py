"""The websocket between a lesson's page and the kernel that runs its cells.

Messages are JSON. The page sends one object at a time (the models below); the server sends lists of events, so
that a burst of output is one message. Every page of a lesson hears everything that its kernel does.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, WebSocket
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from groundup.app.context import Context, context_of
from groundup.app.security import check_websocket
from groundup.app.services.kernels import Job, Kernels, LessonKernel
from groundup.app.services.kernels_outputs import Event
from groundup.app.services.kernels_unfinished import Unfinished, held_back

router = APIRouter()

GATHER_SECONDS = 0.015  # events of one moment travel together
REFUSED = 1008
Name = Annotated[str, Field(max_length=100)]
Source = Annotated[str, Field(max_length=200_000)]


class _Cell(BaseModel):
    name: Name
    source: Source
    raises: Name = ""
    values: dict[Name, Annotated[float, Field(allow_inf_nan=False)]] = {}

    def job(self, tag: str = "") -> Job:
        return Job(self.name, self.source, self.raises, tag, self.values)


_Cells = Annotated[list[_Cell], Field(max_length=300)]


class _Hello(BaseModel):
    type: Literal["hello"]
    nonce: Annotated[str, Field(pattern=r"^[\w-]{0,64}$")] = ""


class _Run(BaseModel):
    """Run ``cells``; of ``page``, all cells in order, those that depend on them are run too or told to be stale.

    Cells that build on one of ``held``, which the page does not run by itself, are left out and told to be held.
    """

    type: Literal["run"]
    cells: _Cells
    page: _Cells = []
    follow: bool = False
    tag: Name = ""
    held: Annotated[list[Name], Field(max_length=300)] = []


class _Complete(BaseModel):
    type: Literal["complete"]
    id: int
    code: Source
    position: Annotated[int, Field(ge=0)]


class _Plain(BaseModel):
    type: Literal["interrupt", "restart", "start"]


_Asked = Annotated[_Hello | _Run | _Complete | _Plain, Field(discriminator="type")]
_message: TypeAdapter[Any] = TypeAdapter(_Asked)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The kernels live as long as the server."""
    context = context_of(app)
    async with Kernels(note=Unfinished(context.catalog, context.store).note) as kernels:
        app.state.kernels = kernels
        context.usage["kernels"] = kernels.usage
        yield


@router.websocket("/ws/kernel/{lesson}")
async def kernel(websocket: WebSocket, lesson: str) -> None:
    """Connect a page with its lesson's kernel."""
    if not check_websocket(websocket) or lesson not in context_of(websocket.app).catalog.lessons:
        await websocket.close(REFUSED)
        return
    await websocket.accept()
    events: asyncio.Queue[Event] = asyncio.Queue()
    kernels: Kernels = websocket.app.state.kernels
    sender = asyncio.create_task(_send(websocket, events))
    events.put_nowait({"type": "kernel", "state": "starting", "reason": ""})
    running: LessonKernel | None = None
    try:
        running = await kernels.open(lesson)
        for event in running.snapshot():
            events.put_nowait(event)
        events.put_nowait({"type": "ready"})
        running.listeners.append(events.put_nowait)
        while True:
            text = await websocket.receive_text()
            try:
                asked = _message.validate_json(text)
            except ValidationError as error:
                events.put_nowait({"type": "refused", "message": str(error.errors(include_url=False)[0]["msg"])})
                continue
            if isinstance(asked, _Run) and asked.held:
                _hold(asked, lesson, context_of(websocket.app), events)
            await _answer(asked, running, kernels, events)
    except WebSocketDisconnect:
        pass
    finally:
        if running:
            with contextlib.suppress(ValueError):
                running.listeners.remove(events.put_nowait)
        sender.cancel()


async def _answer(asked: Any, kernel: LessonKernel, kernels: Kernels, events: asyncio.Queue[Event]) -> None:
    match asked:
        case _Hello():
            kernel.nonce = asked.nonce
        case _Run():
            _run(asked, kernel, events)
        case _Complete():
            found = await kernel.complete(asked.code, asked.position) or {}
            start, end = found.get("cursor_start", 0), found.get("cursor_end", 0)
            matches = found.get("matches", [])[:200]
            events.put_nowait({"type": "completions", "id": asked.id, "matches": matches, "start": start, "end": end})
        case _Plain(type="interrupt"):
            kernel.interrupt()
        case _Plain(type="restart"):
            await kernel.restart()
        case _Plain(type="start"):
            await kernels.open(kernel.key)


def _hold(asked: _Run, lesson: str, context: Context, events: asyncio.Queue[Event]) -> None:
    names = held_back(context.catalog, lesson, [cell.job() for cell in asked.page], asked.held)
    left_out = [cell.name for cell in asked.cells if cell.name in names]
    asked.cells = [cell for cell in asked.cells if cell.name not in names]
    events.put_nowait({"type": "held", "names": left_out})


def _run(asked: _Run, kernel: LessonKernel, events: asyncio.Queue[Event]) -> None:
    jobs = [cell.job(asked.tag) for cell in asked.cells]
    names = {job.name for job in jobs}
    page = [cell.job(asked.tag) for cell in asked.page]
    changed = [job.name for job in jobs if job.name not in kernel.ran or kernel.ran[job.name].job.code != job.code]
    after = {job.name: job for name in changed for job in kernel.following(page, name) if job.name not in names}
    if asked.follow:
        jobs += [job for job in page if job.name in after]
    kernel.run(jobs)
    if after and not asked.follow:
        events.put_nowait({"type": "stale", "names": list(after)})


async def _send(websocket: WebSocket, events: asyncio.Queue[Event]) -> None:
    while True:
        batch = [await events.get()]
        await asyncio.sleep(GATHER_SECONDS)
        while not events.empty():
            batch.append(events.get_nowait())
        try:
            await websocket.send_json(_merged(batch))
        except (RuntimeError, WebSocketDisconnect):
            return  # the page is gone; the receiving side ends the route


def _merged(batch: list[Event]) -> list[Event]:
    """Neighbouring pieces of one printed text as one piece."""
    merged: list[Event] = []
    for event in batch:
        last = merged[-1] if merged else {}
        same = event["type"] == "stream" == last.get("type")
        if same and (event["name"], event["index"]) == (last["name"], last["index"]):
            merged[-1] = {**event, "done": last["done"] + event["done"]}
        else:
            merged.append(event)
    return merged
