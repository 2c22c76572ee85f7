"""``groundup list``, ``search``, ``audit`` and ``export``: what the course holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundup.cli.console import Json, Refusal, catalog, known, print_json, terminal

if TYPE_CHECKING:
    from groundup.course.audit import Finding
    from groundup.course.catalog import Catalog

__all__ = ["audit", "export", "list_", "search"]


def list_(
    track: Annotated[str | None, typer.Argument(help="Show one track only.")] = None,
    planned: Annotated[bool, typer.Option("--planned", help="Also concepts without a lesson yet.")] = False,
    json: Json = False,
) -> None:
    """Show lessons with track, prerequisites and state."""
    course = catalog(strict=False)
    if track is not None:
        track = known(track, course.tracks, "track")
    rows = [_row(course, id) for id in course.graph.order() if planned or id in course.lessons]
    rows = [row for row in rows if track in (None, row["track"])]
    if json:
        print_json(rows)
    else:
        _table_of_lessons(rows)
    if course.faults:
        raise Refusal("\n".join(["lessons that cannot be read:", *map(str, course.faults)]))


def _row(course: "Catalog", id: str) -> dict[str, Any]:
    lesson = course.lessons.get(id)
    return {
        "id": id,
        "title": course.title(id),
        "track": course.track(id),
        "requires": list(course.graph.requires(id)),
        "state": course.state(id),
        "minutes": lesson.front.minutes if lesson else None,
        "exercises": [e for e in course.exercises if e.startswith(f"{id}/")] if lesson else [],
    }


def _table_of_lessons(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("id", "title", "track", "state", "needs", "exercises", box=None, header_style="bold")
    for row in rows:
        exercises = ", ".join(e.split("/")[1] for e in row["exercises"])
        table.add_row(row["id"], row["title"], row["track"], row["state"], ", ".join(row["requires"]), exercises)
    terminal().print(table if rows else "no lesson yet; --planned shows what is to come")


def search(
    query: Annotated[str, typer.Argument(help="Words to look for in titles and text.")],
    limit: Annotated[int, typer.Option(min=1, help="How many passages at most.")] = 10,
    json: Json = False,
) -> None:
    """Find passages in lessons."""
    from groundup.course.search import search as find

    hits = find(catalog(strict=False), query, limit)
    if json:
        names = ("lesson", "title", "heading", "anchor", "excerpt")
        print_json([{name: getattr(hit, name) for name in names} for hit in hits])
    else:
        from rich.markup import escape

        out = terminal()
        for hit in hits:
            out.print(f"[bold]{escape(hit.title)}[/] · {escape(hit.heading)}  [dim]{hit.lesson}#{hit.anchor}[/]")
            out.print(f"  {escape(hit.excerpt)}")
    if not hits:
        raise Refusal(f"nothing found for {query!r}")


def audit(
    complete: Annotated[bool, typer.Option("--complete", help="The named concepts have to be complete.")] = False,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Concepts; all when left out.")] = None,
    json: Json = False,
) -> None:
    """Say what lessons lack. Fails for a concept that is called complete, or is named with --complete."""
    from groundup.course.audit import audit as examine
    from groundup.course.audit import complete as require

    course = catalog(strict=False)
    chosen = [known(id, course.inventory, "concept") for id in ids or []]
    if complete and not chosen:
        raise Refusal("--complete needs the concepts that have to be complete", code=2)
    findings = require(course, chosen) if complete else examine(course)
    if chosen and not complete:
        findings = [f for f in findings if f.concept in chosen]
    failing = [f for f in findings if f.severity == "error" or (complete and f.severity == "missing")]
    if json:
        print_json([_finding(f) | {"fails": f in failing} for f in findings])
    else:
        out = terminal()
        for finding in findings:
            out.print(str(finding), markup=False, soft_wrap=True)
        out.print(f"{len(findings)} findings, {len(failing)} of them fail" if findings else "nothing is missing")
    if failing:
        raise typer.Exit(1)


def _finding(finding: "Finding") -> dict[str, Any]:
    names = ("severity", "concept", "message", "line")
    return {name: getattr(finding, name) for name in names} | {"file": str(finding.file) if finding.file else None}


def export(
    lesson: Annotated[str, typer.Argument(help="A lesson's id.")],
    to: Annotated[str, typer.Option("--to", help="The format: ipynb.")] = "ipynb",
    out: Annotated[
        Path | None, typer.Option("--out", help="The file; LESSON.ipynb when left out, - for the screen.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that differs.")] = False,
) -> None:
    """Write a lesson as a Jupyter notebook."""
    import sys

    if to != "ipynb":
        raise Refusal(f"--to is {to!r}; the one format there is is ipynb", code=2)
    course = catalog()
    chosen = course.lessons[known(lesson, course.lessons, "lesson")]
    import nbformat

    from groundup.course.export import to_notebook

    text = nbformat.writes(to_notebook(chosen)) + "\n"
    if out == Path("-"):
        sys.stdout.write(text)
        return
    file = out or Path(f"{chosen.id}.ipynb")
    try:
        if not force and file.exists() and file.read_bytes() != text.encode():
            raise Refusal(f"{file} is there and differs, perhaps by your own changes; --force writes over it", code=2)
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise Refusal(f"cannot write {file}: {fault.strerror}") from None
    terminal().print(f"wrote {file}", markup=False)
