"""Batches of equal length cut out of one long sequence of tokens."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from groundup.checks import check_count
from groundup.llm.pretraining.corpus import CorpusError

__all__ = ["TokenWindows"]


class TokenWindows:
    """Windows of T + 1 tokens, in batches: the first T are inputs, the last T what follows each of them.

    An epoch cuts the sequence into windows that share no target, beginning at a random place below T, so that the cuts
    of two epochs differ, and deals them in random order: every token is a target once an epoch. (Drawing places at
    random, as is common, leaves a share of about 1/e of the tokens out of an epoch's worth of steps.)

    Parameters
    ----------
    tokens : Shards
        Or whatever has a length and ``read(start, length)``.
    length : int
        T.
    batch_size : int
        Windows a batch, of this rank.
    shuffle : bool
        Without it every epoch is the same, from the beginning in order: for validation.
    seed : int
    rank, ranks : int
        Which of so many equal processes this is; a batch is dealt to all ranks, each takes its part.

    Raises
    ------
    CorpusError
        If there are fewer windows than one batch of all ranks.
    """

    def __init__(
        self, tokens: Any, length: int, batch_size: int, *, shuffle: bool = True, seed: int = 0, rank: int = 0,
        ranks: int = 1,
    ) -> None:  # fmt: skip
        for name, value in (("length", length), ("batch_size", batch_size), ("ranks", ranks)):
            check_count(name, value)
        check_count("seed", seed, 0)
        if not 0 <= rank < ranks:
            raise ValueError(f"rank must be from 0 to {ranks - 1}; got {rank}")
        self.tokens, self.length, self.batch_size = tokens, length, batch_size
        self.shuffle, self.seed, self.rank, self.ranks = shuffle, seed, rank, ranks
        self.windows = max((len(tokens) - 1) // length - shuffle, 0)  # one less where the first place is random
        if shuffle and not self.windows:
            self.windows = int(len(tokens) > length)
        if len(self) == 0:
            need = batch_size * ranks
            raise CorpusError(f"{len(tokens)} tokens make {self.windows} windows of {length} + 1; a batch needs {need}")
        self.epoch = self.batch = 0

    def __len__(self) -> int:
        """Batches an epoch; when shuffled, windows that fill no batch are left out (others each epoch)."""
        whole, rest = divmod(self.windows, self.batch_size * self.ranks)
        return whole + (rest > 0 and not self.shuffle and self.ranks == 1)

    def _starts(self) -> np.ndarray:
        """First tokens of the epoch's windows, in its order."""
        places = np.arange(self.windows) * self.length
        if not self.shuffle:
            return places
        random = np.random.default_rng((self.seed, self.epoch))
        room = len(self.tokens) - 1 - self.windows * self.length
        return random.permutation(places + random.integers(min(room + 1, self.length)))

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        starts, wide = self._starts(), self.batch_size * self.ranks
        while self.batch < len(self):
            mine = starts[self.batch * wide : (self.batch + 1) * wide][self.rank :: self.ranks]
            rows = torch.from_numpy(np.stack([self.tokens.read(int(start), self.length + 1) for start in mine]))
            self.batch += 1
            yield rows[:, :-1], rows[:, 1:]
        self.epoch, self.batch = self.epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        """Which epoch and which batch of it comes next, and of what."""
        return {"epoch": self.epoch, "batch": self.batch, "seed": self.seed, "windows": self.windows,
                "length": self.length, "together": self.batch_size * self.ranks}  # fmt: skip

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where `state_dict` was taken; ValueError if it is of other tokens, another length, batch or seed."""
        here = self.state_dict()
        for name in ("seed", "windows", "length", "together"):
            if state[name] != here[name]:
                raise ValueError(f"the state has {name} {state[name]}, here it is {here[name]}")
        self.epoch, self.batch = state["epoch"], state["batch"]
