"""A picture of a small graph: every value, its operation and its gradient, as SVG, without any other program.

Columns are distances from the leaves; within a column, nodes stand near the average of what they feed.
"""

from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from groundup.neural.autograd.tensor import Tensor

__all__ = ["Drawing", "draw"]

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 118, 56, 46, 16, 10  # pixels
LIMIT = 80
Stop = int | tuple[int, int, int]  # a node, by its id; or an edge (from, to) where it passes a column
STYLE = """
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1b1f24}
.op{font-weight:600;fill:#6a3d9a}.name{font-weight:600}.grad{fill:#a8440a}
rect{fill:#fff;stroke:#6e7781;stroke-width:1.2}.leaf rect{fill:#e8f1fb;stroke:#2f6fb0}.constant rect{fill:#f0f0ee}
path{fill:none;stroke:#8a929b;stroke-width:1.4}marker path{fill:#8a929b;stroke:none}
"""


@dataclass(frozen=True)
class Drawing:
    """An SVG picture that notebooks and lesson pages show by themselves; `svg` is its source."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


def draw(result: Tensor) -> Drawing:
    """Draw what `result` was computed from.

    Call it before `backward`, or after ``backward(retain_graph=True)``: a freed graph has one node. Gradients
    of intermediate results appear where `retain_grad` was called.

    Parameters
    ----------
    result : Tensor

    Returns
    -------
    Drawing

    Raises
    ------
    ValueError
        If there are more than 80 nodes: nobody could read that.
    """
    nodes = _nodes(result)
    if len(nodes) > LIMIT:
        raise ValueError(f"a picture of more than {LIMIT} nodes cannot be read; this graph has {len(nodes)} or more")
    depth = _depths(nodes)
    edges = [_route(x, n, depth) for n in nodes for x, _ in n._edges]
    places = _places(nodes, depth, edges)
    body = [_edge([places[stop] for stop in route]) for route in edges]
    body += [_box(n, *places[id(n)]) for n in nodes]
    right = max(x for x, _ in places.values()) + WIDTH + MARGIN
    bottom = max(y for _, y in places.values()) + HEIGHT + MARGIN
    arrow = (
        '<marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker>'
    )
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right}" height="{bottom}" '
        f'role="img" aria-label="{escape(_sentence(nodes))}"><style>{STYLE}</style><defs>{arrow}</defs>'
        f"{''.join(body)}</svg>"
    )


def _nodes(result: Tensor) -> list[Tensor]:
    """Every node once, inputs before what they feed; stops soon after the limit."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(result, False)]
    while stack and len(seen) <= LIMIT + 1:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((x, False) for x, _ in reversed(node._edges))
    return order if not stack else [result] * (LIMIT + 1)


def _depths(nodes: list[Tensor]) -> dict[int, int]:
    """Column of each node: its longest distance from a leaf; leaves move right, next to their first use."""
    depth: dict[int, int] = {}
    for n in nodes:
        depth[id(n)] = 1 + max((depth[id(x)] for x, _ in n._edges), default=-1)
    for x in nodes:
        uses = [depth[id(n)] for n in nodes if any(y is x for y, _ in n._edges)]
        if not x._edges and uses:
            depth[id(x)] = min(uses) - 1
    return depth


def _route(x: Tensor, n: Tensor, depth: dict[int, int]) -> list[Stop]:
    """What an edge passes: an edge over several columns gets a place of its own in each, beside the boxes."""
    first, last = depth[id(x)], depth[id(n)]
    return [id(x), *((id(x), id(n), column) for column in range(first + 1, last)), id(n)]


def _places(nodes: list[Tensor], depth: dict[int, int], edges: list[list[Stop]]) -> dict[Stop, tuple[float, float]]:
    """Upper left corners; from the result backwards, each column ordered by what its members feed."""
    columns: list[list[Stop]] = [[] for _ in range(1 + max(depth.values()))]
    for n in nodes:
        columns[depth[id(n)]].append(id(n))
    for stop in dict.fromkeys(stop for route in edges for stop in route if isinstance(stop, tuple)):
        columns[stop[2]].append(stop)
    feeds: dict[Stop, list[Stop]] = {}
    for route in edges:
        for here, there in pairwise(route):
            feeds.setdefault(here, []).append(there)
    rows: dict[Stop, float] = {}
    tallest = max(map(len, columns))
    for column in reversed(columns):
        column.sort(key=lambda stop: _average([rows[fed] for fed in feeds.get(stop, [])]))
        first = (tallest - len(column)) / 2
        rows.update((stop, first + i) for i, stop in enumerate(column))
    return {
        stop: (MARGIN + c * (WIDTH + GAP_X), MARGIN + rows[stop] * (HEIGHT + GAP_Y))
        for c, column in enumerate(columns)
        for stop in column
    }


def _average(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _edge(corners: list[tuple[float, float]]) -> str:
    """A curve from the right side of the first box to the left side of the last, level where it passes boxes."""
    middle = HEIGHT / 2
    path = f"M{corners[0][0] + WIDTH:g} {corners[0][1] + middle:g}"
    for (x0, y0), (x1, y1) in pairwise(corners):
        bend = GAP_X / 2
        path += f"C{x0 + WIDTH + bend:g} {y0 + middle:g} {x1 - bend:g} {y1 + middle:g} {x1:g} {y1 + middle:g}"
        path += f"H{x1 + WIDTH:g}" if (x1, y1) != corners[-1] else ""
    return f'<path d="{path}" marker-end="url(#to)"/>'


def _box(n: Tensor, x: float, y: float) -> str:
    kind = "leaf" if n.is_leaf and n.requires_grad else "constant" if not n.requires_grad else "made"
    head = " ".join(f'<tspan class="{c}">{escape(t)}</tspan>' for c, t in (("name", n.name), ("op", n.op)) if t) or (
        "parameter" if n.requires_grad else "constant"
    )
    lines = [head, escape(_value(n.data)), f'<tspan class="grad">{escape(_gradient(n))}</tspan>']
    texts = "".join(f'<text x="{x + 8:g}" y="{y + 17 + 15.5 * i:g}">{t}</text>' for i, t in enumerate(lines))
    return f'<g class="{kind}"><rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>{texts}</g>'


def _value(a: np.ndarray) -> str:
    return f"{a.item():.4g}" if a.ndim == 0 else f"{'×'.join(map(str, a.shape))} {a.dtype.name}"


def _gradient(n: Tensor) -> str:
    if not n.requires_grad:
        return ""
    if n.grad is None:
        return "grad –"
    return f"grad {n.grad.item():.4g}" if n.grad.ndim == 0 else f"|grad| {np.sqrt((n.grad**2).sum()):.3g}"


def _sentence(nodes: list[Tensor]) -> str:
    return f"Graph of {len(nodes)} nodes: " + ", ".join(f"{n.name or n.op or 'leaf'} = {_value(n.data)}" for n in nodes)
