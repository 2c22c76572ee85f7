"""What must hold of every grader, checked in this process: graders and solutions are trusted here, answers are not run.

`faults` lists what is wrong with a grader; `cheats` makes the answers that must fail. The suite over all lessons
(tests/lessons/test_exercises.py) and authors use both.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from groundup.course.grading import values
from groundup.course.grading.compare import equal
from groundup.course.grading.grader import Case, Grader, load_grader
from groundup.course.grading.judge import answer, verdict

__all__ = ["Cheat", "cheats", "faults"]

SALTS = (0, 1, 2)


@dataclass(frozen=True)
class Cheat:
    """An answer that must not pass: its name, its code, and part of what it must be told (or empty)."""

    name: str
    code: str
    told: str = ""


@threadpool_limits.wrap(limits=1)  # as in the judge; on a busy machine, threads that wait for each other cost minutes
def faults(folder: Path, solution: str) -> list[str]:
    """What is wrong with the grader in `folder`, a sentence each; empty when nothing is.

    Parameters
    ----------
    folder : Path
    solution : str
        Source of the exercise's own solution, which must be right for several draws of the numbers.
    """
    found = []
    graders = [load_grader(folder, salt) for salt in SALTS]
    drawn = [[(case, values.encode(case.kwargs)) for case in grader.all_cases()] for grader in graders]
    if len(drawn[0]) < 2:
        found.append("cases: one case alone can be answered by a constant")
    if all(a[1] == b[1] for a, b in zip(drawn[0], drawn[1], strict=False)):
        found.append("cases: the numbers never change with the seed; draw them with numpy.random.default_rng")
    if [case.name for case, _ in drawn[0]] != [case.name for case, _ in drawn[1]]:
        found.append("cases: names must not depend on the numbers drawn")
    for grader, cases in zip(graders, drawn, strict=True):
        right = [_right(grader, case, frame, found) for case, frame in cases]
        if not grader.script:
            found += _solution_faults(grader, cases, right, solution)
        if grader is graders[0]:
            found += _mistake_faults(grader, cases, right)
    return list(dict.fromkeys(found))


def _right(grader: Grader, case: Case, frame: bytes, found: list[str]) -> Any:
    """The reference's answer, None without a reference; adds the reference's own faults to `found`."""
    if grader.reference is None:
        return None
    kwargs = values.open_frame(frame, worker=True)
    with np.errstate(all="ignore"):
        right = values.open_frame(values.encode(grader.reference(**kwargs)))
    if values.encode(kwargs) != frame:
        found.append(f"reference: changes its input in the case {case.name!r}")
    if (wrong := verdict(grader, case, right, right)) is not None:
        found.append(f"reference: its own answer is refused in the case {case.name!r} (draw {grader.salt}): {wrong}")
    return right


def _solution_faults(grader: Grader, cases: list[tuple[Case, bytes]], right: list[Any], solution: str) -> list[str]:
    found = []
    for (case, _), expected, got in zip(cases, right, _solved(grader, cases, solution), strict=True):
        if (wrong := verdict(grader, case, got, expected)) is not None:
            found.append(f"solution: fails in the case {case.name!r} (draw {grader.salt}): {wrong}")
    return found


def _solved(grader: Grader, cases: list[tuple[Case, bytes]], solution: str) -> list[Any]:
    names: dict[str, Any] = {"__name__": "solution"}
    exec(compile(solution, "solution.py", "exec"), names)
    solve = names[grader.functions[0]]
    with np.errstate(all="ignore"):
        answers = [solve(**values.open_frame(frame, worker=True)) for _, frame in cases]
    return [values.open_frame(values.encode(a)) for a in answers]


def _mistake_faults(grader: Grader, cases: list[tuple[Case, bytes]], right: list[Any]) -> list[str]:
    found, erring = [], {}
    for sentence, errs in grader.mistakes.items():
        row = []
        for (case, frame), expected in zip(cases, right, strict=True):
            try:
                mistaken = answer(grader, frame, errs)
            except Exception as error:
                row.append((type(error).__name__, None))
                continue
            wrong = verdict(grader, case, mistaken, expected) is not None
            row.append(("wrong" if wrong else "right", mistaken))
        if not any(kind == "wrong" for kind, _ in row):
            found.append(f"MISTAKES: {sentence!r} is never wrong ({', '.join(kind for kind, _ in row)})")
        for other, theirs in erring.items():
            if all(_same(grader, a, b) for a, b in zip(row, theirs, strict=True)):
                found.append(f"MISTAKES: {sentence!r} gives the same answers as {other!r}")
        erring[sentence] = row
    return found


def _same(grader: Grader, a: tuple[str, Any], b: tuple[str, Any]) -> bool:
    return a[0] == b[0] and (a[0] == "right" or equal(a[1], b[1], grader.rtol, grader.atol))


def _literal(frame: bytes) -> str:
    return f"values.open_frame(base64.b64decode({base64.b64encode(frame).decode()!r}))"


IMPORTS = "import base64\nfrom groundup.course.grading import values\n"


def cheats(folder: Path, solution: str) -> Iterator[Cheat]:
    """Answers that are constant, give arguments back, change them, use what is forbidden, or look answers up."""
    grader = load_grader(folder)
    cases = [(case, values.encode(case.kwargs)) for case in grader.all_cases()]
    for name in grader.forbidden:
        parent, _, last = name.rpartition(".")
        line = f"from {parent} import {last}" if parent else f"import {name}"
        yield Cheat(f"uses {name}", f"{line}\n{solution}", "asks you to do without it")
    first = grader.functions[0]
    rest = "".join(f"{name} = {first}\n" for name in grader.functions[1:])
    yield Cheat("nothing", f"def {first}(*args, **kwargs):\n    return None\n{rest}")
    if grader.script:
        return
    arguments = list(cases[0][0].kwargs)
    for name in arguments:
        yield Cheat(f"gives {name} back", f"def {first}({', '.join(arguments)}):\n    return {name}\n")
    answers = [values.encode(got) for got in _solved(grader, cases, solution)]
    for number, frame in enumerate(dict.fromkeys(answers)):
        yield Cheat(f"constant {number}", f"{IMPORTS}\ndef {first}(**kwargs):\n    return {_literal(frame)}\n")
    table = ", ".join(f"{f!r}: {_literal(a)}" for (_, f), a in zip(cases, answers, strict=True))
    look = f"return TABLE.get(values.encode(kwargs), {_literal(answers[0])})"
    yield Cheat(
        "looks answers up",
        f"{IMPORTS}TABLE = {{{table}}}\n\ndef {first}(**kwargs):\n    {look}\n",
        "fresh numbers" if len(table) < 150_000 else "",
    )
    changed = [name for name in arguments if _can_change(cases[0][0].kwargs[name])]
    for name in changed[:1]:
        yield Cheat(
            f"changes {name}",
            f"{solution}\n_solve = {first}\n\ndef {first}(**kwargs):\n    answer = _solve(**kwargs)\n"
            f"    x = kwargs[{name!r}]\n    x.append(0) if isinstance(x, list) else x.fill(0)\n    return answer\n",
            "changed its input",
        )


def _can_change(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(value.size) and value.dtype.kind in "iufcb" and bool(np.any(value != 0))
    return isinstance(value, list)
