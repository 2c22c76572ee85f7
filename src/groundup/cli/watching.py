"""The loop of ``groundup watch``: an exercise's file in a folder, graded at each save."""

import contextlib
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from groundup.cli.console import Refusal, terminal
from groundup.cli.exercises import graded, show_report

if TYPE_CHECKING:
    from groundup.course.catalog import Catalog
    from groundup.course.progress import Store

__all__ = ["Session", "loop"]

KEYS = "h hint · n next · l list · r grade again · q quit"


class Session:
    """Where a learner is in the exercises of the course.

    Parameters
    ----------
    course : Catalog
    store : Store
        Attempts go there, so that the browser knows what was solved here.
    folder : Path
        The working folder; ``<lesson>/<name>.py`` and ``.md`` are made in it and never overwritten.
    first : str, optional
        The exercise to begin with.
    """

    def __init__(self, course: "Catalog", store: "Store", folder: Path, first: str | None = None) -> None:
        self.course, self.store, self.folder = course, store, folder
        self.order = list(course.exercises)
        if not self.order:
            raise Refusal("the course has no exercises yet")
        self.hints_shown = 0
        self.graded = ""
        unsolved = self.unsolved()
        self.at = first or (unsolved[0] if unsolved else self.order[0])
        self.open()

    def unsolved(self) -> list[str]:
        """Exercises without a passing attempt, in learning order."""
        solved = self.store.solved()
        return [id for id in self.order if id not in solved]

    @property
    def file(self) -> Path:
        return self.folder / f"{self.at}.py"

    def open(self) -> None:
        """Make the files of the current exercise where they are not there, and say what to do."""
        exercise = self.course.exercises[self.at]
        self.hints_shown, self.graded = 0, ""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            for file, text in ((self.file, exercise.stub), (self.file.with_suffix(".md"), exercise.instructions)):
                if not file.exists():
                    file.write_text(text, encoding="utf-8")
        except OSError as fault:
            raise Refusal(f"cannot write in {self.folder}: {fault.strerror}") from None
        out = terminal()
        out.rule(f"{self.at}: {exercise.title}")
        from rich.markdown import Markdown

        out.print(Markdown(exercise.instructions))
        out.print(f"\nEdit {self.file} and save it.   {KEYS}", markup=False)

    def grade(self, *, again: bool = False) -> bool:
        """Grade the file when its text is new; True when it passed."""
        try:
            code = self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False  # an editor that is just saving, or a file that is gone; the next save tells
        exercise = self.course.exercises[self.at]
        if not code.strip() or (code == self.graded and not again):
            return False
        self.graded = code
        if code == exercise.stub and not again:
            return False
        report = graded(exercise, code)
        self.store.add_attempt(self.at, code, report.to_json())
        show_report(report)
        terminal().print(f"\n{'n goes on to the next.   ' if report.passed else ''}{KEYS}", markup=False)
        return report.passed

    def hint(self) -> None:
        """Show one more hint."""
        hints = self.course.exercises[self.at].hints
        if self.hints_shown >= len(hints):
            terminal().print("there are no more hints" if hints else "there is no hint for this one")
            return
        self.hints_shown += 1
        self.store.show_hints(self.at, self.hints_shown)
        terminal().print(f"hint {self.hints_shown} of {len(hints)}: {hints[self.hints_shown - 1]}", markup=False)

    def next(self) -> bool:
        """Go on to the next unsolved exercise after this one; False when all are solved."""
        place = self.order.index(self.at)
        unsolved = set(self.unsolved())
        after = [id for id in self.order[place + 1 :] + self.order[:place] if id in unsolved]
        if not after:
            rest = "this one is left" if self.at in unsolved else "all are solved"
            terminal().print(f"{rest}: {len(self.order) - len(unsolved)} of {len(self.order)}")
            return False
        self.at = after[0]
        self.open()
        return True

    def list(self) -> None:
        """Show all exercises with their state."""
        unsolved, out = set(self.unsolved()), terminal()
        for id in self.order:
            mark = "·" if id in unsolved else "✓"
            out.print(f" {mark} {id}{'   <- here' if id == self.at else ''}", markup=False)


def loop(session: Session) -> None:
    """Grade at each save and obey keys, until q, Ctrl-C or the end of standard input."""
    from watchfiles import watch

    keys: queue.Queue[str] = queue.Queue()
    stop = threading.Event()
    with _key_presses(keys, stop):
        fresh = True  # a save may have come before the watch began, or before a new exercise's folder was watched
        for changes in watch(session.folder, stop_event=stop, yield_on_timeout=True, rust_timeout=150, debounce=200):
            if fresh or any(Path(path).name == session.file.name for _, path in changes):
                session.grade()
            fresh = not keys.empty()
            while not keys.empty():
                if not _obey(session, keys.get()):
                    return


def _obey(session: Session, key: str) -> bool:
    """False when the key ends the loop."""
    if key in ("q", ""):
        return False
    if key == "r":
        session.grade(again=True)
    elif key in ("h", "n", "l"):
        {"h": session.hint, "n": session.next, "l": session.list}[key]()
    return True


@contextlib.contextmanager
def _key_presses(keys: "queue.Queue[str]", stop: threading.Event) -> Iterator[None]:
    """Put key presses into a queue: single keys of a terminal, else the characters of each line."""
    terminal_state = None
    if sys.stdin.isatty():
        import termios
        import tty

        terminal_state = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)

    def read() -> None:
        while not stop.is_set():
            key = sys.stdin.read(1)
            if key != "\n":
                keys.put(key)
            if not key:
                return

    threading.Thread(target=read, daemon=True).start()
    try:
        yield
    finally:
        stop.set()
        if terminal_state is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, terminal_state)
