"""Logits in, logits out: what may be drawn next, and how boldly.

Each function takes logits of shape (B, V), a torch tensor or a NumPy array, and answers in the same kind with the
same shape; what is ruled out is -inf. The argument is left as it is. Those that look back take `history`, the ids so
far, prompt included: a (B, T) array or one sequence a row. Equal to the processors of the transformers library, on
entries of -inf too, but where a docstring says otherwise.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from math import inf, log
from typing import Any

import numpy as np
import torch
from torch import Tensor

from groundup.checks import check_count, check_number

__all__ = [
    "bias",
    "forbid",
    "min_p",
    "no_repeat_ngram",
    "presence_penalty",
    "repetition_penalty",
    "temperature",
    "top_k",
    "top_p",
    "typical",
]

History = Sequence[Any] | Tensor | np.ndarray


def _either_world(process: Callable[..., Tensor]) -> Callable[..., Any]:
    """Let a function of a tensor take an array too (which shares its memory with the tensor)."""

    @wraps(process)
    def call(logits: Any, *arguments: Any, **named: Any) -> Any:
        array = isinstance(logits, np.ndarray)
        if array and (not logits.flags.writeable or min(logits.strides, default=0) < 0):  # torch takes neither
            logits = logits.copy()
        tensor = torch.from_numpy(logits) if array else logits
        if not isinstance(tensor, Tensor):
            raise TypeError(f"logits must be a tensor or an array; got {type(logits).__name__}")
        if tensor.ndim != 2 or not tensor.shape[1] or not tensor.dtype.is_floating_point:
            raise ValueError(f"logits must be floats of shape (B, V); got {tensor.dtype}, {tuple(tensor.shape)}")
        out = process(tensor, *arguments, **named)
        return out.numpy() if array else out

    return call


@_either_world
def temperature(logits: Any, value: float) -> Any:
    """Divide by a temperature above 0: below 1 the likely becomes likelier, above 1 all comes closer to equal.

    The limit of 0 is greedy decoding, which `generate` does for ``temperature=0``; here 0 is refused.
    """
    check_number("temperature", value, 0, open_low=True)
    return logits / value


@_either_world
def top_k(logits: Any, k: int) -> Any:
    """Keep the k largest, and whatever equals the k-th (Fan et al. 2018); k above V keeps all."""
    check_count("top_k", k)
    if k >= logits.shape[1]:
        return logits.clone()
    least = logits.topk(k).values[:, -1:]
    return torch.where(logits < least, -inf, logits)


@_either_world
def top_p(logits: Any, p: float) -> Any:
    """Keep the smallest set of the likeliest whose probability reaches p (Holtzman et al. 2020).

    Equivalently: going upwards from the least likely, drop as long as what is dropped has probability 1 - p at most.
    The likeliest always stays. Of equal logits at the border, those with the lower id stay, as with `argmax`; the
    reference keeps as many of them, but which is left to a sort that is not stable.

    Notes
    -----
    Only the value at the border is needed, so the values are sorted without their places: three times as fast.
    """
    _check_share("top_p", p)
    rising = _ascending(logits)
    dropped = rising.softmax(1).cumsum(1) <= 1 - p
    dropped[:, -1] = False
    border = rising.gather(1, dropped.sum(1, keepdim=True))  # dropped is a run of True from the left
    tied = (rising == border) & dropped  # so many of those that equal the border go
    out = torch.where(logits < border, -inf, logits)
    for row in tied.any(1).nonzero()[:, 0].tolist():
        ids = (logits[row] == border[row]).nonzero()[:, 0]
        out[row, ids[len(ids) - int(tied[row].sum()) :]] = -inf
    return out


def _ascending(logits: Tensor) -> Tensor:
    """Each row sorted. NumPy's sort of floats uses wide vectors where the processor has them."""
    if logits.device.type == "cpu" and logits.dtype in (torch.float32, torch.float64):
        return torch.from_numpy(np.sort(logits.detach().numpy(), axis=1))
    return logits.sort(1).values


@_either_world
def min_p(logits: Any, p: float) -> Any:
    """Keep what is at least p times as likely as the likeliest (Nguyen et al. 2024).

    A ratio of probabilities is a difference of logits: what stays is at most -log p below the largest logit, and no
    probability has to be computed. (Within rounding of that border the reference, which computes them, may differ.)
    """
    check_number("min_p", p, 0)
    if p > 1:
        raise ValueError(f"min_p must be at most 1; got {p!r}")
    reach = -inf if p == 0 else log(p)
    return torch.where(logits < logits.amax(1, keepdim=True) + reach, -inf, logits)


@_either_world
def typical(logits: Any, mass: float) -> Any:
    """Keep those whose surprise is nearest to the mean surprise, up to a probability of `mass` (Meister 2022)."""
    _check_share("typical_p", mass)
    logp = logits.log_softmax(1)
    entropy = -(logp * logp.exp()).nansum(1, keepdim=True)
    distance, order = _ordered((-logp - entropy).abs())
    reached = (logits.gather(1, order).softmax(1).cumsum(1) < mass).sum(1, keepdim=True)
    far = distance > distance.gather(1, reached.clamp(max=logits.shape[1] - 1))
    far[:, 0] = False
    return torch.where(far.scatter(1, order, far), -inf, logits)


def _ordered(values: Tensor) -> tuple[Tensor, Tensor]:
    """Each row sorted upwards, and where its entries stood; by NumPy for the same reason as above."""
    if values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64):
        order = torch.from_numpy(np.argsort(values.detach().numpy(), axis=1))
        return values.gather(1, order), order
    values, order = values.sort(1)
    return values, order


@_either_world
def repetition_penalty(logits: Any, history: History, penalty: float) -> Any:
    """Divide positive logits of tokens in the history by the penalty, multiply negative ones (Keskar et al. 2019).

    Above 1 repeats become less likely. Logits have no natural zero, so how hard this hits depends on the constant
    that a model happens to add to all of them: `presence_penalty` does not.
    """
    check_number("repetition_penalty", penalty, 0, open_low=True)
    out = logits.clone()
    for row, ids in enumerate(_rows(logits, history)):
        old = out[row].gather(0, ids)
        new = torch.where(old < 0, old * penalty, old / penalty)
        out[row].scatter_(0, ids, new)  # of an id that comes twice, twice the same
    return out


@_either_world
def presence_penalty(logits: Any, history: History, presence: float = 0.0, frequency: float = 0.0) -> Any:
    """Subtract `presence` from tokens in the history, and `frequency` for each time they occur.

    As hosted models define it, with their ranges; there the history is what was generated, without the prompt.
    Adding a constant to all logits changes nothing in what comes out.
    """
    out = logits.clone()
    for row, ids in enumerate(_rows(logits, history)):
        seen, times = ids.unique(return_counts=True)
        out[row, seen] -= presence + frequency * times.to(logits.dtype)
    return out


@_either_world
def no_repeat_ngram(logits: Any, history: History, n: int) -> Any:
    """Rule out every token that would complete a run of n tokens which the history already has.

    As `repetition_penalty` for the arguments; n is at least 1, and 1 rules out whatever came before.
    """
    check_count("no_repeat_ngram", n)
    out = logits.clone()
    for row, ids in enumerate(_rows(logits, history)):
        if len(ids) < n:
            continue
        runs = ids.unfold(0, n, 1)
        again = (runs[:, :-1] == ids[len(ids) - n + 1 :]).all(1)
        out[row, runs[again, -1]] = -inf
    return out


@_either_world
def bias(logits: Any, amounts: Mapping[int, float]) -> Any:
    """Add a number to the logits of some tokens, as {token: number}; -inf rules a token out."""
    ids = torch.tensor([_id(token, logits.shape[1]) for token in amounts], dtype=torch.int64)
    out = logits.clone()
    out[:, ids] += torch.tensor(list(amounts.values()), dtype=logits.dtype)
    return out


@_either_world
def forbid(logits: Any, tokens: Iterable[int]) -> Any:
    """Rule some tokens out."""
    out = logits.clone()
    out[:, [_id(token, logits.shape[1]) for token in tokens]] = -inf
    return out


def _id(token: Any, vocabulary: int) -> int:
    check_count("a token", token, 0)
    if token >= vocabulary:
        raise ValueError(f"a token must be below the {vocabulary} of the vocabulary; got {token}")
    return int(token)


def _rows(logits: Tensor, history: History) -> list[Tensor]:
    """The history's rows as tensors of ids."""
    if len(history) != len(logits):
        raise ValueError(f"history must have a row for each of the {len(logits)} rows of logits; got {len(history)}")
    rows = [torch.as_tensor(ids, dtype=torch.int64, device=logits.device) for ids in history]
    for ids in rows:
        low, high = map(int, ids.aminmax()) if len(ids) else (0, 0)
        if low < 0 or high >= logits.shape[1]:
            raise ValueError(f"history must hold ids from 0 to {logits.shape[1] - 1}; got {ids.tolist()}")
    return rows


def _check_share(name: str, value: Any) -> None:
    check_number(name, value, 0)
    if value > 1:
        raise ValueError(f"{name} must be at most 1; got {value!r}")
