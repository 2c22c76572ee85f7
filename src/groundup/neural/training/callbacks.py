"""What happens beside training: a callback is told of five events and may ask the trainer to stop."""

import sys
import time
from typing import TYPE_CHECKING, Any

from groundup.neural.regularization.early_stopping import EarlyStopping

if TYPE_CHECKING:
    from groundup.neural.training.trainer import Trainer

__all__ = ["Callback", "Progress", "StopEarly"]


class Callback:
    """Base of the callbacks; override what is of interest. What is not overridden costs nothing.

    A callback whose behaviour depends on the past keeps it in `state_dict`, which goes into every checkpoint.
    """

    def on_start(self, trainer: "Trainer") -> None:
        """Training begins, or goes on."""

    def on_step(self, trainer: "Trainer") -> None:
        """A step was made; `trainer.step` counts it."""

    def on_log(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """A row was added to the history: step, epoch, loss, lr, and norm when clipping."""

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """The validation data were gone through; `row` has val_loss and the metrics as val_<name>."""

    def on_end(self, trainer: "Trainer") -> None:
        """Training is over, for whatever reason."""

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs to go on; empty if there is nothing to keep."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken."""


class StopEarly(Callback):
    """Stops training when a number of the evaluation has not improved for a while.

    Parameters
    ----------
    watch : str
        Name in the row of an evaluation.
    patience, min_delta, mode
        As for `groundup.neural.regularization.early_stopping.EarlyStopping`.

    Attributes
    ----------
    rule : EarlyStopping
    """

    def __init__(self, watch: str = "val_loss", patience: int = 5, min_delta: float = 0.0, mode: str = "min") -> None:
        self.watch, self.rule = watch, EarlyStopping(patience, min_delta, mode)

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Ask to stop if `patience` evaluations brought nothing new."""
        if self.watch not in row:
            raise KeyError(f"StopEarly watches {self.watch!r}; an evaluation has {', '.join(row)}")
        if self.rule.update(row[self.watch], trainer.step):
            best = (
                f"{self.rule.best:.4g} at step {self.rule.best_step}"
                if self.rule.best is not None
                else "never a number"
            )
            trainer.stop(f"{self.watch} has not improved for {self.rule.patience} evaluations (best: {best})")

    def state_dict(self) -> dict[str, Any]:
        """The rule's state."""
        return self.rule.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the rule's state back."""
        self.rule.load_state_dict(state)


class Progress(Callback):
    """Tells how far training is: a bar in a terminal (with the package rich), else a line an interval.

    Parameters
    ----------
    every : float
        Least seconds between two lines, where there is no terminal.
    stream : text file, optional
        Where to write; standard error by default.
    unit : str
        What the speed is told in.
    amount : float
        Units a step.
    """

    def __init__(self, every: float = 2.0, stream: Any = None, *, unit: str = "steps", amount: float = 1) -> None:
        self.every, self.stream, self.unit, self.amount = every, stream, unit, amount

    def on_start(self, trainer: "Trainer") -> None:
        """Open the bar, if there is to be one."""
        self._stream = self.stream or sys.stderr
        self._began, self._first, self._told, self._values = time.monotonic(), trainer.step, -self.every, {}
        self._bar = _bar(self._stream) if self._stream.isatty() else None
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=trainer.total_steps(), completed=trainer.step)

    def on_log(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Show the loss and the speed."""
        self._tell(trainer, row)

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Show what the evaluation found."""
        self._tell(trainer, row, now=True)

    def on_end(self, trainer: "Trainer") -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.stop()

    def _tell(self, trainer: "Trainer", row: dict[str, float], now: bool = False) -> None:
        self._values.update({k: v for k, v in row.items() if k not in ("step", "epoch")})
        words = "  ".join(f"{name} {value:.4g}" for name, value in self._values.items())
        seconds, total = time.monotonic() - self._began, trainer.total_steps()
        speed = (trainer.step - self._first) / max(seconds, 1e-9)
        told = f"{words}  {speed * self.amount:,.0f} {self.unit}/s"
        if self._bar is not None:
            self._bar.update(self._task, completed=trainer.step, description=told)
            return
        if now or seconds - self._told >= self.every:
            self._told = seconds
            left = f"  {_duration((total - trainer.step) / speed)} left" if total and speed else ""
            print(f"step {trainer.step}{f'/{total}' if total else ''}  {told}{left}", file=self._stream, flush=True)


def _duration(seconds: float) -> str:
    """As h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar(stream: Any) -> Any:
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar
    except ImportError:
        return None
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    return Bar(*columns, console=Console(file=stream))
