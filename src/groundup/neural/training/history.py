"""What training reported: a table that grows by rows, for a data frame or a picture."""

from typing import Any

import numpy as np

__all__ = ["History"]

WHOLE = ("step", "epoch")
FIRST = (*WHOLE, "loss", "lr", "norm")  # columns of a frame, before those of evaluations


class History:
    """Rows of numbers, one for each logged or evaluated step.

    Attributes
    ----------
    rows : list of dict
        ``step``, ``epoch``, then what there was to say: ``loss`` (mean since the row before), ``lr``, ``norm`` (the
        largest gradient norm since then, when clipping), and ``val_...``. There are no times: equal runs are equal.

    Examples
    --------
    >>> history = History()
    >>> history.add(10, 0, loss=2.5)
    >>> history.add(10, 0, val_loss=2.75)
    >>> history.rows
    [{'step': 10, 'epoch': 0, 'loss': 2.5, 'val_loss': 2.75}]
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def add(self, step: int, epoch: int, **values: float) -> None:
        """Add values; to the last row, if that is of the same step.

        Parameters
        ----------
        step, epoch : int
        **values : float
        """
        if not self.rows or self.rows[-1]["step"] != step:
            self.rows.append({"step": step, "epoch": epoch})
        self.rows[-1].update(values)

    def column(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps at which there is a value of this name, and the values.

        Parameters
        ----------
        name : str

        Returns
        -------
        steps, values : arrays of one length
        """
        pairs = [(row["step"], row[name]) for row in self.rows if name in row]
        steps, values = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64)

    def to_frame(self) -> Any:
        """A pandas data frame, one row a step; NaN where a step has no such value."""
        import pandas

        names = dict.fromkeys([*FIRST, *(name for row in self.rows for name in row)])
        frame = pandas.DataFrame(self.rows, columns=list(names))
        return frame[[name for name in names if name in WHOLE or bool(frame[name].notna().to_numpy().any())]]

    def plot(self, *names: str) -> Any:
        """A matplotlib figure of columns against steps; by default the losses.

        Parameters
        ----------
        *names : str
            Columns to draw.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from matplotlib.figure import Figure

        known = list(dict.fromkeys(name for row in self.rows for name in row))
        figure = Figure(figsize=(6, 3), layout="constrained")
        ax = figure.subplots()
        for name in names or [name for name in known if name.endswith("loss")]:
            if name not in known:
                raise KeyError(f"no column {name!r}; there are {', '.join(known)}")
            ax.plot(*self.column(name), label=name)
        ax.set(xlabel="step", ylabel=names[0] if len(names) == 1 else "loss")
        if ax.lines:
            ax.legend(fontsize=8)
        return figure

    def state_dict(self) -> dict[str, Any]:
        """The columns, each with the rows it has values in."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        where = {name: [i for i, row in enumerate(self.rows) if name in row] for name in names}
        columns = {
            n: {"at": np.array(at), "values": np.array([self.rows[i][n] for i in at])} for n, at in where.items()
        }
        return {"length": len(self.rows), "columns": columns}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the place of what is here."""
        self.rows = [{} for _ in range(state["length"])]
        for name, column in state["columns"].items():
            for i, value in zip(column["at"].tolist(), column["values"].tolist(), strict=True):
                self.rows[i][name] = int(value) if name in WHOLE else float(value)
