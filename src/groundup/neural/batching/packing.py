"""Packing: several documents in one row, kept apart by a mask, so that hardly any position is padding.

Which documents share a row is the bin-packing problem, hard to solve exactly. *Next fit* fills a row and opens the next
when a document does not fit: at most twice the fewest rows, and documents stay in order. *First fit decreasing* takes
the longest first and puts each into the first row with room: at most 11/9 of the fewest rows plus 6/9 (Dósa 2007,
doi 10.1007/978-3-540-74450-4_1).

A packed row must not mix its documents. Every position carries the number of its document and its place in it; a
position may look at earlier positions *of the same document* only. The mask is block-diagonal and causal:

    mask[i, j] = (document[i] = document[j] ≥ 0)  and  j ≤ i .
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.checks import check_choice, check_count
from groundup.neural.batching._packing_kernels import first_fit
from groundup.neural.batching.bucketing import check_lengths

__all__ = ["Packed", "document_mask", "next_tokens", "pack", "pack_lengths"]

METHODS = ("first-fit-decreasing", "next-fit")


def pack_lengths(lengths: Any, length: int, method: str = "first-fit-decreasing") -> list[np.ndarray]:
    """Which documents share a row.

    Parameters
    ----------
    lengths : array-like of int, shape (n,)
        Lengths of the documents, each from 1 to `length`.
    length : int
        Positions a row.
    method : {"first-fit-decreasing", "next-fit"}

    Returns
    -------
    list of arrays of int64
        Documents of each row, each in one row.

    Raises
    ------
    ValueError
        If a document is longer than a row, or the method is unknown.
    """
    check_count("length", length)
    check_choice("method", method, METHODS)
    found = check_lengths(lengths)
    if found.max() > length:
        where = int(found.argmax())
        raise ValueError(f"document {where} has {found[where]} tokens, a row only {length}: split it before")
    if method == "next-fit":
        order, rows = np.arange(len(found)), _next_fit(found, length)
    else:
        order = np.argsort(-found, kind="stable")
        rows = first_fit(found[order], length)
    by_row = np.argsort(rows, kind="stable")
    return np.split(order[by_row], np.cumsum(np.bincount(rows))[:-1])


def _next_fit(lengths: np.ndarray, length: int) -> np.ndarray:
    rows, row, room = np.empty(len(lengths), dtype=np.int64), 0, length
    for i, size in enumerate(lengths.tolist()):
        if size > room:
            row, room = row + 1, length
        rows[i], room = row, room - size
    return rows


@dataclass(frozen=True)
class Packed:
    """Documents in rows.

    Parameters
    ----------
    tokens : ndarray of shape (rows, length)
    document : ndarray of int64, shape (rows, length)
        Number of the document that a position belongs to; -1 where there is padding.
    position : ndarray of int64, shape (rows, length)
        Place within the document, from 0 at each beginning; 0 where there is padding.
    rows : list of arrays
        Documents of each row, from left to right.
    """

    tokens: np.ndarray
    document: np.ndarray
    position: np.ndarray
    rows: list[np.ndarray]

    @property
    def waste(self) -> float:
        """Share of positions that hold padding."""
        return float(np.mean(self.document < 0))


def pack(
    documents: Sequence[Any],
    length: int,
    method: str = "first-fit-decreasing",
    *,
    fill: int = 0,
    split: bool = False,
) -> Packed:
    """Put documents into rows of a common length.

    Parameters
    ----------
    documents : sequence of array-likes, each of shape (tokens,)
        None of them empty.
    length : int
        Positions a row.
    method : {"first-fit-decreasing", "next-fit"}
    fill : int
        Token of the padding at the end of a row.
    split : bool
        Cut documents that are longer than a row into pieces of `length`; the pieces count as documents, numbered in
        order. Otherwise they are an error.

    Returns
    -------
    Packed

    Raises
    ------
    ValueError
        If there are no documents, one is empty or has not one axis, or one is longer than a row.
    """
    arrays = [np.asarray(d) for d in documents]
    if any(a.ndim != 1 for a in arrays):
        raise ValueError(f"documents must have one axis each; got shapes {[a.shape for a in arrays][:5]}")
    if split:
        arrays = [a[i : i + length] for a in arrays for i in range(0, max(len(a), 1), length)]
    rows = pack_lengths(np.array([len(a) for a in arrays], dtype=np.int64), length, method)
    tokens = np.full((len(rows), length), fill, dtype=np.result_type(*arrays))
    document, position = np.full((len(rows), length), -1), np.zeros((len(rows), length), dtype=np.int64)
    for r, members in enumerate(rows):
        start = 0
        for i in members:
            where = slice(start, start + len(arrays[i]))
            tokens[r, where], document[r, where] = arrays[i], i
            position[r, where] = np.arange(len(arrays[i]))
            start = where.stop
    return Packed(tokens, document, position, rows)


def document_mask(document: Any, *, causal: bool = True) -> Any:
    """Which position may look at which: the same document, and (if causal) not ahead.

    Parameters
    ----------
    document : array or torch tensor of int, shape (..., T)
        Numbers of documents, negative for padding.
    causal : bool
        Whether a position sees only itself and what came before.

    Returns
    -------
    array or tensor of bool, shape (..., T, T)
        ``mask[..., i, j]``: position i may look at position j. Rows of padding are False throughout.
    """
    same = (document[..., :, None] == document[..., None, :]) & (document >= 0)[..., :, None]
    if causal:
        steps = np.arange(document.shape[-1])
        behind = steps[:, None] >= steps
        same = same & (behind if isinstance(document, np.ndarray) else same.new_tensor(behind))
    return same


def next_tokens(packed: Packed, ignore: int = -100) -> np.ndarray:
    """What each position shall predict: the next token of its own document.

    Parameters
    ----------
    packed : Packed
    ignore : int
        Stands where there is nothing to predict: a document's last position, and padding. -100 is what
        cross-entropy leaves out by default in torch.

    Returns
    -------
    ndarray of int64, shape (rows, length)
    """
    targets = np.full(packed.tokens.shape, ignore, dtype=np.int64)
    inside = (packed.document[:, :-1] == packed.document[:, 1:]) & (packed.document[:, 1:] >= 0)
    targets[:, :-1][inside] = packed.tokens[:, 1:][inside]
    return targets
