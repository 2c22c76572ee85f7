"""What a cell put out, as a list of Jupyter-like dicts that mean the same on every machine, and its file.

Kinds: ``stream`` (name, text), ``display_data`` and ``execute_result`` (data: text/plain, text/html,
text/markdown, text/latex, image/svg+xml, image/png), ``error`` (ename, evalue, traceback as a list of lines, without
colours).
"""

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from groundup import paths
from groundup.course.errors import ContentError
from groundup.course.lesson import Lesson

__all__ = ["Machine", "Recorded", "RecordedCell", "load_recorded", "normalise", "save_recorded", "slim_svg"]

Output = dict[str, Any]

FORMAT = 1
MAX_SVG = 300_000
MAX_OUTPUT = 1_000_000
MIMES = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/latex", "text/plain")

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")
_CELL_FILE = re.compile(r"ipykernel_\d+[/\\]\d+\.py")
_PACKAGES = re.compile(r"(?:site|dist)-packages[/\\]")
_PATH_ENDS = frozenset(" \t\n\"'`()<>[]{},;=")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def normalise(outputs: Iterable[Mapping[str, Any]]) -> list[Output]:
    """Outputs of one cell without what differs between two runs or two machines.

    Neighbouring pieces of one stream are joined, a carriage return rewrites its line, counters and colours are
    dropped, paths of the package and of the interpreter are shortened, SVG is slimmed (`slim_svg`).
    """
    found: list[Output] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            text = _clean(output["text"])
            if found and found[-1]["output_type"] == "stream" and found[-1]["name"] == output["name"]:
                found[-1]["text"] += text
            else:
                found.append({"output_type": "stream", "name": output["name"], "text": text})
        elif kind in ("display_data", "execute_result"):
            data = _data(output["data"])
            if data:
                found.append({"output_type": kind, "data": data})
        elif kind == "error":
            lines = "\n".join(output["traceback"]).split("\n")
            found.append(
                {
                    "output_type": "error",
                    "ename": output["ename"],
                    "evalue": _clean(output["evalue"]),
                    "traceback": [_clean(line) for line in lines],
                }
            )
    for output in found:
        if output["output_type"] == "stream":
            output["text"] = _returned(output["text"])
    return found


def slim_svg(svg: str) -> str:
    """An SVG without prologue and metadata, coordinates rounded to a hundredth of a point.

    Scales and matrices keep all their digits.
    """
    svg = svg[max(svg.find("<svg"), 0) :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'(?<=\s)(?:d|points|x|y|x1|x2|y1|y2|cx|cy)="[^"]*"', _rounded, svg)
    svg = re.sub(r"translate\([^)]*\)", _rounded, svg)
    return "\n".join(line for line in map(str.strip, svg.splitlines()) if line)


def _rounded(match: re.Match) -> str:
    def short(number: re.Match) -> str:
        text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text

    return re.sub(r"(?<!\d)-?\d+\.\d{3,}(?:e-?\d+)?", short, match[0])


def _data(data: Mapping[str, Any]) -> dict[str, str]:
    kept = {mime: "".join(data[mime]) for mime in MIMES if mime in data}
    if "image/svg+xml" in kept:
        return {"image/svg+xml": slim_svg(kept["image/svg+xml"])}
    if "image/png" in kept:
        return {"image/png": kept["image/png"].replace("\n", "")}
    return {mime: _clean(text) for mime, text in kept.items()}


def _clean(text: str) -> str:
    text = _without_path(_ANSI.sub("", text), _CELL_FILE, "cell")
    text = text.replace(str(paths.PACKAGE.parent) + os.sep, "").replace(str(Path.home()), "~")
    return _ADDRESS.sub("at 0x…", _without_path(text, _PACKAGES, ""))


def _without_path(text: str, end: re.Pattern, word: str) -> str:
    """Put `word` for every path up to and with `end`. Output may be long and hostile, so this takes linear time."""
    parts = end.split(text)
    for number, part in enumerate(parts[:-1]):
        cut = len(part)
        while cut and part[cut - 1] not in _PATH_ENDS:
            cut -= 1
        parts[number] = part[:cut] + word
    return "".join(parts)


def _returned(text: str) -> str:
    """What a terminal shows: text after a carriage return replaces its line."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


@dataclass(frozen=True)
class Machine:
    """Where outputs were computed. No name of a host or person."""

    cpu: str
    cores: int
    os: str
    python: str

    @classmethod
    def here(cls) -> "Machine":
        """This machine."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        system = f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}"
        return cls(_cpu_model(), cores, system, platform.python_version())


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        match = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        if match:
            return match[1].strip()
    return platform.processor() or platform.machine()


@dataclass(frozen=True)
class RecordedCell:
    """Outputs of one cell, the hash of the source that made them, and the seconds it took."""

    hash: str
    seconds: float
    outputs: list[Output] = field(default_factory=list)


@dataclass(frozen=True)
class Recorded:
    """Outputs of a lesson as they are shipped. `stamp` says for which content of its import closure they hold."""

    lesson: str
    date: str
    machine: Machine
    stamp: str
    cells: dict[str, RecordedCell]

    @property
    def seconds(self) -> float:
        """Seconds of all cells together."""
        return sum(cell.seconds for cell in self.cells.values())

    @classmethod
    def now(cls, lesson: Lesson, stamp: str, cells: dict[str, RecordedCell]) -> "Recorded":
        """Outputs computed here and today."""
        return cls(lesson.id, date.today().isoformat(), Machine.here(), stamp, cells)


def recorded_file(lesson: Lesson) -> Path:
    """Where the outputs of a lesson are kept."""
    return lesson.path / "recorded.json"


def load_recorded(lesson: Lesson) -> Recorded | None:
    """Recorded outputs of a lesson; None when there are none yet.

    Compare `RecordedCell.hash` with `Cell.hash`: where they differ, the output belongs to older source.

    Raises
    ------
    ContentError
        If the file is damaged.
    """
    file = recorded_file(lesson)
    if not file.is_file():
        return None
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"expected format {FORMAT}, got {data['format']}")
        cells = {name: RecordedCell(**cell) for name, cell in data["cells"].items()}
        return Recorded(data["lesson"], data["date"], Machine(**data["machine"]), data["stamp"], cells)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContentError(file, 1, None, f"is damaged ({error!r}); record the lesson again") from None


def save_recorded(lesson: Lesson, recorded: Recorded) -> Path:
    """Write outputs beside the lesson, whole or not at all; returns the file.

    Raises
    ------
    ContentError
        If an SVG or the output of a cell is too large to ship.
    """
    for cell in lesson.cells:
        if cell.name in recorded.cells:
            check_size(lesson, cell.name, cell.line, recorded.cells[cell.name].outputs)
    data = {"format": FORMAT, **asdict(recorded)}
    file = recorded_file(lesson)
    partial = file.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(file)
    return file


def check_size(lesson: Lesson, name: str, line: int, outputs: list[Output]) -> None:
    """Refuse outputs that would make pages slow: an SVG over 300 kB, a cell over 1 MB."""
    for output in outputs:
        size = len(output.get("data", {}).get("image/svg+xml", ""))
        if size > MAX_SVG:
            message = f"its figure is an SVG of {size:,} bytes, over {MAX_SVG:,}: draw fewer points or rasterize them"
            raise ContentError(lesson.file, line, f"cell {name}", message)
    size = len(json.dumps(outputs))
    if size > MAX_OUTPUT:
        raise ContentError(lesson.file, line, f"cell {name}", f"puts out {size:,} bytes, over {MAX_OUTPUT:,}")
