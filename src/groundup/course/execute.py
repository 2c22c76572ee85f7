"""Running a lesson: its cells top to bottom in one kernel, every assertion counting."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundup import paths
from groundup.course.errors import ContentError
from groundup.course.lesson import Cell, Lesson
from groundup.course.outputs import Output, check_size, normalise

__all__ = ["KERNEL_ARGUMENTS", "CellRun", "LessonFailed", "LessonRun", "kernel_environment", "run_lesson"]

CELL_SECONDS = 120.0
LESSON_SECONDS = 20.0

# Figures come as SVG; no history file is written.
KERNEL_ARGUMENTS = ("--InlineBackend.figure_formats=svg", "--HistoryManager.enabled=False")


class LessonFailed(ContentError):
    """A cell did not do what it should. `outputs` are what it put out."""

    def __init__(self, file: Path | str, line: int | None, field: str | None, message: str, outputs=()) -> None:
        super().__init__(file, line, field, message)
        self.outputs = list(outputs)


@dataclass(frozen=True)
class CellRun:
    """One cell that ran: normalised outputs and wall seconds."""

    name: str
    hash: str
    outputs: list[Output]
    seconds: float


@dataclass(frozen=True)
class LessonRun:
    """A lesson that ran to its end."""

    lesson: str
    cells: tuple[CellRun, ...]

    @property
    def seconds(self) -> float:
        """Wall seconds of all cells, without the start of the kernel."""
        return sum(cell.seconds for cell in self.cells)


def kernel_environment(folder: Path | str) -> dict[str, str]:
    """Environment of a kernel that runs cells: the package importable, figures and sets the same in every run.

    Parameters
    ----------
    folder : Path
        A folder of this kernel's own, for IPython's files.
    """
    path = os.pathsep.join(filter(None, [str(paths.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
    return {
        **os.environ,
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
        "MATPLOTLIBRC": str(Path(__file__).with_name("matplotlibrc")),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "SOURCE_DATE_EPOCH": "0",
        "IPYTHONDIR": str(folder),
    }


def run_lesson(lesson: Lesson, on_cell: Callable[[CellRun], None] | None = None) -> LessonRun:
    """Run all cells in a fresh kernel.

    Parameters
    ----------
    lesson : Lesson
    on_cell : callable, optional
        Called with each `CellRun` as it ends.

    Raises
    ------
    LessonFailed
        If a cell raises (or does not raise what ``:raises:`` promises), runs over two minutes or kills the kernel.
        It names lesson, line and cell.
    ContentError
        If an output is too large to ship.
    """
    runs: list[CellRun] = []
    if lesson.cells:
        with _kernel(lesson) as execute:
            for cell in lesson.cells:
                start = time.perf_counter()
                raw, count = execute(cell)
                seconds = time.perf_counter() - start
                outputs = normalise(raw)
                _judge(lesson, cell, outputs, count)
                check_size(lesson, cell.name, cell.line, outputs)
                runs.append(CellRun(cell.name, cell.hash, outputs, seconds))
                if on_cell is not None:
                    on_cell(runs[-1])
    return LessonRun(lesson.id, tuple(runs))


@contextmanager
def _kernel(lesson: Lesson):
    """A running kernel, as a function from a cell to its raw outputs and execution count."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    # a socket's path may have about 100 characters, so not below a deep TMPDIR
    short = "/tmp" if os.path.isdir("/tmp") else None
    folder = Path(tempfile.mkdtemp(prefix="groundup-", dir=short))
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in lesson.cells]
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=CELL_SECONDS, allow_errors=True)
    manager = client.create_kernel_manager()  # made by the client, so that the client also ends its kernel
    manager.transport, manager.ip, manager.connection_file = "ipc", str(folder / "k"), str(folder / "kernel.json")
    client.extra_arguments = list(KERNEL_ARGUMENTS)  # pyright: ignore[reportAttributeAccessIssue]
    index = {cell.name: i for i, cell in enumerate(lesson.cells)}
    work = folder / "work"
    work.mkdir()

    def execute(cell: Cell):
        i = index[cell.name]
        try:
            done = client.execute_cell(cells[i], i)
        except CellTimeoutError:
            message = f"was stopped after {CELL_SECONDS:.0f} seconds"
            raise LessonFailed(lesson.file, cell.line, f"cell {cell.name}", message) from None
        except DeadKernelError:
            message = "killed the kernel (out of memory, or it called exit)"
            raise LessonFailed(lesson.file, cell.line, f"cell {cell.name}", message) from None
        return done.outputs, done.execution_count

    try:
        with client.setup_kernel(env=kernel_environment(folder), cwd=str(work)):
            yield execute
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judge(lesson: Lesson, cell: Cell, outputs: list[Output], count: int | None) -> None:
    """Raise unless the cell ended as it should: without an error, or with the one it promises."""
    error = next((output for output in outputs if output["output_type"] == "error"), None)
    came = error["ename"] if error else ""
    if came == cell.raises:
        return
    if error is None:
        message = f"should raise {cell.raises}, but raised nothing"
        raise LessonFailed(lesson.file, cell.line, f"cell {cell.name}", message, outputs)
    line = cell.line + _line_in_cell(error, count) - 1
    wanted = f" instead of {cell.raises}" if cell.raises else ""
    code = lesson.file.read_text(encoding="utf-8").splitlines()[line - 1].strip()
    said = f": {error['evalue']}" if error["evalue"] else ""
    message = f"{came}{said}{wanted} (at: {code})"
    raise LessonFailed(lesson.file, line, f"cell {cell.name}", message, outputs)


def _line_in_cell(error: Output, count: int | None) -> int:
    """Line of the cell at which it failed; inside a function of another cell, the line that called it."""
    match = re.search(rf"Cell In\[{count}\], line (\d+)", "\n".join(error["traceback"]))
    return int(match[1]) if match else 1
