"""The end of a grading that runs learner's code: a process of its own, which knows no reference and no expected value.

It gets the code, then the arguments of one case after the other, and answers each with plain data. Whatever the code
does to this process, it can only spoil its own answers. The judge believes nothing but the values.
"""

import builtins
import contextlib
import importlib
import io
import linecache
import math
import os
import signal
import socket
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.course.grading import values

FILENAME, SCRIPT_NAME = "your_code.py", "test.py"


class TimeIsUp(BaseException):
    """Raised in the learner's code by the clock, so that its traceback shows where the time went."""


class Forbidden(ImportError):
    """An import that the exercise asks to do without."""


class _Guard:
    """Refuses forbidden imports made by the learner's own lines; what other modules import is their affair."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def refuse(self, name: str) -> None:
        found = next((n for n in self.names if name == n or name.startswith(n + ".")), None)
        if found:
            raise Forbidden(found)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        frame = sys._getframe(1)
        while frame and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame and frame.f_code.co_filename == FILENAME:
            self.refuse(name)

    def install(self) -> dict[str, Any]:
        """Hooks in, and returns the builtins for the learner's module."""
        sys.meta_path.insert(0, self)
        plain, module = builtins.__import__, importlib.import_module

        def checked_import(
            name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
        ) -> Any:
            if not level:
                self.refuse(name)
                for part in fromlist or ():
                    self.refuse(f"{name}.{part}")
            return plain(name, globals, locals, fromlist, level)

        def checked_module(name: str, package: str | None = None) -> Any:
            if sys._getframe(1).f_code.co_filename == FILENAME:
                self.refuse(name)
            return module(name, package)

        importlib.import_module = checked_module
        return {**vars(builtins), "__import__": checked_import}


def _told(error: BaseException) -> dict[str, Any]:
    """What went wrong, with the learner's own lines."""
    trace, line, script_line = [], None, None
    step = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == FILENAME:
            line = step.tb_lineno
            trace.append([line, step.tb_frame.f_code.co_name])
        elif name == SCRIPT_NAME:
            script_line = step.tb_lineno
        step = step.tb_next
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        line = error.lineno
    try:
        message = str(error)
    except BaseException:
        message = ""
    kind = "time" if isinstance(error, TimeIsUp) else "forbidden" if isinstance(error, Forbidden) else "other"
    if type(error).__name__ == "Blocked":
        kind = "blocked"
    bases = [t.__name__ for t in type(error).__mro__]
    return {
        "op": "raised",
        "kind": kind,
        "type": type(error).__name__,
        "bases": bases,
        "message": message[:2000],
        "line": line,
        "script_line": script_line,
        "trace": trace[:2] + trace[-4:] if len(trace) > 6 else trace,
        "depth": len(trace),
    }


def _freeze(value: Any) -> None:
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, dict):
        for v in value.values():
            _freeze(v)
    elif isinstance(value, list | tuple):
        for v in value:
            _freeze(v)


class Worker:
    """Serves one judge over `channel`."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.call: Callable[..., Any]  # set by _load

    def serve(self) -> None:
        """Answers until the judge hangs up."""
        signal.signal(signal.SIGALRM, self._alarm)
        while True:
            try:
                request = values.receive(self.channel, worker=True)
            except EOFError:
                return
            reply = self._timed(request)
            for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
                with contextlib.suppress(BaseException):
                    if stream is not None:
                        stream.flush()
            values.send(self.channel, reply)

    def _alarm(self, signum: int, frame: Any) -> None:
        raise TimeIsUp

    def _timed(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            signal.setitimer(signal.ITIMER_REAL, max(request["seconds"], 1e-3))
            try:
                return self._load(request) if request["op"] == "load" else self._case(request["kwargs"])
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            return _told(error)

    def _load(self, request: dict[str, Any]) -> dict[str, Any]:
        code, script = request["code"], request["script"]
        linecache.cache[FILENAME] = (len(code), None, code.splitlines(True), FILENAME)
        module = types.ModuleType("your_code")
        module.__file__ = FILENAME
        module.__builtins__ = _Guard(request["forbidden"]).install()  # pyright: ignore[reportAttributeAccessIssue]
        sys.modules["your_code"] = module
        exec(compile(code, FILENAME, "exec"), vars(module))
        if script:
            linecache.cache[SCRIPT_NAME] = (len(script), None, script.splitlines(True), SCRIPT_NAME)
            test = {"np": np, "math": math, "__name__": "test"}
            exec(compile(script, SCRIPT_NAME, "exec"), test)
            self.call = lambda **kwargs: test["call"](vars(module), **kwargs)
        else:
            self.call = lambda **kwargs: vars(module)[request["functions"][0]](**kwargs)
        names = [name for name, value in vars(module).items() if callable(value) and type(name) is str]
        return {"op": "loaded", "names": [name for name in names if not name.startswith("__")]}

    def _case(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        before = {name: values.encode(value) for name, value in kwargs.items()}
        answer = self.call(**kwargs)
        changed = [name for name, frame in before.items() if self._differs(kwargs[name], frame)]
        if changed:
            return {"op": "changed", "names": changed, "line": self._line_of_change(before)}
        try:
            values.encode(answer)
        except values.Refused as refused:
            return {"op": "refused", "what": str(refused)}
        return {"op": "answer", "value": answer}

    def _differs(self, value: Any, frame: bytes) -> bool:
        try:
            return values.encode(value) != frame
        except values.Refused:
            return True

    def _line_of_change(self, before: dict[str, bytes]) -> int | None:
        """Calls once more with arrays that cannot be written: the line that raises is the one."""
        kwargs = {name: values.open_frame(frame, worker=True) for name, frame in before.items()}
        _freeze(kwargs)
        kept = sys.stdout
        sys.stdout = io.StringIO()
        try:
            self.call(**kwargs)
        except ValueError as error:
            return _told(error)["line"]
        except Exception:
            return None
        finally:
            sys.stdout = kept
        return None


def _line_stream(descriptor: int) -> io.TextIOWrapper:
    return open(descriptor, "w", errors="backslashreplace", closefd=False, buffering=1)


def run(channel: socket.socket, output: int, scratch: str) -> None:
    """Turns this process into a worker: own folder, own output, nothing on standard input."""
    os.chdir(scratch)
    os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=scratch)
    os.environ.pop("GROUNDUP_HIDDEN", None)
    warnings.filterwarnings("ignore", r"\s*Could not obtain multiprocessing lock")  # Numba; there is one process here
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(null)
    os.close(output)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _line_stream(1)
    sys.stderr = sys.__stderr__ = _line_stream(2)
    values.send(channel, {"op": "ready"})
    Worker(channel).serve()
