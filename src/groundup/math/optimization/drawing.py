"""A landscape seen from above, with the path of an optimizer on it.

Lesson: optimization
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.optimization.iteration import Path

__all__ = ["draw_landscape", "heights"]


def heights(fun: Callable, box: tuple[float, float, float, float], *, points: int = 60) -> tuple[np.ndarray, ...]:
    """Values of `fun` on a grid: ``x (points,), y (points,), z (points, points)``, z[i, j] at (x[j], y[i]).

    Parameters
    ----------
    fun : callable
        Called once with shape (2, points, points) where it can take that, else point by point.
    box : (left, right, bottom, top)
    points : int
        Grid points a side.
    """
    x, y = np.linspace(*box[:2], points), np.linspace(*box[2:], points)
    grid = np.stack(np.meshgrid(x, y))
    try:
        z = np.asarray(fun(grid), dtype=np.float64)
    except (TypeError, ValueError, IndexError):
        z = np.empty(0)
    if z.shape != grid.shape[1:]:
        z = np.array([[float(fun(grid[:, i, j])) for j in range(points)] for i in range(points)])
    return x, y, z


def draw_landscape(
    ax: Any,
    fun: Callable,
    box: tuple[float, float, float, float],
    *paths: Path | np.ndarray,
    labels: tuple[str, ...] = (),
    levels: int = 14,
    points: int = 60,
) -> None:
    """Contours of `fun` over a box of the plane, and paths on it, each from a dot to a star.

    Levels stand closer together near the bottom (their heights above it grow like cubes). A path may leave the box:
    it is cut there, however far it goes.

    Parameters
    ----------
    ax : matplotlib axes
    fun : callable
        Of x of shape (2,), and of shape (2, k, k) if it can.
    box : (left, right, bottom, top)
    *paths : Path, or ndarray of shape (steps, 2)
    labels : tuple of str
        For the legend, one a path.
    levels, points : int
        Contours, and grid points a side.
    """
    x, y, z = heights(fun, box, points=points)
    low, high = np.nanmin(z), np.nanmax(z)
    at = low + (high - low) * np.linspace(0, 1, levels + 1)[1:] ** 3
    ax.contour(x, y, z, levels=at, colors="0.75", linewidths=0.7, linestyles="solid")
    reach = 3 * max(box[1] - box[0], box[3] - box[2])
    for number, path in enumerate(paths):
        line = path.x if isinstance(path, Path) else np.asarray(path)
        with np.errstate(invalid="ignore"):
            gone = np.flatnonzero(~(np.abs(line) < reach).all(axis=1))
        line = line[: gone[0]] if gone.size else line
        (drawn,) = ax.plot(*line.T, "-", lw=1.2, marker=".", ms=4, label=labels[number] if labels else None)
        ax.plot(*line[0], "o", ms=6, color=drawn.get_color())
        if not gone.size:
            ax.plot(*line[-1], "*", ms=11, color=drawn.get_color())
    ax.set(xlim=box[:2], ylim=box[2:], xlabel="$x_1$", ylabel="$x_2$")
    if labels:
        ax.legend(fontsize=8)
