"""The package's source, highlighted, with a link to every line."""

from functools import lru_cache

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse

from groundup.app.context import context_of
from groundup.app.pages import page
from groundup.course.render import source_page
from groundup.course.source import module_file

router = APIRouter()


@router.get("/source/{module}")
def source(request: Request, module: str) -> HTMLResponse:
    """A module."""
    if module_file(module) is None:
        raise HTTPException(404, f"There is no module {module}.")
    catalog = context_of(request).catalog
    taught = [
        lesson for lesson in catalog.lessons.values() if any(_part(module, name) for name in lesson.front.implements)
    ]
    return page(
        request, "source.html", module=module, source=module_html(module), lessons=taught, siblings=modules_of(module)
    )


def _part(module: str, implemented: str) -> bool:
    return module == implemented or module.startswith(implemented + ".")


def modules_of(name: str) -> list[str]:
    """A module alone, or a package with its modules, in the order in which one reads them."""
    file = module_file(name)
    if file is None:
        return []
    if file.name != "__init__.py":
        parent = name.rpartition(".")[0]
        return modules_of(parent) if parent.count(".") > 1 else [name]
    stems = sorted((part.stem for part in file.parent.glob("*.py") if part.stem != "__init__"), key=_compiled_last)
    return [name, *(f"{name}.{stem}" for stem in stems)]


def _compiled_last(stem: str) -> tuple[bool, str]:
    return stem.startswith("_"), stem


def module_html(module: str) -> str:
    """A whole module as HTML, made again when the file changes."""
    file = module_file(module)
    return _module_html(module, file.stat().st_mtime_ns if file else 0)


@lru_cache(maxsize=64)
def _module_html(module: str, _modified: int) -> str:
    return source_page(module)
