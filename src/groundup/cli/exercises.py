"""``groundup check``, ``watch`` and ``reset``: exercises without a browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundup.cli.console import Json, Refusal, catalog, known, print_json, terminal

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise
    from groundup.course.grading import CaseResult, Report
    from groundup.course.progress import Store

__all__ = ["check", "graded", "open_store", "reset", "show_report", "watch"]

FOLDER = Path("groundup-exercises")
Where = Annotated[Path, typer.Option("--folder", help="The working folder.")]


def open_store() -> "Store":
    """The learner's progress; a fault of its file is a refusal."""
    from groundup.course.progress import Store
    from groundup.course.progress.errors import StoreError

    try:
        store = Store()
    except StoreError as fault:
        raise Refusal(str(fault)) from None
    if store.notice:
        terminal().print(store.notice, markup=False)
    return store


def check(
    exercise: Annotated[str, typer.Argument(help="LESSON/NAME, or NAME when only one lesson has it.")],
    file: Annotated[Path | None, typer.Option("--file", "-f", help="The solution; - reads standard input.")] = None,
    folder: Where = FOLDER,
    json: Json = False,
) -> None:
    """Grade a solution. Without --file: the one in the working folder, else the draft of the browser."""
    course = catalog(strict=False)
    chosen = course.exercises[known(exercise, course.exercises, "exercise")]
    report = graded(chosen, _code(chosen.id, file, folder))
    if json:
        print_json(report.to_json())
    else:
        show_report(report)
    if not report.passed:
        raise typer.Exit(1)


def graded(exercise: "Exercise", code: str) -> "Report":
    """The report of a grading; a refusal where its processes do not start, as on a machine that is out of memory."""
    from groundup.course.grading import grade

    try:
        return grade(exercise, code)
    except RuntimeError as fault:
        said = str(fault).strip().rstrip(".:")
        raise Refusal(f"{said}. Try again; groundup doctor looks at what grading needs.") from None


def _code(exercise: str, file: Path | None, folder: Path) -> str:
    if file is None:
        file = folder / f"{exercise}.py"
        if not file.is_file():
            store = open_store()
            draft = store.draft("exercise", *exercise.split("/", 1))
            store.close()
            if draft is None:
                raise Refusal(f"there is no {file} and no draft of {exercise}; name your solution with --file", code=2)
            return draft.text
    if file == Path("-"):
        return typer.get_text_stream("stdin").read()
    try:
        return file.read_text(encoding="utf-8")
    except OSError as fault:
        raise Refusal(f"cannot read {file}: {fault.strerror}", code=2) from None
    except UnicodeDecodeError:
        raise Refusal(f"{file} is not a text file in UTF-8", code=2) from None


def show_report(report: "Report") -> None:
    """Cases with a mark each, then everything about the first that failed."""
    from rich.text import Text

    out = terminal()
    marks = {"pass": ("✓", "green"), "fail": ("✗", "red"), "error": ("!", "red")}
    for case in report.cases:
        left_out = case.message.startswith("Not run:")
        mark, style = ("·", "dim") if left_out else marks[case.status]
        took = "not run" if left_out else f"{case.seconds * 1000:.0f} ms"
        out.print(Text.assemble((f" {mark} ", style), case.name, (f"  {took}", "dim")))
    failed = next((case for case in report.cases if case.status != "pass"), None)
    if failed is None:
        if report.message:
            out.print(Text(f"\n{report.message}", "bold"))
    else:
        _show_case(failed)
    passed = sum(case.status == "pass" for case in report.cases)
    verdict = "solved" if report.passed else "not yet"
    counted = f": {passed} of {len(report.cases)} cases, {report.seconds:.1f} s" if report.cases else ""
    out.print(f"\n{verdict}{counted}", markup=False)


def _show_case(case: "CaseResult") -> None:
    """What was called, what came, what was expected, and the likely mistake."""
    from rich.text import Text

    out = terminal()
    out.print(Text.assemble("\n", (case.name, "bold"), f": {case.message}"))
    lines = {"call": case.call, "got": case.got, "expected": case.expected, "printed": case.output.rstrip()}
    lines |= {"likely": case.mistake, "": case.hint}
    for label, value in lines.items():
        if value:
            indented = value.replace("\n", "\n" + " " * 11)
            out.print(Text.assemble((f"{label:>9}  ", "dim"), (indented, "yellow" if label == "likely" else "")))


def watch(
    exercise: Annotated[str | None, typer.Argument(help="Begin here; the first unsolved one when left out.")] = None,
    folder: Where = FOLDER,
) -> None:
    """Work through exercises in an editor of your own: each save is graded.

    Keys: h hint, n next, l list, r grade again, q quit.
    """
    from groundup.cli.watching import Session, loop

    course = catalog(strict=False)
    first = known(exercise, course.exercises, "exercise") if exercise else None
    store = open_store()
    try:
        loop(Session(course, store, folder, first))
    finally:
        store.close()


def reset(
    exercise: Annotated[str | None, typer.Argument(help="The exercise to begin afresh.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All drafts, attempts and positions.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget drafts, attempts and hints of one exercise, or of all, after asking."""
    if (exercise is None) != everything:
        raise Refusal("name an exercise, or give --all", code=2)
    course = catalog(strict=False)
    chosen = known(exercise, course.exercises, "exercise") if exercise else None
    if not yes:
        typer.confirm(f"Forget drafts, attempts and hints of {chosen or 'ALL exercises and lessons'}?", abort=True)
    from groundup.course.progress.errors import StoreError

    store = open_store()
    try:
        copy = store.reset(chosen)
    except StoreError as fault:
        raise Refusal(str(fault)) from None
    finally:
        store.close()
    terminal().print(f"reset {chosen or 'everything'}; a copy of what was is {copy}", markup=False)
