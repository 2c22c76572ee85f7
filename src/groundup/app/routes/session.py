"""Signing in with the one-time token, and what a page asks about its own session."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, Response

from groundup import __version__
from groundup.app.context import context_of
from groundup.app.pages import page
from groundup.app.security import local_path

router = APIRouter()


@router.get("/login")
def ask(request: Request, next: str = "/") -> Response:
    """Ask for the token, and say where it is."""
    return _ask(request, next)


@router.post("/login")
def sign_in(request: Request, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> Response:
    """Exchange the token for a session."""
    gate = context_of(request).gate
    secret = gate.redeem(token)
    if secret is None:
        fault = "This token was used already or belongs to an earlier start. Take the one that is in the file now."
        return _ask(request, next, fault=fault, status=403)
    # A redirect would still count as coming from the handover page, so a strict cookie would not be sent with it.
    response = page(request, "opening.html", next=local_path(next))
    gate.set_cookie(response, secret)
    return response


@router.get("/api/session")
def session(request: Request) -> JSONResponse:
    """The CSRF token of the caller's session, for a page that was open when the server was restarted."""
    return JSONResponse({"csrf": request.state.session.csrf})


@router.get("/health")
def health() -> dict[str, str]:
    """Say that a course answers here."""
    return {"app": "groundup", "version": __version__}


def _ask(request: Request, next: str, *, fault: str = "", status: int = 200) -> Response:
    file = context_of(request).settings.run_dir / "token"
    return page(request, "login.html", next=local_path(next), file=file, fault=fault, status=status)
