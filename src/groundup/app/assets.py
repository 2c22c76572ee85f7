"""Style sheets and browser modules: their addresses, stamped with their content so that they cache for ever.

Where the bundle was not built, the browser modules are served as they were written. What they need from other
packages (the editor, KaTeX) is then not there: cells and exercises are edited in plain text fields, and formulas
stay TeX.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from groundup import paths

__all__ = ["STATIC", "Assets", "StampedFiles", "module_sources"]

STATIC = Path(__file__).parent / "static"


def module_sources() -> Path:
    """The folder of the browser modules as they were written: the checkout's, or the package's own copy."""
    root = paths.checkout()
    return root / "web" / "src" if root else STATIC.parent / "_modules"


class Assets:
    """The files below ``static/``.

    Parameters
    ----------
    folder : Path
        The folder that is served under ``/static/``.
    modules : Path, optional
        The folder that is served under ``/static/modules/``; `module_sources` when left out.
    """

    def __init__(self, folder: Path = STATIC, modules: Path | None = None) -> None:
        self.folder = folder
        self.modules = modules or module_sources()

    def url(self, path: str) -> str | None:
        """The address of ``static/<path>``, stamped; of a script that was not built, that of its source.

        None when there is neither. A source has no stamp: modules import each other by their plain addresses, and
        a browser would run a module once for each of two.
        """
        file = self.folder / path
        try:
            stat = file.stat()
        except OSError:
            name = Path(path).name
            found = path.startswith("dist/") and name.endswith(".js") and (self.modules / name).is_file()
            return f"/static/modules/{name}" if found else None
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
