"""Proofs for the page: the recorded outcome at once, this machine's from a process of its own.

The app imports neither torch nor scikit-learn, so a proof is run by ``python -m groundup.proofs MODULE --json``.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from groundup import paths
from groundup.course.source import module_file

__all__ = ["Proofs", "recorded_outcome"]

SECONDS = 180.0


def recorded_outcome(module: str) -> dict[str, Any] | None:
    """The shipped outcome of a module's proof, or None."""
    file = paths.PACKAGE / "proofs" / "recorded" / f"{module.removeprefix('groundup.')}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def has_proof(module: str) -> bool:
    """Whether there is a proof of a module of ours."""
    return module.startswith("groundup.") and module_file(proof_of(module)) is not None


def proof_of(module: str) -> str:
    """The name of the module that proves another."""
    return "groundup.proofs." + module.removeprefix("groundup.")


class Proofs:
    """Runs proofs, one at a time, and keeps what came out until a file of the package changes."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._known: dict[str, tuple[int, dict[str, Any]]] = {}

    async def measure(self, module: str) -> dict[str, Any]:
        """The outcome on this machine.

        Raises
        ------
        LookupError
            When there is no proof of the module.
        RuntimeError
            When the process fails or takes over three minutes; the message says why.
        """
        if not has_proof(module):
            raise LookupError(f"there is no proof of {module!r}")
        stamp = _newest(module)
        async with self._lock:
            known = self._known.get(module)
            if known is None or known[0] != stamp:
                known = self._known[module] = (stamp, await _run(module))
            return known[1]


def _newest(module: str) -> int:
    """When the family of the module or its proof was last changed."""
    files: list[Path] = []
    for name in (module, proof_of(module)):
        file = module_file(name)
        if file is not None:
            files += file.parent.glob("*.py")
    return max((file.stat().st_mtime_ns for file in files), default=0)


async def _run(module: str) -> dict[str, Any]:
    environment = dict(os.environ)
    source = str(paths.PACKAGE.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [source, environment.get("PYTHONPATH", "")]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundup.proofs", module, "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    except (TimeoutError, asyncio.CancelledError) as stopped:
        process.kill()
        await process.wait()
        if isinstance(stopped, asyncio.CancelledError):
            raise
        raise RuntimeError(f"the comparison took over {SECONDS:.0f} seconds and was stopped") from None
    found = [one for one in json.loads(out or b"[]") if one["module"] == module]
    if not found:
        said = err.decode(errors="replace").strip().splitlines()
        raise RuntimeError(f"the comparison did not run: {said[-1] if said else 'no output'}")
    return found[0]
