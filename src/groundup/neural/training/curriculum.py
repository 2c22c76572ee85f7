"""Easy examples first: a sampler whose pool grows from epoch to epoch.

In epoch t = 0, 1, ... only the easiest fraction c(t) of the data is drawn from, by the root-p competence of Platanios
et al. (2019, arXiv 1903.09848):

    c(t) = min(1, (t (1 - c_0^p) / T + c_0^p)^(1/p)),                                            (1)

which starts at c_0 and reaches 1 at t = T. With p = 1 the pool grows evenly; with p = 2 its growth slows down, so that
each example that is new gets about as much time as the ones before.
"""

from typing import Any

import numpy as np

from groundup.checks import check_count, check_number
from groundup.neural.batching.samplers import Sampler

__all__ = ["CurriculumSampler", "competence"]


def competence(t: float, T: int, start: float = 0.2, power: float = 2.0) -> float:
    """The fraction of the data in use after t epochs, equation (1).

    Parameters
    ----------
    t : float
        Epochs so far.
    T : int
        Epochs after which all data are in use.
    start : float
        Fraction in use at the beginning.
    power : float
        p of the equation.

    Returns
    -------
    float
        Between `start` and 1.
    """
    return min(1.0, (t * (1 - start**power) / T + start**power) ** (1 / power)) if t < T else 1.0


class CurriculumSampler(Sampler):
    """Each epoch a new random order of the easiest examples, more of them every time.

    Parameters
    ----------
    difficulty : array-like of shape (n,)
        Any number that is larger for harder examples.
    epochs : int
        T of equation (1): from this epoch on, all examples are drawn.
    start : float
        Fraction of the data in the first epoch, above 0 and at most 1.
    power : float
        p of equation (1), at least 1.
    seed : int or None
        Of the sampler's own generator.

    Raises
    ------
    TypeError, ValueError
        For settings outside these ranges, or a difficulty that is NaN.

    Examples
    --------
    >>> sampler = CurriculumSampler([0.3, 0.1, 0.2, 0.9], epochs=2, start=0.5)
    >>> [sorted(sampler) for _ in range(3)]
    [[1, 2], [0, 1, 2], [0, 1, 2, 3]]
    """

    def __init__(
        self, difficulty: Any, epochs: int, start: float = 0.2, *, power: float = 2.0, seed: int | None = 0
    ) -> None:
        difficulty = np.asarray(difficulty, dtype=np.float64)
        if difficulty.ndim != 1 or np.isnan(difficulty).any():
            raise ValueError(f"difficulty must be one number an example, none NaN; its shape is {difficulty.shape}")
        super().__init__(len(difficulty), seed)
        check_count("epochs", epochs)
        check_number("start", start, 0.0, np.nextafter(1.0, 2.0), open_low=True)
        check_number("power", power, 1.0)
        self.epochs, self.start, self.power = int(epochs), float(start), float(power)
        self._easiest_first = np.argsort(difficulty, kind="stable")

    def __len__(self) -> int:
        fraction = competence(self.epoch, self.epochs, self.start, self.power)
        return max(1, round(fraction * self.n))

    def order(self) -> np.ndarray:
        """The pool of this epoch, shuffled."""
        return self.generator.permutation(self._easiest_first[: len(self)])
