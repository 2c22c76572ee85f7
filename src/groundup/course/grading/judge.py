"""The trusted side of one grading: it holds the grader, asks the worker case by case, and judges what comes back."""

import json
import socket
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from groundup.course.grading import messages, values
from groundup.course.grading.compare import equal, fault
from groundup.course.grading.grader import Case, Grader, GraderError, load_grader
from groundup.course.grading.link import PATIENCE, Gone, Link, Slow, at_most
from groundup.course.grading.report import CaseResult
from groundup.course.grading.show import call_text, kind_of, setup_text, show
from groundup.course.grading.source import inspect_source

__all__ = ["Judge", "answer", "run", "verdict"]

FRESH = "fresh numbers"
LONGEST = 2000  # characters of one message


class Stopped(Exception):
    """Nothing more can be asked; `message` and `line` are for the learner."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def answer(grader: Grader, frame: bytes, mistake: dict[str, Any] | None = None) -> Any:
    """The reference's answer as plain data, made to err when a mistake is given."""
    if grader.reference is None:
        raise GraderError("reference", "is not there to answer a case")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = grader.reference(**values.open_frame(frame, worker=True), **(mistake or {}))
    return values.open_frame(values.encode(found))


def verdict(grader: Grader, case: Case, got: Any, expected: Any) -> str | None:
    """None when `got` answers `case`, else what is wrong with it: by `judge`, by `check`, or by comparison."""
    own = "judged" if grader.judge else "checked"
    try:
        if grader.judge:
            return grader.judge(got, case)
        if grader.check:
            return grader.check(got, expected, case.kwargs)
    except Exception as error:
        return f"The answer, {kind_of(got)}, could not be {own}: {type(error).__name__}: {error}"
    return fault(got, expected, rtol=grader.rtol, atol=grader.atol, dtype=grader.dtype)


class Judge:
    """Judges one answer.

    Parameters
    ----------
    folder : Path
        Of the exercise.
    code : str
    link : Link
        To the worker.
    seconds : float
        For all cases of a round.
    """

    def __init__(self, folder: Path, code: str, link: Link, seconds: float) -> None:
        self.folder, self.code, self.link, self.seconds = folder, code, link, seconds
        self.lines = code.splitlines()
        self.left = seconds
        self.suspects: list[str] | None = None  # mistakes that explain every wrong answer so far

    def results(self) -> Iterator[CaseResult]:
        """Loads the code and yields the result of each case as it is known; raises Stopped when nothing can be run."""
        grader = load_grader(self.folder)
        if found := inspect_source(self.code, grader.forbidden):
            raise Stopped(found.message, found.line)
        try:
            self.link.wait_ready()
        except Gone:
            said = self.link.text().strip().rpartition("\n")[2]
            raise Stopped(f"The worker could not be started, so nothing of your code was run: {said}") from None
        self._load(grader)
        passed = True
        for result in self._round(grader):
            passed = passed and result.status == "pass"
            yield result
        if passed:
            yield self._fresh_round()

    def _fresh_round(self) -> CaseResult:
        """The same cases with other random numbers, told as one: what was only copied fails here."""
        self.left = self.seconds
        started = time.perf_counter()
        for result in self._round(load_grader(self.folder, salt=1)):
            if result.status != "pass":
                result.name = f"{FRESH}: {result.name}"
                return result
        text = "# the cases above once more, with other random numbers"
        return CaseResult(FRESH, "pass", seconds=time.perf_counter() - started, test_code=text)

    def _load(self, grader: Grader) -> None:
        request = {
            "op": "load",
            "code": self.code,
            "script": grader.script,
            "functions": list(grader.functions),
            "forbidden": list(grader.forbidden),
        }
        try:
            reply = self._ask(request)
        except Gone as gone:
            raise Stopped(messages.ended(gone.verdict, self.seconds, "while it was being loaded")) from None
        if reply["op"] == "raised":
            try:
                told = messages.raised(reply, self.lines, self.seconds)
            except Exception:
                raise Stopped(messages.ended({"why": "garbled"}, self.seconds, "while it was being loaded")) from None
            raise Stopped(f"{told.message}\n{told.trace}".rstrip(), told.line)
        names = reply.get("names")
        names = [name for name in names if isinstance(name, str)][:5000] if isinstance(names, list) else []
        for wanted in grader.functions:
            if wanted not in names:
                raise Stopped(messages.missing(wanted, names))

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        try:
            return self.link.ask(request, max(self.left, 0.05))
        finally:
            self.left -= time.monotonic() - started

    def _round(self, grader: Grader) -> Iterator[CaseResult]:
        stopped = ""
        for case in grader.all_cases():
            result = CaseResult(
                case.name,
                "error",
                call=call_text(grader.functions[0] if not grader.script else "call", case.kwargs),
                test_code=setup_text(grader.functions[0], case.kwargs, grader.script),
            )
            if stopped:
                result.message = f"Not run: {stopped}"
                yield result
                continue
            started = time.perf_counter()
            try:
                reply = self._ask({"op": "case", "kwargs": case.kwargs})
                stopped = self._judged(grader, case, reply, result)
            except Gone as gone:
                result.message = messages.ended(gone.verdict, self.seconds, "in this case")
                stopped = "the code was stopped in an earlier case."
            result.seconds = time.perf_counter() - started
            result.output = self.link.text()
            yield result

    def _judged(self, grader: Grader, case: Case, reply: dict[str, Any], result: CaseResult) -> str:
        """Fills in `result`; returns why nothing more can be run, or an empty string."""
        frame = values.encode(case.kwargs)
        expected = answer(grader, frame) if grader.reference else None
        result.expected = show(expected) if not grader.judge else ""
        try:
            with at_most(PATIENCE):
                return self._compared(grader, case, frame, reply, expected, result)
        except (Slow, Exception) as error:  # whatever came back was made by the learner's code, the fault with it
            why = f"it takes longer than {PATIENCE:g} s" if isinstance(error, Slow) else type(error).__name__
            result.status, result.message = "fail", f"What came back cannot be read and compared: {why}."
            return ""

    def _compared(
        self, grader: Grader, case: Case, frame: bytes, reply: dict[str, Any], expected: Any, result: CaseResult
    ) -> str:
        if reply["op"] == "raised":
            told = messages.raised(reply, self.lines, self.seconds)
            result.message, result.line, result.got = told.message, told.line, told.trace
            return "the time was used up in an earlier case." if reply.get("kind") == "time" else ""
        if reply["op"] == "changed":
            result.status = "fail"
            result.message, result.line = messages.changed(reply, self.lines)
            return ""
        if reply["op"] != "answer":
            result.status = "fail"
            what = messages.text(reply.get("what")) or "of an unknown kind"
            result.message = f"The answer is {what}; return plain data."
            result.message += "" if grader.judge else f" Expected: {kind_of(expected)}."
            return ""
        got = reply.get("value")
        result.got = show(got)
        fresh = Case(case.name, values.open_frame(frame, worker=True), case.held)
        wrong = verdict(grader, fresh, got, expected)
        result.status = "fail" if wrong else "pass"
        result.message = wrong or ""
        if wrong:
            result.mistake = self._mistake(grader, fresh, got, expected)
            result.hint = grader.hints.get(result.mistake, "")
        return ""

    def _mistake(self, grader: Grader, case: Case, got: Any, expected: Any) -> str:
        """The first known mistake that leads to this answer; one that explains the earlier wrong answers goes first."""
        fitting, frame = [], values.encode(case.kwargs)
        for sentence, errs in grader.mistakes.items():
            try:
                mistaken = answer(grader, frame, errs)
            except Exception:
                continue
            if equal(got, mistaken, grader.rtol, grader.atol) and verdict(grader, case, mistaken, expected):
                fitting.append(sentence)
        both = [s for s in fitting if self.suspects is None or s in self.suspects]
        self.suspects = both or self.suspects
        return next(iter(both or fitting), "")


def run(events: socket.socket, work: socket.socket, output: int, control: socket.socket) -> None:
    """Reads a job from `events`, judges, and writes one JSON line an event: cases, then the end."""
    stream = events.makefile("rwb")
    job = json.loads(stream.readline())

    def tell(event: dict[str, Any]) -> None:
        # Halves of surrogate pairs, which an exception's text may hold, are in no page and no database.
        stream.write(json.dumps(event, ensure_ascii=False).encode(errors="replace") + b"\n")
        stream.flush()

    link = Link(work, output, control, job["output"])
    end: dict[str, Any] = {"event": "end", "status": "pass", "message": "", "line": None}
    try:
        for result in Judge(Path(job["folder"]), job["code"], link, job["seconds"]).results():
            if len(result.message) > LONGEST:  # a key or a name of the learner's may be megabytes
                result.message = result.message[:LONGEST] + " …"
            tell({"event": "case", "case": asdict(result)})
            if result.status != "pass" and end["status"] == "pass":
                likely = f" Likely: {result.mistake}." if result.mistake else ""
                end.update(status="fail", message=f"{result.name}: {result.message}{likely}", line=result.line)
    except Stopped as stopped:
        end.update(status="error", message=stopped.message, line=stopped.line)
    except GraderError as error:
        end.update(status="broken", field=error.field, message=error.message)
    except Exception as error:
        end.update(status="broken", field=type(error).__name__, message=f"the grader failed: {error}")
    link.close()
    tell({**end, "stdout": link.text(), "lost": link.lost})
