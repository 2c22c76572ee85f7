"""The sentences a learner reads when the code gave no answer. Plain, with the line, and with what to do."""

import difflib
import signal
from dataclasses import dataclass
from typing import Any

__all__ = ["Told", "changed", "ended", "missing", "raised", "text"]

LOOP = "Is there a loop that never ends?"
SANDBOX = "Exercises run without network, other processes, and files outside their own folder."


@dataclass(frozen=True)
class Told:
    """A sentence, the learner's line, and the traceback cut to the learner's lines."""

    message: str
    line: int | None
    trace: str


def _source(line: int | None, lines: list[str]) -> str:
    return lines[line - 1].strip() if line and 0 < line <= len(lines) else ""


def _place(line: int | None, lines: list[str]) -> str:
    return f"line {line} (`{_source(line, lines)}`)" if line else ""


def text(value: Any, limit: int = 500) -> str:
    """What the worker sent as a text, none of it to be trusted: cut, and empty when it is none."""
    told = value if isinstance(value, str) else ""
    return told if len(told) <= limit else told[: limit - 2] + " …"


def raised(reply: dict[str, Any], lines: list[str], seconds: float) -> Told:
    """For an exception: `reply` is what the worker told, none of it to be trusted."""
    line = reply.get("line") if type(reply.get("line")) is int else None
    kind, name, message = text(reply.get("kind")), text(reply.get("type"), 80), text(reply.get("message"))
    bases = reply.get("bases") if isinstance(reply.get("bases"), list) else []
    place = _place(line, lines)
    at = f" in {place}" if place else ""
    trace = _trace(reply, lines, f"{name}: {message}" if message else name)
    if kind == "time":
        said = f"Your code was still running after {seconds:g} s{at}. {LOOP}"
    elif kind == "forbidden":
        said = f"Line {line} imports {message}: this exercise asks you to do without it."
    elif kind == "blocked":
        said = f"Your code {message}{at}. {SANDBOX}"
    elif name == "NotImplementedError":
        said = f"Not written yet: {place or 'a function'} says NotImplementedError."
    elif "SystemExit" in bases:  # pyright: ignore[reportOperatorIssue]
        said = f"Your code asked to quit{at} (sys.exit or quit). Return the answer instead."
    elif "KeyboardInterrupt" in bases:  # pyright: ignore[reportOperatorIssue]
        said = f"Your code was interrupted{at}."
    elif "RecursionError" in bases:  # pyright: ignore[reportOperatorIssue]
        said = f"A function calls itself without end{at}: is there a case that stops it?"
    elif "MemoryError" in bases:  # pyright: ignore[reportOperatorIssue]
        said = f"Your code asked for more memory than it may use{at}. {_sentence(message)}".rstrip()
    elif "PermissionError" in bases:  # pyright: ignore[reportOperatorIssue]
        said = f"Your code was not allowed to do that{at}: {name}: {message}. {SANDBOX}"
    elif isinstance(reply.get("script_line"), int) and not line:
        said = f"The test's line {reply['script_line']} raised {name}: {message}"
    else:
        said = f"{place[:1].upper() + place[1:] if place else 'The call'} raised {name}" + (
            f": {message}" if message else "."
        )
    return Told(said, line, trace)


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else text + "."


def _trace(reply: dict[str, Any], lines: list[str], last: str) -> str:
    steps = reply.get("trace")
    told, depth = [], reply.get("depth")
    for step in steps[:8] if isinstance(steps, list) else []:
        if isinstance(step, list) and len(step) == 2 and type(step[0]) is int:
            told.append(f"  line {step[0]}, in {text(step[1], 80)}\n    {_source(step[0], lines)}")
    if type(depth) is int and depth > len(told) > 2:
        told.insert(2, f"  … {depth - len(told)} more calls …")
    return "\n".join([*told, last]) if told else last


def changed(reply: dict[str, Any], lines: list[str]) -> tuple[str, int | None]:
    """For a function that wrote into its arguments."""
    names = [f"`{text(n, 60)}`" for n in reply.get("names", []) if isinstance(n, str)]
    line = reply.get("line") if type(reply.get("line")) is int else None
    where = f", {_place(line, lines)}" if line else ""
    said = f"Your function changed its input {', '.join(names)}{where}."
    return f"{said} The caller still needs it: work on a copy, or make a new array.", line


def ended(verdict: dict[str, Any], seconds: float, when: str) -> str:
    """For a worker that is gone."""
    why, code, number = verdict.get("why"), verdict.get("code"), verdict.get("signal")
    known = {
        "time": f"Your code was still running after {seconds:g} s {when} and had to be stopped. {LOOP}",
        "memory": f"Your code used more memory than it may and was stopped {when}.",
        "processes": f"Your code started too many processes or threads and was stopped {when}. {SANDBOX}",
        "files": f"Your code wrote more into files than it may and was stopped {when}.",
        "garbled": f"What came back {when} is not an answer: your code changed how the grader's worker answers.",
    }
    if why in known:
        return known[why]
    if why == "ended" and number == signal.SIGXCPU:
        return f"Your code used too much processor time {when} and was stopped. {LOOP}"
    if why == "ended" and number == signal.SIGKILL:
        return f"Your code was killed by the system {when}; most often it asked for too much memory."
    if why == "ended" and number:
        return f"Your code crashed Python {when} ({signal.Signals(number).name})."
    if why == "ended":
        return (
            f"Your code ended the process {when}, with exit code {code} (os._exit, for instance), and gave no answer."
        )
    return f"The worker was lost {when}; please run again."


def missing(wanted: str, names: list[Any]) -> str:
    """For a name that the code does not define."""
    near = difflib.get_close_matches(wanted, [n for n in names if isinstance(n, str)][:500], 1, 0.6)
    if near:
        return f"`{wanted}` is not defined, but `{near[0]}` is: is it the same under another name?"
    return f"`{wanted}` is not defined. The tests call it by this name."
