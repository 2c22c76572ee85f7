"""Running proofs and keeping what came out: a line a check, with the machine and the versions that gave it.

Results are recorded in ``recorded/<family>.<stem>.json`` beside this file and shipped. Where a reference is not
installed, the recorded lines are shown with their date instead of nothing.
"""

import datetime
import json
import math
import os
import platform
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

from groundup.proofs.core import Check, Proof, available, load

__all__ = ["RECORDED", "machine", "outcome", "record", "recorded", "select", "versions"]

RECORDED = Path(__file__).parent / "recorded"


def select(names: tuple[str, ...] | list[str] = ()) -> list[str]:
    """Modules with a proof that `names` mean.

    Parameters
    ----------
    names : sequence of str
        Families (``math``), modules (``math.linear_algebra``, with or without ``groundup.``) or their last parts
        (``perceptron``); all when empty. A dash counts as an underscore.

    Raises
    ------
    LookupError
        If a name means no module; the message names those that there are.
    """
    modules = available()
    chosen: list[str] = []
    for name in names:
        said = name.replace("-", "_").removeprefix("groundup.")
        wanted = f"groundup.{said}"
        found = [m for m in modules if m == wanted or m.startswith(f"{wanted}.") or m.endswith(f".{said}")]
        if not found:
            raise LookupError(f"no proof of {name!r}; there are proofs of {', '.join(modules)}")
        chosen += [m for m in found if m not in chosen]
    return chosen if names else modules


def outcome(module: str) -> dict[str, Any]:
    """Run a module's proof, check by check; recorded lines stand in for what cannot run here.

    Parameters
    ----------
    module : str
        Dotted name, ``groundup.math.linear_algebra``.

    Returns
    -------
    dict
        ``module, reference, date, machine, versions, missing`` (packages), ``ok`` and ``checks``: dicts with
        ``check, reference, cases, worst`` (the case), ``error`` (None when it is infinite or the case raised),
        ``tolerance, reason, ours_seconds, reference_seconds, ok, message, recorded`` (a date; None: measured now).

    Raises
    ------
    LookupError
        If there is no proof of that name.
    """
    kept = recorded(module)
    try:
        proof = load(module)
    except ModuleNotFoundError as absent:
        if (absent.name or "").startswith("groundup"):
            raise
        return _from_record(module, kept, [absent.name or "?"])
    if missing := proof.missing():
        return _from_record(module, kept, missing, proof)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # edge cases make references warn; what counts is the comparison
        checks = [_run(proof, check) or _stand_in(check, kept) for check in proof.checks]
    return {
        "module": module,
        "reference": proof.reference,
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions(proof),
        "missing": [],
        "ok": bool(checks) and all(line["ok"] for line in checks),
        "checks": checks,
    }


def record(result: dict[str, Any]) -> Path:
    """Keep an outcome that was measured here and is right.

    Raises
    ------
    ValueError
        If it failed, or was itself taken from a record.
    """
    stale = result["missing"] or any(line["recorded"] for line in result["checks"])
    if stale or not result["ok"]:
        why = "it was not measured here" if stale else "a check failed"
        raise ValueError(f"{result['module']} is not recorded: {why}")
    RECORDED.mkdir(exist_ok=True)
    file = _file(result["module"])
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def recorded(module: str) -> dict[str, Any] | None:
    """The recorded outcome of a module, or None."""
    file = _file(module)
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def machine() -> str:
    """This machine in a few words: processor, cores, system."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"


def versions(proof: Proof) -> dict[str, str]:
    """Versions of Python, NumPy and the packages that a proof compares with."""
    names = {"numpy", proof.reference.split(".")[0].split()[0], *proof.needs}
    names |= {check.reference.split(".")[0].split()[0] for check in proof.checks}
    found = {"python": platform.python_version()}
    for name in sorted(names):
        for distribution in metadata.packages_distributions().get(name, []):
            found[distribution] = metadata.version(distribution)
    return found


def _file(module: str) -> Path:
    return RECORDED / (module.removeprefix("groundup.") + ".json")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _run(proof: Proof, check: Check) -> dict[str, Any] | None:
    """One line for a check: its worst case and the sums of its times; None where a package is missing."""
    cases, worst, ours, theirs = 0, None, 0.0, 0.0
    line = {"check": check.name, "reference": check.reference, "reason": check.reason, "recorded": None, "message": ""}
    at = "setting up"
    try:
        for case in check.make():
            at = case.name
            result = proof.run(check, case)
            cases, ours, theirs = cases + 1, ours + result.ours_seconds, theirs + result.reference_seconds
            if worst is None or _badness(result.error, result.tolerance) > _badness(worst.error, worst.tolerance):
                worst = result
    except Exception as fault:  # whatever a case raises is this line's message, and the others still run
        absent = fault.name if isinstance(fault, ModuleNotFoundError) else None
        if absent and not absent.startswith("groundup"):
            return None
        line |= {"worst": at, "error": None, "ok": False, "message": f"{type(fault).__name__}: {fault}"}
        times = {"ours_seconds": ours, "reference_seconds": theirs}
        return line | times | {"cases": cases, "tolerance": check.tolerance}
    if worst is None:
        line |= {"worst": "", "error": None, "ok": False, "message": "the check has no case"}
        return line | {"cases": 0, "tolerance": check.tolerance, "ours_seconds": 0.0, "reference_seconds": 0.0}
    finite = math.isfinite(worst.error)
    if not finite:
        line["message"] = "shape, keys, or the places of NaN and infinity differ"
    return line | {
        "cases": cases,
        "worst": worst.case,
        "error": worst.error if finite else None,
        "tolerance": worst.tolerance,
        "ours_seconds": ours,
        "reference_seconds": theirs,
        "ok": worst.ok,
    }


def _badness(error: float, tolerance: float) -> float:
    if math.isnan(error):
        return math.inf
    return error / tolerance if tolerance > 0 else (0.0 if error == 0 else math.inf)


def _stand_in(check: Check, kept: dict[str, Any] | None) -> dict[str, Any]:
    """The recorded line of a check that cannot run here, or a line that says so."""
    for line in kept["checks"] if kept else []:
        if line["check"] == check.name:
            return line | {"recorded": (kept or {})["date"]}
    return {
        "check": check.name,
        "reference": check.reference,
        "reason": check.reason,
        "cases": 0,
        "worst": "",
        "error": None,
        "tolerance": check.tolerance,
        "ours_seconds": 0.0,
        "reference_seconds": 0.0,
        "ok": False,
        "message": "its reference is not installed, and nothing is recorded",
        "recorded": None,
    }


def _from_record(
    module: str, kept: dict[str, Any] | None, missing: list[str], proof: Proof | None = None
) -> dict[str, Any]:
    if kept is None:
        checks = [_stand_in(check, None) for check in (proof.checks if proof else [])]
        reference = proof.reference if proof else ", ".join(missing)
        nothing = {"date": None, "machine": None, "versions": {}, "ok": False, "checks": checks}
        return {"module": module, "reference": reference, "missing": missing, **nothing}
    checks = [line | {"recorded": kept["date"]} for line in kept["checks"]]
    return kept | {"missing": missing, "checks": checks}
