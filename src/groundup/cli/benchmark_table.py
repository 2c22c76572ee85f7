"""``benchmarks/results/README.md``: recorded benchmarks as a Markdown table, rows replaced by name and threads."""

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groundup.cli.console import amount, seconds

if TYPE_CHECKING:
    from groundup.bench import Budget, Row

__all__ = ["write"]

HEAD = """# Benchmarks

Ours beside the reference library and a from-scratch peer, in one interleaved run with equal precision and threads;
medians. `of reference` is a time divided by the reference's: below 1 is faster. Made by `groundup bench --record`.

| benchmark | threads | work | contestant | time | of reference | wanted | peak memory | score | date | machine |
|---|---|---|---|---|---|---|---|---|---|---|
"""
BUDGETS = """
## The product's own budgets

| budget | what | measured | limit | date | machine |
|---|---|---|---|---|---|
"""
_BUDGET = re.compile(r"^\| `(?P<name>[^`]+)` \| (?!\d+ \|)")
_ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<threads>\d+) \|")


def write(file: Path, rows: "list[Row]", threads: int, spent: "Sequence[tuple[Budget, float]]" = ()) -> None:
    """Put `rows` and budgets into their tables, in the place of earlier ones of the same name and threads."""
    from groundup.proofs.recording import machine

    today, where = datetime.date.today().isoformat(), machine()
    renewed = {row.name for row in rows}
    lines = [_line(row, threads, today, where) for row in rows]
    budgets = {
        budget.name: f"| `{budget.name}` | {budget.work} | {amount(value, budget.unit)} "
        f"| {amount(budget.limit, budget.unit)} | {today} | {where} |"
        for budget, value in spent
    }
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        if found := _ROW.match(line):
            if not (found["name"] in renewed and int(found["threads"]) == threads):
                lines.append(line)
        elif found := _BUDGET.match(line):
            budgets.setdefault(found["name"], line)
    lines.sort(key=lambda line: line.split("|")[1:3])
    file.parent.mkdir(parents=True, exist_ok=True)
    text = HEAD + "\n".join(lines) + "\n"
    if budgets:
        text += BUDGETS + "\n".join(budgets[name] for name in sorted(budgets)) + "\n"
    file.write_text(text, encoding="utf-8")


def _line(row: "Row", threads: int, date: str, where: str) -> str:
    who = row.contestant + (f" (scaled by {row.scaled:g})" if row.scaled != 1 else "")
    wanted = f"≤ {row.reach:g}" if row.contestant == "ours" else ""
    score = "" if row.score is None else f"{row.score_name} {row.score:.3g}".strip()
    memory = f"{row.peak_bytes / 1e6:.1f} MB"
    cells = [f"`{row.name}`", str(threads), row.work, who, seconds(row.seconds), f"{row.ratio:.2f}", wanted, memory]
    return "| " + " | ".join([*cells, score, date, where]).replace("\n", " ") + " |"
