"""Style sheets and browser modules: their addresses, stamped with their content so that they cache for ever."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["Assets", "StampedFiles"]

STATIC = Path(__file__).parent / "static"


class Assets:
    """The files below ``static/``.

    Parameters
    ----------
    folder : Path
        The folder that is served under ``/static/``.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder

    def url(self, path: str) -> str | None:
        """The stamped address of ``static/<path>``, or None when the file is not there (assets not built)."""
        file = self.folder / path
        try:
            stat = file.stat()
        except OSError:
            return None
        return f"/static/{path}?v={_stamp(file, stat.st_mtime_ns, stat.st_size)}"


@lru_cache(maxsize=256)
def _stamp(file: Path, _modified: int, _size: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:12]


class StampedFiles(StaticFiles):
    """Static files; an address with a stamp never changes its content, so browsers may keep it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file and how long it may be kept."""
        response = await super().get_response(path, scope)
        stamped = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if stamped else "no-cache"
        return response
