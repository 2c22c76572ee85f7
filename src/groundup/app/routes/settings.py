"""What the learner chooses about the course itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from groundup.app.context import context_of
from groundup.app.security import local_path

router = APIRouter()


@router.post("/settings/theme")
def theme(
    request: Request,
    theme: Annotated[Literal["auto", "light", "dark"], Form()],
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Remember the colours."""
    context_of(request).store.set_setting("theme", theme)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"theme": theme})
    return RedirectResponse(local_path(back), 303)
