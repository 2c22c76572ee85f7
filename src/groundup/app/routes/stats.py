"""The footer's numbers."""

from typing import Any

from fastapi import APIRouter, Request

from groundup.app.context import context_of
from groundup.app.services.usage import measure

router = APIRouter()


@router.get("/api/stats")
def stats(request: Request) -> dict[str, Any]:
    """Memory and processor use of the machine, of the app, of its kernels. Bytes and percent of one core."""
    return measure(context_of(request).usage)
