"""What a run tells while it goes on: samples, a loss curve, and a folder with the model so far."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.files import write_whole
from groundup.llm.checkpoint import save_checkpoint
from groundup.neural.training import Callback

if TYPE_CHECKING:
    from groundup.neural.training import Trainer

__all__ = ["Curve", "ModelFolder", "Samples"]


class Samples(Callback):
    """After each evaluation, texts that the model writes: to a stream and, added at the end, to a file.

    Parameters
    ----------
    write : callable ``model -> str``
        Generates; it must take its randomness from a generator of its own, or training would change.
    file : path
    show : callable ``str -> None``
    """

    def __init__(self, write: Callable[[Any], str], file: Any, show: Callable[[str], Any] = print) -> None:
        self.write, self.file, self.show = write, Path(file), show

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Write a sample."""
        training = trainer.model.training
        trainer.model.eval()
        text = self.write(trainer.model)
        trainer.model.train(training)
        said = f"--- step {trainer.step}, validation loss {row['val_loss']:.3f}\n{text}\n"
        with self.file.open("a", encoding="utf-8", errors="replace") as file:
            file.write(said)
        self.show(said)


class Curve(Callback):
    """The loss curve so far, drawn into an SVG file after each evaluation and at the end.

    Parameters
    ----------
    file : path
    """

    def __init__(self, file: Any) -> None:
        self.file = Path(file)

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Draw."""
        self.on_end(trainer)

    def on_end(self, trainer: "Trainer") -> None:
        """Draw."""
        if not trainer.history.rows:
            return
        drawn = io.StringIO()
        trainer.history.plot().savefig(drawn, format="svg")
        write_whole(self.file, drawn.getvalue())


class ModelFolder(Callback):
    """The model with the lowest validation loss so far, in a folder that `groundup generate` reads.

    Parameters
    ----------
    folder : path
    tokenizer : groundup.text.tokenization.Tokenizer
        Kept beside the model.
    """

    def __init__(self, folder: Any, tokenizer: Any) -> None:
        self.folder, self.tokenizer, self.best = Path(folder), tokenizer, float("inf")

    def on_evaluate(self, trainer: "Trainer", row: dict[str, float]) -> None:
        """Write the model if it is the best."""
        if row["val_loss"] < self.best:
            self.best = row["val_loss"]
            save_checkpoint(trainer.model, self.tokenizer, self.folder)

    def state_dict(self) -> dict[str, Any]:
        """The lowest loss."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on with it."""
        self.best = float(state["best"])
