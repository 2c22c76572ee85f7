"""A folder of checkpoints: the last few, the best, and the newest one that is sound."""

import math
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

from groundup.checks import check_choice, check_count
from groundup.neural.training.storage import CheckpointError, read_state, write_state

__all__ = ["Checkpoints", "differences"]

STEP_FILE = re.compile(r"step-(\d+)\.safetensors")


class Checkpoints:
    """Where and how often a trainer's whole state is kept.

    Parameters
    ----------
    folder : path
        Made when missing. One run writes to it at a time.
    every : int or None
        Steps between two checkpoints; None keeps one only at the end of training and when it is interrupted.
    keep : int
        Number of newest checkpoints that remain.
    best : str or None
        Name of a number of the evaluation (``"val_loss"``): when it is better than ever, ``best.safetensors`` is
        written as well.
    mode : {"min", "max"}
        Whether small values of it are good, or large ones.

    Raises
    ------
    TypeError, ValueError
        For settings outside these ranges.
    """

    def __init__(
        self, folder: Any, every: int | None = 1000, *, keep: int = 3, best: str | None = None, mode: str = "min"
    ) -> None:
        check_count("keep", keep)
        if every is not None:
            check_count("every", every)
        check_choice("mode", mode, ("min", "max"))
        self.folder, self.every, self.keep, self.best, self.mode = Path(folder), every, int(keep), best, mode
        self.best_value: float | None = None

    def files(self) -> list[Path]:
        """Checkpoints of steps, the newest first."""
        names = [file.name for file in self.folder.iterdir()] if self.folder.is_dir() else []
        steps = sorted((int(m[1]) for m in map(STEP_FILE.fullmatch, names) if m), reverse=True)
        return [self._file(step) for step in steps]

    def _file(self, step: int) -> Path:
        return self.folder / f"step-{step:09d}.safetensors"

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """Write the checkpoint of a step, then remove those that are too old.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        CheckpointError
            If it cannot be written; older ones are then left alone.
        """
        self._make_folder()
        write_state(self._file(step), state)
        for old in [file for file in self.files() if file != self._file(step)][self.keep - 1 :]:
            old.unlink(missing_ok=True)
        return self._file(step)

    def improved(self, row: dict[str, float]) -> bool:
        """Whether an evaluation is the best so far; it is then taken note of."""
        if self.best is None:
            return False
        if self.best not in row:
            raise KeyError(f"best={self.best!r} is not in an evaluation, which has {', '.join(row)}")
        value, sign = row[self.best], 1 if self.mode == "min" else -1
        if math.isnan(value) or (self.best_value is not None and sign * value >= sign * self.best_value):
            return False
        self.best_value = value
        return True

    def save_best(self, state: dict[str, Any]) -> Path:
        """Write ``best.safetensors``; errors as for `save`."""
        self._make_folder()
        write_state(self.folder / "best.safetensors", state)
        return self.folder / "best.safetensors"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(f"the folder {self.folder} for checkpoints cannot be made: {error}") from error

    def check_folder(self, *, new: bool = False) -> None:
        """Make the folder and see whether it can be written to: before a long run, not after its first hour.

        Parameters
        ----------
        new : bool
            Training begins: checkpoints of later steps would take the place of its own.

        Raises
        ------
        CheckpointError
            If not, or if a new training finds those of another.
        """
        newest = next(iter(self.files()), self._file(0))
        if new and newest != self._file(0):
            raise CheckpointError(f"{self.folder} holds the checkpoints of a training, the newest {newest.name}: "
                                  "resume() goes on with it, a new one needs a folder of its own")  # fmt: skip
        self._make_folder()
        try:
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as error:
            raise CheckpointError(f"the folder {self.folder} for checkpoints cannot be written to: {error}") from error

    def newest(self) -> tuple[Path, dict[str, Any]]:
        """The newest checkpoint that is sound, and its state; a damaged one is told by a warning and passed over.

        Raises
        ------
        CheckpointError
            If there is none.
        """
        files = self.files()
        for file in files:
            try:
                return file, read_state(file)
            except CheckpointError as error:
                warnings.warn(f"{error}; taking the one before it", stacklevel=3)
        raise CheckpointError(f"{self.folder} has no checkpoint" + (" that can be read" if files else ""))


def differences(what: str, stored: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """In words, where two tables of names and properties differ.

    Parameters
    ----------
    what : str
        What they are tables of.
    stored, here : dict
        Of the checkpoint, and of the trainer.

    Returns
    -------
    list of str
    """
    found = [f"{what}: {k} is {stored[k]} in the checkpoint, {here[k]} here" for k in stored
             if k in here and stored[k] != here[k]]  # fmt: skip
    for names, where in ((stored.keys() - here.keys(), "in the checkpoint"), (here.keys() - stored.keys(), "here")):
        if names:
            listed = sorted(names)
            more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
            found.append(f"{what}: only {where}: {', '.join(listed[:3])}{more}")
    return found
