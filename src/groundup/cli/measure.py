"""``groundup verify`` and ``bench``: is it right, is it fast, on this machine."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundup.cli.console import Json, Refusal, amount, print_json, seconds, terminal

if TYPE_CHECKING:
    from groundup.bench import Budget, Row

__all__ = ["bench", "verify"]

Record = Annotated[bool, typer.Option("--record", help="Keep the result in the checkout.")]


def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[FAMILY]...", help="Families or modules; all.")] = None,
    json: Json = False,
    record: Record = False,
) -> None:
    """Compare implementations with their reference libraries, here and now."""
    from groundup.proofs import recording

    try:
        modules = recording.select(names or [])
    except LookupError as unknown:
        raise Refusal(unknown.args[0], code=2) from None
    results = []
    for module in modules:
        result = recording.outcome(module)
        results.append(result)
        if not json:
            _show_proof(result)
        if record:
            try:
                recording.record(result)
            except ValueError as why:
                typer.echo(f"groundup: {why}", err=True)
    if json:
        print_json(results)
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


def _show_proof(result: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = terminal()
    if result["missing"]:
        where = f"recorded on {result['date']}, {result['machine']}" if result["date"] else "and nothing is recorded"
        out.print(f"{result['module']}: {', '.join(result['missing'])} not installed here; {where}", markup=False)
    out.print(Text(f"\n{result['module']}", "bold"))
    table = Table(box=None, header_style="bold")
    for name in ("", "check", "beside", "cases", "worst error", "allowed", "ours", "reference"):
        table.add_column(
            name, justify="right" if name in ("cases", "worst error", "allowed", "ours", "reference") else "left"
        )
    for line in result["checks"]:
        mark = Text("✓", "green") if line["ok"] else Text("✗", "red")
        error = "-" if line["error"] is None else f"{line['error']:.1e}"
        times = seconds(line["ours_seconds"]), seconds(line["reference_seconds"])
        name = line["check"] + (f" (recorded {line['recorded']})" if line["recorded"] else "")
        table.add_row(mark, name, line["reference"], str(line["cases"]), error, f"{line['tolerance']:.1e}", *times)
    out.print(table)
    for line in result["checks"]:
        if not line["ok"]:
            out.print(
                f"  ✗ {line['check']}, case {line['worst']!r}: {line['message'] or 'over the tolerance'}", markup=False
            )


def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Parts of names; all.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads for BLAS, Numba and torch alike.")] = 1,
    json: Json = False,
    record: Record = False,
) -> None:
    """Time ours beside the reference in one run. Exit code 1 when one misses what it has to reach."""
    from groundup import bench as harness
    from groundup import paths

    try:
        chosen = list(harness.discover(tuple(names or ())))
        budgets = list(harness.budgets(tuple(names or ())))
    except FileNotFoundError as fault:
        raise Refusal(str(fault)) from None
    if not chosen and not budgets:
        everything = ", ".join(dict.fromkeys(b.name.split("/")[0] for b in [*harness.discover(), *harness.budgets()]))
        raise Refusal(
            f"no benchmark is named like {' or '.join(names or [])}; there are {everything or 'none'}", code=2
        )
    root = paths.checkout() if record else None

    def keep(rows: "list[Row]", spent: "list[tuple[Budget, float]]") -> None:
        """At once, so that what was measured outlives what interrupts the next."""
        if root is not None:
            from groundup.cli.benchmark_table import write

            write(root / "benchmarks" / "results" / "README.md", rows, threads, spent)

    rows: list[Row] = []
    for benchmark in chosen:
        measured = harness.measure(benchmark, threads)
        rows += measured
        keep(measured, [])
        if not json:
            _show_benchmark(measured)
    spent: list[tuple[Budget, float]] = []
    for budget in budgets:
        spent.append((budget, budget.measure()))
        keep([], spent[-1:])
        if not json:
            _show_budget(*spent[-1])
    if json:
        print_json(
            [dataclasses.asdict(row) | {"threads": threads} for row in rows]
            + [{"name": b.name, "work": b.work, "value": value, "limit": b.limit, "unit": b.unit} for b, value in spent]
        )
    missed = any(row.contestant == "ours" and row.ratio > row.reach for row in rows)
    if missed or any(value > budget.limit for budget, value in spent):
        raise typer.Exit(1)


def _show_budget(budget: "Budget", value: float) -> None:
    verdict = "kept" if value <= budget.limit else "MISSED"
    line = (
        f"{budget.name}: {budget.work}: {amount(value, budget.unit)} of {amount(budget.limit, budget.unit)}, {verdict}"
    )
    terminal().print(line, markup=False, soft_wrap=True)


def _show_benchmark(rows: "list[Row]") -> None:
    from rich.table import Table

    out = terminal()
    out.print(f"{rows[0].name}: {rows[0].work}", markup=False, style="bold", soft_wrap=True)
    table = Table(box=None, header_style="bold")
    for name in ("", "time", "of reference", "peak memory", rows[0].score_name or "score"):
        table.add_column(name, justify="left" if not name else "right")
    for row in rows:
        who = row.contestant + (f" (time scaled by {row.scaled:g})" if row.scaled != 1 else "")
        score = "" if row.score is None else f"{row.score:.3g}"
        table.add_row(who, seconds(row.seconds), f"{row.ratio:.2f}", f"{row.peak_bytes / 1e6:.1f} MB", score)
    out.print(table)
    ours = next((row for row in rows if row.contestant == "ours"), None)
    if ours is not None:
        verdict = "reached" if ours.ratio <= ours.reach else "MISSED"
        out.print(f"  at most {ours.reach:g} of the reference's time is wanted: {verdict}\n", markup=False)
