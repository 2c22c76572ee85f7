"""Attention maps: the weights as a picture, a row a query, a column a key."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.checks import check_number

__all__ = ["draw_attention"]

INK = (0.12, 0.47, 0.71)  # a blue that stands on white and on black; weight 0 is no ink at all
NUMBERS_UP_TO = 100  # entries of a map that has its numbers written in


def draw_attention(
    weights: Any,
    query_tokens: Sequence[Any] | None = None,
    key_tokens: Sequence[Any] | None = None,
    ax: Any = None,
    *,
    title: str = "",
    largest: float | None = None,
    numbers: bool | None = None,
) -> Any:
    """Draw who looks at whom: the darker, the more of its attention a query (row) gives to a key (column).

    A weight that is not a number is drawn in red: it must not look like a weight of 0.

    Parameters
    ----------
    weights : array, Tensor or torch.Tensor of shape (T, S)
    query_tokens, key_tokens : sequences of T and of S names, optional
        Numbers, characters or tokens. Keys are named as the queries where only these are given and T = S. Where the
        names are many, only some are written.
    ax : matplotlib axes, optional
        Where to draw; a new figure's by default.
    title : str
    largest : float, optional
        Weight that has full ink; the largest one by default. Give the same to maps that shall be compared.
    numbers : bool, optional
        Whether the weights are written into the map; by default if there are at most 100.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If the weights are no matrix or empty, the names are not as many as rows or columns, or `largest` is not
        above 0.
    """
    from matplotlib.colors import LinearSegmentedColormap

    a = _matrix(weights)
    T, S = a.shape
    if key_tokens is None and T == S:
        key_tokens = query_tokens
    rows, columns = _names("query_tokens", query_tokens, T), _names("key_tokens", key_tokens, S)
    if ax is None:
        ax = _new_axes(T, S)
    if largest is not None:
        check_number("largest", largest, 0, open_low=True)
    ink = LinearSegmentedColormap.from_list("ink", [(*INK, 0.0), (*INK, 1.0)]).with_extremes(bad="red")
    top = float(largest or max(a[a > 0], default=1.0))
    ax.imshow(a, cmap=ink, vmin=0, vmax=top, aspect="auto" if max(T, S) > 4 * min(T, S) else "equal")
    if numbers or (numbers is None and a.size <= NUMBERS_UP_TO):
        for i, j in np.argwhere(a > 0):
            colour = "white" if a[i, j] > 0.6 * top else "black"
            ax.text(j, i, f"{a[i, j]:.2f}".lstrip("0") or "0", ha="center", va="center", fontsize=8, color=colour)
    _label(ax.xaxis, columns, "key: what is looked at", rotate=max(map(len, columns or [""])) > 2)
    _label(ax.yaxis, rows, "query: who looks")
    ax.tick_params(length=0)
    ax.set_title(title, fontsize=9, parse_math=False)
    return ax


def _matrix(weights: Any) -> np.ndarray:
    """The weights as an array, from whichever world."""
    if hasattr(weights, "detach"):
        weights = weights.detach()
    weights = weights.cpu().float().numpy() if hasattr(weights, "cpu") else np.asarray(weights)
    if weights.ndim != 2:
        raise ValueError(f"weights must be a matrix (T, S), choose a batch and a head; got shape {weights.shape}")
    if not weights.size:
        raise ValueError(f"weights of no queries or no keys cannot be drawn; got shape {weights.shape}")
    return weights


def _names(what: str, tokens: Sequence[Any] | None, n: int) -> list[str] | None:
    """Names as text that can be seen: a space and a line's end are drawn as signs."""
    if tokens is None:
        return None
    if len(tokens) != n:
        raise ValueError(f"{what} must have one name a {'row' if what[0] == 'q' else 'column'}, {n}; got {len(tokens)}")
    return [str(token).replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥") for token in tokens]


def _new_axes(T: int, S: int) -> Any:
    import matplotlib.pyplot as plt

    size = (min(9.0, 1.4 + 0.35 * max(S, 4)), min(9.0, 1.2 + 0.35 * max(T, 4)))
    return plt.subplots(figsize=size, layout="constrained")[1]


def _label(axis: Any, names: list[str] | None, what: str, *, rotate: bool = False) -> None:
    axis.set_label_text(what)
    if names is None:
        axis.get_major_locator().set_params(integer=True)
        return
    step = -(-len(names) // 40) or 1
    places = range(0, len(names), step)
    axis.set_ticks(list(places), [names[i] for i in places], fontsize=8, rotation=90 if rotate else 0)
    for text in axis.get_ticklabels():
        text.set_parse_math(False)
