"""A page on which a text is cut by several tokenizers side by side."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request
from starlette.responses import HTMLResponse

from groundup.app.context import context_of
from groundup.app.pages import fragment, page
from groundup.app.services.tokens import LIMIT, TokenHelper

router = APIRouter()

SAMPLE = (
    "Tokenizers cut text: unbelievable, 3141592 + 27182.\n"
    "for k in range(10):\n    print(k)\n"
    "Das Wetter ist schön. Погода хорошая. 天気がいいです。 नमस्ते 👩‍🚀"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The process that cuts texts ends with the server."""
    helper = app.state.tokens = TokenHelper()
    yield
    await helper.close()


@router.get("/tokens")
def show(request: Request) -> HTMLResponse:
    """The page with a text to begin with."""
    return _page(request, SAMPLE, "")


@router.post("/tokens")
async def cut(request: Request, text: Annotated[str, Form()] = "", part: bool = False) -> HTMLResponse:
    """The tokens of a text; ``part`` asks for them alone."""
    text = text.replace("\r\n", "\n")  # a form sends the ends of lines so
    helper: TokenHelper | None = getattr(request.app.state, "tokens", None)
    if helper is None:  # an app that was not started, as in tests
        helper = request.app.state.tokens = TokenHelper()
    cut_text, answer, problem, status = text[:LIMIT], None, "", 200
    try:
        answer = await helper.cut(cut_text)
    except RuntimeError as fault:
        problem, status = str(fault), 503
    found = fragment(
        "_tokens.html", answer=answer, problem=problem, text=cut_text, left_out=len(text) - len(cut_text), limit=LIMIT
    )
    return HTMLResponse(found, status) if part else _page(request, text, found, status)


def _page(request: Request, text: str, found: str, status: int = 200) -> HTMLResponse:
    context = context_of(request)
    lesson = "tokenization" if "tokenization" in context.catalog.lessons else ""
    folder = context.settings.home / "tokenizers"
    return page(
        request, "tokens.html", status=status, text=text, found=found, limit=LIMIT, lesson=lesson, folder=str(folder)
    )
