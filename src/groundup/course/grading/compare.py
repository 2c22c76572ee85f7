"""Holds a learner's answer against the expected one: type and shape, finiteness, dtype, values, in this order.

Both sides are plain data (see `values`). A fault is one sentence that says what came, what is expected and where.
"""

from typing import Any

import numpy as np

from groundup.course.grading.show import kind_of

__all__ = ["equal", "fault"]

NUMBER = (bool, int, float, complex, np.generic)


def fault(got: Any, expected: Any, *, rtol: float, atol: float, dtype: bool = False, where: str = "") -> str | None:
    """None when `got` is `expected` within tolerance, else what is wrong with it.

    Parameters
    ----------
    got, expected : plain data
    rtol, atol : float
        A number may differ by ``atol + rtol * |expected|``.
    dtype : bool
        The dtypes of arrays must agree as well.
    where : str
        Path to the part that is looked at, for the sentence.
    """
    told = f" at {where}" if where else ""
    if got is None and expected is not None:
        return (
            f"None came back{told}, expected {kind_of(expected)}; is a `return` missing?"
            if not where
            else (f"None came back{told}, expected {kind_of(expected)}.")
        )
    if isinstance(expected, dict):
        return _dict(got, expected, told, rtol=rtol, atol=atol, dtype=dtype, where=where)
    if isinstance(expected, list | tuple):
        return _sequence(got, expected, told, rtol=rtol, atol=atol, dtype=dtype, where=where)
    if isinstance(expected, np.ndarray):
        if not isinstance(got, np.ndarray):
            return f"The answer{told} must be {kind_of(expected)}; {kind_of(got)} came."
        if got.shape != expected.shape:
            return f"The shape{told} is {got.shape}, expected {expected.shape}."
        return _numbers(got, expected, told, rtol, atol, dtype)
    if isinstance(expected, bool | np.bool_):
        if not isinstance(got, bool | np.bool_):
            return f"The answer{told} must be True or False; {kind_of(got)} came."
        return None if bool(got) == bool(expected) else f"The answer{told} is {got}, expected {expected}."
    if isinstance(expected, NUMBER):
        if not isinstance(got, NUMBER) and not (isinstance(got, np.ndarray) and got.shape == ()):
            return f"The answer{told} must be a number; {kind_of(got)} came."
        return _numbers(np.asarray(got), np.asarray(expected), told, rtol, atol, False)
    if type(got) is not type(expected):
        return f"The answer{told} must be {kind_of(expected)}; {kind_of(got)} came."
    return None if got == expected else f"The answer{told} is {got!r}, expected {expected!r}."


def _dict(got: Any, expected: dict, told: str, *, where: str, **how: Any) -> str | None:
    if not isinstance(got, dict):
        return f"The answer{told} must be a dict; {kind_of(got)} came."
    if missing := [key for key in expected if key not in got]:
        return f"The dict{told} lacks the key {missing[0]!r}."
    if extra := [key for key in got if key not in expected]:
        return f"The dict{told} has a key {extra[0]!r} that is not expected."
    faults = (fault(got[key], value, where=f"{where}[{key!r}]", **how) for key, value in expected.items())
    return next(filter(None, faults), None)


def _sequence(got: Any, expected: list | tuple, told: str, *, where: str, **how: Any) -> str | None:
    if isinstance(got, np.ndarray) and got.ndim == 1 and all(isinstance(v, NUMBER) for v in expected):
        got = list(got)  # an array of numbers does as well as a list of them
    if not isinstance(got, list | tuple):
        return f"The answer{told} must be {kind_of(expected)}; {kind_of(got)} came."
    if len(got) != len(expected):
        return f"The answer{told} has {len(got)} parts, expected {len(expected)}."
    faults = (fault(g, e, where=f"{where}[{i}]", **how) for i, (g, e) in enumerate(zip(got, expected, strict=True)))
    return next(filter(None, faults), None)


def _numbers(got: np.ndarray, expected: np.ndarray, told: str, rtol: float, atol: float, dtype: bool) -> str | None:
    if expected.dtype.kind not in "biufc" or got.dtype.kind not in "biufc":
        if got.dtype.kind != expected.dtype.kind:
            return f"The dtype{told} is {got.dtype}, expected {expected.dtype}."
        wrong = got != expected
        return _worst(got, expected, wrong, wrong, told) if wrong.any() else None
    if got.dtype.kind == "c" and expected.dtype.kind != "c":
        return f"The numbers{told} are complex, expected real ones."
    for name, test in (("NaN", np.isnan), ("infinite", np.isinf)):
        bad = test(got) & ~test(expected)
        if bad.any():
            count = "The answer" if got.ndim == 0 else f"{bad.sum()} of {got.size} numbers"
            return f"{count}{told} {'is' if bad.sum() == 1 or not got.ndim else 'are'} {name}{_at(bad)}."
    if dtype and got.dtype != expected.dtype:
        return f"The dtype{told} is {got.dtype}, expected {expected.dtype}."
    if got.dtype.kind == "b" and expected.dtype.kind == "b":
        wrong = got != expected
        return _worst(got, expected, wrong, wrong, told) if wrong.any() else None
    with np.errstate(all="ignore"):
        kind = np.result_type(got, expected, np.float64)
        far = np.abs(got.astype(kind) - expected.astype(kind))
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        excess = np.where(same, 0.0, far / (atol + rtol * np.abs(expected) + np.finfo(float).tiny))
    wrong = ~same & ~(excess <= 1)
    return _worst(got, expected, wrong, np.nan_to_num(excess, nan=np.inf), told) if wrong.any() else None


def _at(mask: np.ndarray) -> str:
    if mask.ndim == 0:
        return ""
    return f", the first at [{', '.join(map(str, np.argwhere(mask)[0]))}]"


def _worst(got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, excess: np.ndarray, told: str) -> str:
    if wrong.ndim == 0:
        return f"The answer{told} is {_number(got[()])}, expected {_number(expected[()])}."
    place = np.unravel_index(np.argmax(np.where(wrong, excess, -1)), wrong.shape)
    many = (
        f"{wrong.sum()} of {wrong.size} numbers{told} differ"
        if wrong.sum() > 1
        else f"1 of {wrong.size} numbers{told} differs"
    )
    index = ", ".join(map(str, place))
    return f"{many}; the worst at [{index}]: {_number(got[place])}, expected {_number(expected[place])}."


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def equal(got: Any, expected: Any, rtol: float, atol: float) -> bool:
    """Whether two answers are the same within tolerance, NaN equal to NaN. Types may differ where `fault` allows it."""
    return fault(got, expected, rtol=rtol, atol=atol) is None
