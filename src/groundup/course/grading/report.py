"""What a grading says: limits that go in, results that come out. Nothing here imports NumPy."""

import dataclasses
import os
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CaseResult", "Layer", "Limits", "Report"]

ALL_LAYERS = ("limits", "user", "bubblewrap", "landlock", "seccomp", "audit", "watch")


def _switched_off() -> frozenset[str]:
    return frozenset(os.environ.get("GROUNDUP_GRADING_WITHOUT", "").replace(",", " ").split())


@dataclass(frozen=True)
class Limits:
    """What learner's code may use.

    Parameters
    ----------
    seconds : float, optional
        Wall-clock time for all cases together; None: as the exercise says.
    memory : int, optional
        MiB of resident memory of the worker and its children; None: as the exercise says.
    processes : int
        Processes and threads of the worker, itself included.
    output : int
        Characters of printed text kept.
    without : frozenset of str
        Layers of isolation to leave out (for tests, and machines where one misbehaves); by default those
        named in the variable GROUNDUP_GRADING_WITHOUT.
    """

    seconds: float | None = None
    memory: int | None = None
    processes: int = 64
    output: int = 20_000
    without: frozenset[str] = field(default_factory=_switched_off)

    def __post_init__(self) -> None:
        unknown = self.without - set(ALL_LAYERS)
        if unknown:
            raise ValueError(f"unknown layers {sorted(unknown)}; there are {', '.join(ALL_LAYERS)}")


@dataclass(frozen=True)
class Layer:
    """One layer of isolation: its name, whether it is on, and why it is not (or what it does)."""

    name: str
    on: bool
    why: str


@dataclass
class CaseResult:
    """One case as the learner sees it.

    Attributes
    ----------
    name, status, message : str
        Status is "pass", "fail" (wrong answer) or "error" (no answer).
    call : str
        The call as one would type it, long arrays abbreviated.
    got, expected : str
        Abbreviated values; empty when there is none.
    mistake, hint : str
        The known mistake that leads to this very answer, and its likely cause; empty when none fits.
    output : str
        What the code printed in this case.
    line : int or None
        The learner's line that the message speaks of.
    seconds : float
    """

    name: str
    status: str
    message: str = ""
    call: str = ""
    got: str = ""
    expected: str = ""
    mistake: str = ""
    hint: str = ""
    output: str = ""
    test_code: str = ""
    line: int | None = None
    seconds: float = 0.0

    def test(self, task_id: int) -> dict[str, Any]:
        """As one of `tests` in Exercism's results.json, version 3."""
        text = "\n".join(filter(None, [self.message, self.mistake and f"Likely: {self.mistake}.", self.hint]))
        return {
            "name": self.name,
            "status": self.status,
            "message": None if self.status == "pass" else text,
            "output": self.output or None,
            "test_code": self.test_code,
            "task_id": task_id,
        }


@dataclass
class Report:
    """The result of one grading.

    Attributes
    ----------
    exercise : str
    status : str
        "pass", "fail", or "error" when nothing could be run.
    message : str
        One sentence for the learner; empty when all passed.
    cases : list of CaseResult
    line : int or None
        The learner's line that `message` speaks of.
    stdout : str
        What the code printed outside cases.
    layers : list of Layer
    seconds : float
        Wall-clock time of the whole grading.
    """

    exercise: str
    status: str
    message: str = ""
    cases: list[CaseResult] = field(default_factory=list)
    line: int | None = None
    stdout: str = ""
    layers: list[Layer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.status == "pass"

    def to_json(self) -> dict[str, Any]:
        """Exercism's results.json, version 3, with our own part under the key ``groundup``."""
        keys = ("name", "status", "call", "got", "expected", "mistake", "hint", "line", "seconds")
        return {
            "version": 3,
            "status": self.status,
            "message": self.message or None,
            "tests": [case.test(1) for case in self.cases],
            "groundup": {
                "exercise": self.exercise,
                "line": self.line,
                "stdout": self.stdout,
                "seconds": round(self.seconds, 4),
                "layers": [dataclasses.asdict(layer) for layer in self.layers],
                "cases": [{key: getattr(case, key) for key in keys} for case in self.cases],
            },
        }
