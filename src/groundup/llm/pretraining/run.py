"""The run: a trainer of next tokens, on one process or on several that average their gradients."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from groundup.checks import check_choice
from groundup.neural.optim import AdamW, muon_and_adamw
from groundup.neural.training import Trainer

__all__ = ["NextTokenTrainer", "next_token_loss", "optimizer_of", "ranks", "together"]


def next_token_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats a token; logits (B, T, V), targets (B, T)."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def optimizer_of(model: Any, name: str, lr: float, weight_decay: float = 0.1) -> Any:
    """AdamW with decay of matrices alone, or Muon for the blocks' matrices and AdamW for the rest.

    Parameters
    ----------
    model : groundup.transformers.gpt.GPT
    name : {"adamw", "muon"}
    lr, weight_decay : float

    Returns
    -------
    Optimizer
    """
    check_choice("optimizer", name, ("adamw", "muon"))
    if name == "adamw":
        return AdamW(model.decay_groups(weight_decay), lr, betas=(0.9, 0.95))
    tables = [model.wte.weight, model.wpe.weight]
    return muon_and_adamw(model.parameters(), lr=lr, weight_decay=weight_decay, others=tables, others_lr=lr / 2)


def ranks() -> tuple[int, int, int]:
    """This process's rank, its rank on this machine, and how many there are, as torchrun says; 0, 0, 1 without it."""
    rank, local, count = (int(os.environ.get(name, "0")) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))
    return rank, local, max(count, 1)


@contextmanager
def together(device: torch.device) -> Iterator[None]:
    """Inside, the processes that torchrun began can average their gradients; without torchrun nothing happens."""
    count = ranks()[2]
    if count > 1:
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    yield
    if count > 1:
        torch.distributed.barrier()
        if device.type == "cuda":
            torch.distributed.destroy_process_group()
            return
        # gloo's threads now and then abort a process that has done its work, while it is taken down
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


class NextTokenTrainer(Trainer):
    """Trains a language model to predict each next token; batches are (ids, next ids), each (B, T).

    Parameters
    ----------
    model, optimizer, data, **settings
        As for `Trainer`, without a loss.
    compile : bool
        Whether steps go through `torch.compile` (evaluation and checkpoints see the plain model).

    Notes
    -----
    Begun by torchrun, every process computes its part of each batch and the gradients are averaged before the step
    (DistributedDataParallel). Rank 0 alone evaluates, reports and writes; all read the same checkpoint to resume. On
    one process a resumed run equals the uninterrupted one bit for bit; on several, dropout draws other numbers.
    """

    def __init__(self, model: torch.nn.Module, optimizer: Any, data: Any, *, compile: bool = False, **settings: Any):
        self.rank, local, self.ranks = ranks()
        if self.rank:
            settings |= {"validation": None, "evaluate_every": None, "callbacks": ()}
        super().__init__(model, optimizer, next_token_loss, data, **settings)
        self.network: Any = torch.compile(model) if compile else model
        self._begun_backward = 0
        if self.ranks > 1:
            devices = [local] if self.device.type == "cuda" else None
            self.network = torch.nn.parallel.DistributedDataParallel(self.network, device_ids=devices)

    def compute(self, batch: Any) -> tuple[torch.Tensor, Any, Any]:
        """Loss, logits and targets."""
        ids, targets = batch
        logits = (self.network if self.model.training else self.model)(ids)
        return self.loss(logits, targets), logits, targets

    def weigh(self, batch: Any) -> float:
        """Tokens."""
        return batch[-1].numel()

    def _backward(self, batch: Any, share: float = 1.0) -> torch.Tensor:
        """Ranks wait for each other in the last backward pass of a step alone."""
        self._begun_backward += 1
        alone = self.ranks > 1 and self._begun_backward % self.accumulate
        with self.network.no_sync() if alone else nullcontext():
            return super()._backward(batch, share)

    def save(self) -> Path:
        """As `Trainer.save`, on rank 0."""
        return super().save() if self.rank == 0 else Path()

    def resume(self, file: Any = None) -> int:
        """As `Trainer.resume`; every rank then draws its own random numbers."""
        step = super().resume(file)
        if self.rank:
            torch.manual_seed(step * self.ranks + self.rank)
        return step
