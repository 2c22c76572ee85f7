"""`create_app`: the pieces put together. Every module in ``routes/`` that binds ``router`` is included.

A route module may also bind ``lifespan(app)``, an async context manager entered when the server starts
(a kernel registry, say) and left when it stops.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from groundup.app import routes
from groundup.app.assets import STATIC, Assets, StampedFiles
from groundup.app.context import Context
from groundup.app.pages import page
from groundup.app.security import Gate, SecurityMiddleware
from groundup.app.settings import Settings
from groundup.course.catalog import Catalog
from groundup.course.progress import Store, StoreError

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, *, catalog: Catalog | None = None) -> FastAPI:
    """Make the app.

    Parameters
    ----------
    settings : Settings, optional
        Address and folders; the defaults of `Settings` when left out.
    catalog : Catalog, optional
        The course's content; loaded from ``settings.lessons`` when left out.

    Returns
    -------
    FastAPI
        With its `Context` in ``app.state.context``.
    """
    settings = settings or Settings()
    gate = Gate(settings)
    modules = [import_module(f"{routes.__name__}.{found.name}") for found in iter_modules(routes.__path__)]
    app = FastAPI(title="groundup", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(modules))
    app.state.context = Context(
        settings=settings,
        gate=gate,
        assets=Assets(),
        catalog=catalog or Catalog.load(settings.lessons, strict=False),
        store=Store(settings.database),
    )
    for module in modules:
        if hasattr(module, "router"):
            app.include_router(module.router)
    modules_folder = app.state.context.assets.modules
    app.mount("/static/modules", StampedFiles(directory=modules_folder, check_dir=False), name="modules")
    app.mount("/static", StampedFiles(directory=STATIC), name="static")
    app.add_middleware(SecurityMiddleware, gate=gate)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(StoreError, _store_error)
    app.add_exception_handler(Exception, _fault)
    return app


def _lifespan(modules: list[ModuleType]):
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for module in modules:
                if hasattr(module, "lifespan"):
                    await stack.enter_async_context(module.lifespan(app))
            yield
        app.state.context.store.close()

    return lifespan


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _wants_page(request):
        return page(request, "error.html", status=error.status_code, code=error.status_code, message=error.detail)
    return JSONResponse({"error": str(error.status_code), "message": error.detail}, error.status_code)


def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _wants_page(request) and request.method == "GET":  # an address with a part that no page has
        return page(request, "error.html", status=404, code=404, message="There is no page of that name.")
    faults = "; ".join(f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in error.errors())
    return JSONResponse({"error": "request", "message": faults}, 422)


def _store_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    if _wants_page(request):
        return page(request, "error.html", status=507, code="Not saved", message=str(error))
    return JSONResponse({"error": error.kind, "message": str(error)}, 507)


def _fault(request: Request, error: Exception) -> Response:
    message = "Something went wrong in the course itself. What was saved is kept; the terminal shows the details."
    if _wants_page(request):
        return page(request, "error.html", status=500, code="A fault of ours", message=message)
    return JSONResponse({"error": "fault", "message": message}, 500)
