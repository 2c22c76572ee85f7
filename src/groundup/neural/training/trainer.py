"""The training loop: one fenced step, and what happens between the steps.

Losses are read from the device once an interval, not once a step: until then they are tensors that nothing waits
for. Everything that the future depends on is in `Trainer.save`'s checkpoint, so a run that was killed and resumed
equals the uninterrupted one bit for bit (on the CPU, with the same number of threads and the same torch).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from groundup.neural.training.averaging import WeightAverage
from groundup.neural.training.callbacks import Callback
from groundup.neural.training.checkpoints import Checkpoints
from groundup.neural.training.divergence import diverged, first_bad
from groundup.neural.training.evaluation import measured
from groundup.neural.training.history import History
from groundup.neural.training.interruption import interruptible
from groundup.neural.training.parts import check_batch, check_goal, check_parts, check_settings, placed
from groundup.neural.training.precision import Precision, clip_gradients
from groundup.neural.training.randomness import seed_all
from groundup.neural.training.state import put_back, whole_state
from groundup.neural.training.storage import CheckpointError, read_state

__all__ = ["Trainer"]


class Trainer:
    """Trains a torch module.

    Parameters
    ----------
    model : torch.nn.Module
        On the device on which it is to be trained.
    optimizer : torch.optim.Optimizer or one of groundup.neural.optim
    loss : callable ``(outputs, targets) -> tensor``
        The mean loss of a batch.
    data : iterable of batches
        An epoch each time it is gone through; a batch is a tuple, its last entry the targets, the ones before the
        model's arguments. With checkpoints it needs `state_dict` and `load_state_dict`, as
        `groundup.neural.batching.Loader` has them.
    validation : iterable of batches, optional
        Gone through by `evaluate`.
    metrics : dict of str to callable ``(outputs, targets) -> number``, optional
        Of all validation data together.
    scheduler : optional
        With ``step()`` and a state, made for the optimizer; called after every step (not every epoch).
    average : float, optional
        Decay of a `WeightAverage`; evaluation uses the averaged weights.
    accumulate : int
        Batches that make one step. Their gradients count by `weigh`, so that the step is that of the one large batch.
    clip : float, optional
        Largest norm of the gradient.
    precision : {"float32", "bfloat16", "float16"}
    checkpoints : Checkpoints, optional
    callbacks : sequence of Callback
    log_every : int
        Steps between two rows of the history; also how often the device is waited for and losses are looked at.
    evaluate_every : int, optional
        Steps between two evaluations; None for one at the end of each epoch.
    seed : int, optional
        Seeds the global generators of Python, NumPy and torch when training begins (not when it goes on).
    divergence : float
        Training stops when the mean loss of an interval is above this many times the first loss (or this number, if
        that is larger), or not finite.
    restore : bool
        Whether it is then set back to the last good checkpoint before the error is raised.

    Attributes
    ----------
    step, epoch : int
        Steps made, epochs completed.
    history : History
    stopped : str or None
        Why training was stopped before its end.

    Raises
    ------
    TypeError, ValueError
        For settings outside these ranges, a model without parameters, an optimizer with parameters of another model,
        or data that are no batches.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: Any,
        loss: Callable[[Any, Any], torch.Tensor],
        data: Any,
        *,
        validation: Iterable[Any] | None = None,
        metrics: dict[str, Callable[[Any, Any], Any]] | None = None,
        scheduler: Any = None,
        average: float | None = None,
        accumulate: int = 1,
        clip: float | None = None,
        precision: str = "float32",
        checkpoints: Checkpoints | None = None,
        callbacks: Sequence[Callback] = (),
        log_every: int = 50,
        evaluate_every: int | None = None,
        seed: int | None = None,
        divergence: float = 10.0,
        restore: bool = False,
    ) -> None:
        check_settings(accumulate, log_every, evaluate_every, clip, divergence)
        check_parts(model, optimizer, data, validation, checkpoints)
        self.model, self.optimizer, self.loss, self.data = model, optimizer, loss, data
        self.validation, self.metrics, self.scheduler = validation, metrics or {}, scheduler
        self.accumulate, self.clip = accumulate, clip
        self.checkpoints, self.callbacks = checkpoints, tuple(callbacks)
        self.log_every, self.evaluate_every, self.seed = log_every, evaluate_every, seed
        self.divergence, self.restore = float(divergence), restore
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.device = self.parameters[0].device
        self.precision = Precision(precision, self.device)
        self.scaler = self.precision.scaler
        self.average = None if average is None else WeightAverage(model, average)
        self.step, self.epoch, self.stopped = 0, 0, None
        self.through = False  # the data's epoch is at its end, the trainer's not yet
        self.history = History()
        self.losses: list[torch.Tensor] = []  # of the steps since the last row of the history
        self.norms: list[torch.Tensor] = []
        self.first_loss: float | None = None
        self._goal: tuple[int | None, int | None] = (None, None)
        self._here, self._plain = self.device.type == "cpu", clip is None and self.scaler is None
        self._interrupted = False
        self.begun = 0  # the step at which the epoch under way began
        self._rest: Iterator[Sequence[Any]] | None = None  # of that epoch, when `fit` left it early or it is resumed

    # ------------------------------------------------------------------------------------------- one step

    def compute(self, batch: Any) -> tuple[torch.Tensor, Any, Any]:
        """Mean loss, outputs and targets of a batch; override it for batches of another form."""
        check_batch(batch)
        *inputs, targets = batch
        outputs = self.model(*inputs)
        return self.loss(outputs, targets), outputs, targets

    def weigh(self, batch: Any) -> float:
        """What the mean in `compute` was taken over: examples; override it where it is tokens."""
        return len(batch[-1])

    def train_step(self, batches: Sequence[Any]) -> None:
        """Forward, loss, backward, clip, step, schedule: one step from one or more batches."""
        self.optimizer.zero_grad()
        if len(batches) == 1:
            total = self._backward(batches[0])
        else:
            weights = [self.weigh(batch) for batch in batches]
            total = sum(self._backward(b, w / sum(weights)) for b, w in zip(batches, weights, strict=True))
        if self._plain or self._ready():  # clip
            self.optimizer.step()  # step
            if self.scheduler is not None:
                self.scheduler.step()  # schedule
            if self.average is not None:
                self.average.update()
        self.losses.append(total)  # pyright: ignore[reportArgumentType]  # a sum of tensors is one

    def _backward(self, batch: Any, share: float = 1.0) -> torch.Tensor:
        """Forward, loss, backward; the batch's share of the step's loss, which nothing waits for."""
        with self.precision.forward():
            loss = self.compute(batch if self._here else placed(batch, self.device))[0]  # forward, loss
        if share != 1.0:
            loss = loss * share
        (loss if self.scaler is None else loss * self.scaler.scale).backward()  # backward
        return loss.detach()

    def _ready(self) -> bool:
        """Bring gradients to their true size and clip them; False where float16 overflowed: then no step."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if self.scaler is not None:
            finite = self.scaler.unscale(gradients)
            self.scaler.update(finite)
            if not finite:
                return False
        if self.clip is not None:
            self.norms.append(clip_gradients(gradients, self.clip))
        return True

    # ------------------------------------------------------------------------------------------- the loop

    def fit(self, *, epochs: int | None = None, steps: int | None = None) -> History:
        """Train until so many epochs or steps have been made in all, counting those before a resume; the history.

        Called again, it goes on in the middle of the epoch, where it ended. An epoch whose last step was made has its
        evaluation also when `steps` end the training there (which is known of data with a length).

        Parameters
        ----------
        epochs, steps : int, optional
            At least one of them; what is reached first ends the training.

        Raises
        ------
        DivergenceError, CheckpointError
            If a loss or a weight is bad (see `divergence`); if checkpoints cannot be written, or a new training finds
            those of another in its folder, told before the first step.
        TypeError, ValueError
            If epochs or steps are no whole number above 0; if a batch is no tuple; if data or validation give no batch.
        KeyboardInterrupt
            After Ctrl-C: the step under way was finished and a checkpoint written; the message says where.
        """
        check_goal(epochs, steps)
        self._goal, self._interrupted = (epochs, steps), False
        if self.checkpoints is not None:
            self.checkpoints.check_folder(new=self.step == 0)
        if self.step == 0 and self.seed is not None:
            seed_all(self.seed)
        on_step = [c.on_step for c in self.callbacks if type(c).on_step is not Callback.on_step]
        self.model.train()
        self._tell("on_start")
        try:
            with interruptible(lambda: setattr(self, "_interrupted", True)):
                while not self._finished():
                    self._epoch(on_step)
                if self._at_end_of_epoch():  # the last step was the epoch's last as well
                    next(iter(()) if self.through else self._remaining(), None)  # so the data know, too
                    self._end_epoch()
                if self.losses:
                    self._log()
                if self.checkpoints is not None:
                    self.save()
        finally:
            self._tell("on_end")
        return self.history

    def _epoch(self, on_step: list[Callable]) -> None:
        """The rest of the epoch under way; `_rest` keeps what is left of it when there are steps enough."""
        due, groups = self._next_pause(), iter(()) if self.through else self._remaining()
        for group in groups:
            self.train_step(group)
            self.step += 1
            for call in on_step:
                call(self)
            if self.step >= due or self._interrupted or self.stopped is not None:
                self._pause()
                if self._finished():
                    self._rest = groups
                    return
                due = self._next_pause()
        if self.step == self.begun:
            raise ValueError("data gave no batch in a whole epoch")
        self._end_epoch()

    def _remaining(self) -> Iterator[Sequence[Any]]:
        """The batches of each step that the epoch under way still has; of a new epoch if none is under way."""
        groups, self._rest = self._rest, None
        if groups is None:
            groups, self.begun = self._groups(iter(self.data)), self.step
        return groups

    def _at_end_of_epoch(self) -> bool:
        whole = self._epoch_steps()
        return self.through or (whole is not None and self.step - self.begun >= whole > 0)

    def _end_epoch(self) -> None:
        self.through, self._rest, self.begun = False, None, self.step
        self.epoch += 1
        if self.evaluate_every is None and self.validation is not None:
            self.evaluate()

    def _groups(self, batches: Iterator[Any]) -> Iterator[Sequence[Any]]:
        """The batches of each step."""
        if self.accumulate == 1:
            yield from zip(batches, strict=True)
            return
        while group := tuple(islice(batches, self.accumulate)):
            self.through = len(group) < self.accumulate  # asking for one more has ended the epoch of the data
            yield group

    def _next_pause(self) -> int:
        """The next step after which there is more to do than the next step."""
        every = (self.log_every, self.evaluate_every, self.checkpoints and self.checkpoints.every)
        return min([self.step + k - self.step % k for k in every if k] + [k for k in self._goal[1:] if k is not None])

    def _pause(self) -> None:
        """Log, evaluate, save, leave: whatever is due."""
        if self.step % self.log_every == 0:
            self._log()
        if self.evaluate_every and self.step % self.evaluate_every == 0:
            self.evaluate()
        if self.checkpoints is not None and self.checkpoints.every and self.step % self.checkpoints.every == 0:
            self.save()
        if self._interrupted:
            self._leave()

    def _finished(self) -> bool:
        epochs, steps = self._goal
        enough = (epochs is not None and self.epoch >= epochs) or (steps is not None and self.step >= steps)
        return enough or self.stopped is not None

    def stop(self, why: str) -> None:
        """Ask training to end after the step under way, for a reason."""
        self.stopped = why

    def total_steps(self) -> int | None:
        """Steps that `fit` will have made in the end; None if nobody knows."""
        epochs, steps = self._goal
        whole = self._epoch_steps()
        if epochs is None or whole is None:
            return steps
        return epochs * whole if steps is None else min(steps, epochs * whole)

    def _epoch_steps(self) -> int | None:
        try:
            return -(-len(self.data) // self.accumulate)
        except TypeError:  # data without a length
            return None

    # ------------------------------------------------------------------------------------------- between steps

    def _log(self) -> None:
        values = self._read_losses()
        row = {"loss": sum(values) / len(values), "lr": float(self.optimizer.param_groups[0]["lr"])}
        if self.norms:
            row["norm"] = float(torch.stack(self.norms).max())
        self.losses.clear()
        self.norms.clear()
        self.history.add(self.step, self.epoch, **row)
        self._tell("on_log", {"step": self.step, "epoch": self.epoch, **row})

    def _read_losses(self) -> list[float]:
        """The losses since the last row; DivergenceError if they are bad."""
        values = torch.stack(self.losses).tolist() if self.losses else []
        if self.first_loss is None and values:
            self.first_loss = values[0]
        bad = first_bad(values, self.divergence * max(1.0, abs(self.first_loss or 0.0)))
        if bad is not None:
            began = self.step - len(values) + 1
            diverged(self, f"the loss is {values[bad]:.4g}", began + bad, values[: bad + 1])
        return values

    def evaluate(self) -> dict[str, float]:
        """Go through the validation data; loss and metrics, which also go into the history.

        There is ``val_loss``, the mean over examples (as `weigh` counts them), and ``val_<name>`` of each metric.

        Raises
        ------
        ValueError
            If there are no validation data, or they gave no batch.
        """
        row = measured(self)
        self.history.add(self.step, self.epoch, **row)
        self._tell("on_evaluate", {"step": self.step, "epoch": self.epoch, **row})
        if self.checkpoints is not None and self.checkpoints.improved(row):
            self.checkpoints.save_best(whole_state(self))
        return row

    def _tell(self, event: str, *values: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self, *values)

    # ------------------------------------------------------------------------------------------- stop and go on

    def save(self) -> Path:
        """Write a checkpoint of the whole training; the file.

        Raises
        ------
        CheckpointError
            If there is no room, or no `checkpoints`.
        DivergenceError
            If a loss or a weight is not finite: such a state is not kept.
        """
        if self.checkpoints is None:
            raise CheckpointError("the trainer was made without checkpoints")
        losses = self._read_losses()
        if not all(bool(p.isfinite().all()) for p in self.parameters):
            diverged(self, "a weight is not finite", self.step, losses)
        return self.checkpoints.save(self.step, whole_state(self))

    def resume(self, file: Any = None) -> int:
        """Go back to a checkpoint: a file, or the newest that is sound; the step it was taken at.

        Raises
        ------
        CheckpointError
            If there is none, or it is of another model, optimizer or set of parts; nothing is changed then.
        """
        if file is None and self.checkpoints is None:
            raise CheckpointError("the trainer was made without checkpoints; name a file to resume from")
        source, state = self.checkpoints.newest() if file is None else (file, read_state(file))  # type: ignore[union-attr]
        put_back(self, state, source)
        self._rest = self._groups(iter(self.data))
        return self.step

    def _leave(self) -> None:
        if self.checkpoints is None:
            raise KeyboardInterrupt(f"stopped after step {self.step}; nothing was saved, for want of checkpoints")
        file = self.save()
        raise KeyboardInterrupt(f"stopped after step {self.step}, saved as {file}; resume(), then fit(...), goes on")
