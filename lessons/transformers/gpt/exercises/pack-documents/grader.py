"""Windows of joined documents: inputs, targets that stop at ends, positions that restart."""

import numpy as np

FUNCTION = "pack"
FORBIDDEN = ["torch", "groundup.transformers", "groundup.neural"]


def reference(
    documents,
    context,
    end,
    *,
    moved=1,
    ends=True,
    restart=True,
    ignore_at="input",
    overlap=True,
    by_window=False,
    end_at_zero=False,
):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.arange(len(d) + 1) for d in documents])
    if not ends:
        stream = np.concatenate([np.asarray(d, int) for d in documents])
        positions = np.concatenate([np.arange(len(d)) for d in documents])
    if end_at_zero:
        positions = np.where(stream == end, 0, positions)
    if not restart:
        positions = np.arange(len(stream))
    if overlap:
        windows = (len(stream) - 1) // context
        index = np.arange(windows * context).reshape(windows, context)
    else:
        windows = len(stream) // (context + 1)
        index = np.arange(windows)[:, None] * (context + 1) + np.arange(context)
    inputs, targets = stream[index], stream[index + moved]
    ignored = (
        inputs == end if ignore_at == "input" else targets == end if ignore_at == "target" else np.zeros_like(index)
    )
    positions = np.broadcast_to(np.arange(context), index.shape) if by_window else positions[index]
    return inputs, np.where(ignored, -100, targets), positions.copy()


def _documents(rng, count, longest):
    return [rng.integers(1, 50, int(n)) for n in rng.integers(1, longest, count)]


def cases():
    rng = np.random.default_rng(91)
    yield "two documents", {"documents": [rng.integers(1, 50, 3), rng.integers(1, 50, 4)], "context": 4, "end": 0}
    yield "ten documents", {"documents": _documents(rng, 10, 9), "context": 6, "end": 0}
    yield "windows of one token", {"documents": _documents(rng, 4, 5), "context": 1, "end": 99}
    yield "one long document", {"documents": [rng.integers(1, 50, 41)], "context": 8, "end": 50}
    empty = [np.zeros(0, int), *_documents(rng, 3, 6), np.zeros(0, int), *_documents(rng, 3, 6)]
    yield "empty documents", {"documents": empty, "context": 5, "end": 0}
    yield "exactly full", {"documents": [rng.integers(1, 50, 7), rng.integers(1, 50, 4)], "context": 4, "end": 0}


MISTAKES = {
    "the target is the token after the input": {"moved": 0},
    "put the end token after each document": {"ends": False},
    "ignore what comes after an end token: nothing before it tells it": {"ignore_at": "nowhere"},
    "the end token itself is to be predicted; ignore the target of an input that is the end": {"ignore_at": "target"},
    "windows follow each other every T tokens: the last target of one is the first input of the next": {
        "overlap": False
    },
    "positions begin at 0 with each document": {"restart": False},
    "the end token counts as the last of its document: its position is the document's length": {"end_at_zero": True},
    "positions count on from one window to the next": {"by_window": True},
}
