"""Every proof, check by check; and that each check would notice a wrong result."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

from groundup.proofs import Case, Proof, available, load


def all_checks() -> list:
    found = []
    for module in available():
        try:
            proof = load(module)
        except ModuleNotFoundError as absent:
            skip = pytest.mark.skip(reason=f"{absent.name} is not installed")
            found.append(pytest.param(None, None, id=module, marks=skip))
            continue
        short = module.removeprefix("groundup.")
        found += [pytest.param(proof, check, id=f"{short}: {check.name}") for check in proof.checks]
    return found


def reachable(proof: Proof) -> None:
    if missing := proof.missing():
        pytest.skip(f"{', '.join(missing)} not installed")


@pytest.mark.parametrize(("proof", "check"), all_checks())
def test_equals_its_reference(proof, check):
    reachable(proof)
    results = [proof.run(check, case, again=False) for case in check.make()]
    assert results, "the check has no case"
    wrong = [f"{r.case}: error {r.error:.3g}, allowed {r.tolerance:.3g} ({r.reason})" for r in results if not r.ok]
    assert not wrong, "\n".join(wrong)


def spoilt(value: Any, size: float) -> Any:
    """A result that is wrong by `size` relative to its largest entry: what a slip in a formula does, at the least."""
    if isinstance(value, dict):
        return {key: spoilt(item, size) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [spoilt(item, size) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: spoilt(getattr(value, f.name), size) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    array = np.asarray(value)
    if array.dtype == bool:
        return ~array
    if array.dtype.kind in "iu":
        return array + 1
    if array.dtype.kind in "fc":
        finite = np.abs(array[np.isfinite(array)])
        step = size * (finite.max() if finite.size and finite.max() > 0 else 1.0)
        return array + step * np.linspace(1.0, 2.0, array.size).reshape(array.shape)
    return ("another", value)


@pytest.mark.parametrize(("proof", "check"), all_checks())
def test_notices_a_planted_error(proof, check):
    """The first cases of each check, with results that are wrong by a tenth, or by four times what is allowed."""
    reachable(proof)
    noticed = 0
    for case in itertools.islice(check.make(), 4):
        result, allowed = case.ours(), check.tolerance if case.tolerance is None else case.tolerance
        planted = spoilt(result, max(0.1, 4 * allowed))
        noticed += not proof.run(check, dataclasses.replace(case, ours=lambda planted=planted: planted), again=False).ok
    assert noticed, "no case of this check notices a result that is wrong by a tenth"


def test_shapes_and_values_at_other_places_are_errors():
    proof = Proof("groundup.math.sample", reference="numpy")
    for ours, theirs in (
        (np.zeros(2), np.zeros(3)),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan])),
        ({"a": 1.0}, {"b": 1.0}),
        ((1.0,), (1.0, 2.0)),
    ):
        proof.checks.clear()
        case = Case("c", ours=lambda ours=ours: ours, reference=lambda theirs=theirs: theirs)
        proof.check("x", tolerance=1e300, reason="any")(lambda case=case: iter([case]))
        assert not next(proof.results()).ok


def test_an_unknown_module_is_named():
    with pytest.raises(LookupError, match=r"no proof of 'groundup\.math\.astrology'"):
        load("groundup.math.astrology")
