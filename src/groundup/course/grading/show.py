"""How values are shown to a learner: as they would be typed, long ones abbreviated."""

from typing import Any

import numpy as np

from groundup.course.grading.values import Code

__all__ = ["call_text", "kind_of", "setup_text", "show"]

SHORT, LONG = 12, 200  # elements: shown inside the call; shown in the test's code


def kind_of(value: Any) -> str:
    """What sort of thing a value is, in words: "an array of shape (3, 4)"."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, bool | np.bool_):
        return "a bool"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    names = {int: "an int", float: "a float", str: "a string", dict: "a dict", complex: "a complex number"}
    if type(value) in names:
        return names[type(value)]
    if isinstance(value, np.generic):
        return f"a NumPy number ({value.dtype})"
    return f"a value of type {type(value).__name__}"


def show(value: Any, limit: int = 600) -> str:
    """The value, abbreviated to about `limit` characters; arrays with their shape."""
    if isinstance(value, np.ndarray):
        # With more axes the corners alone are many: eight axes of length 6 have a million.
        flat = value.ravel() if value.ndim > 4 else value
        with np.printoptions(precision=6, threshold=30, edgeitems=3, linewidth=100, suppress=False):
            text = str(flat)
        text = f"{text}\nshape {value.shape}, {value.dtype}" if value.ndim else text
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k!r}: {_inline(v)}" for k, v in list(value.items())[:20]) + "}"
    else:
        text = _inline(value)
    return text if len(text) <= limit else text[: limit - 2] + " …"


def _inline(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= SHORT:
            with np.printoptions(precision=4, linewidth=10_000, suppress=False):
                return "np." + repr(value).replace("\n", "")
        return f"<array {value.shape} {value.dtype}>"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, list | tuple):
        parts = [_inline(v) for v in value[:8]] + (["…"] if len(value) > 8 else [])
        inner = ", ".join(parts) + ("," if isinstance(value, tuple) and len(value) == 1 else "")
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, dict):
        parts = [f"{k!r}: {_inline(v)}" for k, v in list(value.items())[:8]] + (["…"] if len(value) > 8 else [])
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, Code):
        return value.source
    text = repr(value)
    return text if len(text) <= 200 else text[:198] + " …"


def call_text(function: str, kwargs: dict[str, Any]) -> str:
    """The call in one line: ``f(q=<array (4, 6) float64>, window=1)``."""
    return f"{function}({', '.join(f'{name}={_inline(value)}' for name, value in kwargs.items())})"


def setup_text(function: str, kwargs: dict[str, Any], script: str) -> str:
    """The test's code: each argument, then the call; arrays of up to 200 elements in full."""
    lines = [script.strip() + "\n"] if script else []
    for name, value in kwargs.items():
        if isinstance(value, np.ndarray) and value.size <= LONG:
            with np.printoptions(precision=17, threshold=LONG, linewidth=110, floatmode="unique"):
                lines.append(f"{name} = np.{value!r}")
        elif isinstance(value, np.ndarray):
            lines.append(f"{name} = ...  # {kind_of(value)}, {value.dtype}")
        else:
            lines.append(f"{name} = {_inline(value)}")
    arguments = ", ".join(f"{name}={name}" for name in kwargs)
    lines.append(f"call(globals(), {arguments})" if script else f"{function}({arguments})")
    return "\n".join(lines)
