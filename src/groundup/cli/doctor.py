"""``groundup doctor``: what this installation has and lacks, and the one thing to do about each."""

import dataclasses
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import typer

from groundup import paths
from groundup.cli.console import Json, print_json, terminal

__all__ = ["Finding", "doctor", "examine"]

PORT = 8420  # the first one that `groundup learn` tries


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
    state : "ok", "warn" (the course works without it, or weaker) or "fail"
    said : str
        What was found.
    do : str
        The one thing to do; empty when all is well.
    """

    name: str
    state: Literal["ok", "warn", "fail"]
    said: str
    do: str = ""


def doctor(json: Json = False) -> None:
    """Look at this installation and say how to mend what is wrong."""
    findings = list(examine())
    if json:
        print_json([dataclasses.asdict(f) for f in findings])
    else:
        from rich.text import Text

        out = terminal()
        styles = {"ok": ("ok    ", "green"), "warn": ("warn  ", "yellow"), "fail": ("FAIL  ", "red")}
        for finding in findings:
            out.print(Text.assemble(styles[finding.state], f"{finding.name:<13} {finding.said}"))
            if finding.do:
                out.print(Text(f"                    → {finding.do}"))
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Look at everything; a look that itself breaks is a finding, too."""
    looks: list[Callable[[], Iterator[Finding]]] = [
        _python, _packages, _torch, _browser_files, _chromium, _isolation, _folders, _disk, _kernels, _port, _database,
        _lessons,
    ]  # fmt: skip
    for look in looks:
        try:
            yield from look()
        except paths.FolderError:  # `_folders` says it
            continue
        except Exception as fault:  # a broken part must not hide the others
            name = look.__name__.strip("_").replace("_", " ")
            yield Finding(name, "fail", f"{type(fault).__name__}: {fault}", "run the set-up again: python3 go.py learn")


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    state = "ok" if (3, 11) <= sys.version_info[:2] <= (3, 14) else "warn"
    yield Finding("python", state, f"{version} at {sys.executable}", "" if state == "ok" else "use Python 3.11 to 3.14")


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    absent, old = [], []
    for text in metadata.requires("groundup") or []:
        wanted = Requirement(text)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in ("", "course")):
            continue
        try:
            has = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            absent.append(wanted.name)
            continue
        if has not in wanted.specifier:
            old.append(f"{wanted.name} {has}, wanted {wanted.specifier}")
    if absent or old:
        faults = [f"missing: {', '.join(absent)}"] if absent else []
        yield Finding("packages", "fail", "; ".join(faults + old), "python3 go.py learn installs them")
    else:
        yield Finding("packages", "ok", f"groundup {metadata.version('groundup')} and all that it needs")


def _torch() -> Iterator[Finding]:
    try:
        yield Finding("torch", "ok", metadata.version("torch"))
    except metadata.PackageNotFoundError:
        from groundup.cli.console import catalog

        signs = ("import torch", "from torch")
        need = [id for id, lesson in catalog(strict=False).lessons.items() if any(s in lesson.body for s in signs)]
        said = f"not installed; lessons that need it: {', '.join(need) or 'none so far'}"
        yield Finding("torch", "warn", said, "python3 go.py learn --retry")


def _browser_files() -> Iterator[Finding]:
    import groundup

    folder = Path(groundup.__file__).parent / "app" / "static" / "dist"
    files = [f for f in folder.rglob("*") if f.is_file()]
    if files:
        yield Finding("editor", "ok", f"{len(files)} built files, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB")
        return
    node = shutil.which("node")
    said = f"not built, plain text fields instead; Node: {node or 'comes as a Python package'}"
    yield Finding("editor", "warn", said, "python3 go.py learn builds it, with a network")


def _chromium() -> Iterator[Finding]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    do = "" if found else "needed for browser tests alone: sudo apt install chromium"
    yield Finding("chromium", "ok" if found else "warn", found or "not there", do)


def _isolation() -> Iterator[Finding]:
    from groundup.course.grading import layers

    for layer in layers():
        name = f"isolation {layer.name}"
        fine = layer.on or layer.name == "user"  # only root can have that one; the others do not lean on it
        do = "" if fine else "exercises run without this layer; grade only code that you trust as your own"
        yield Finding(name, "ok" if fine else "warn", layer.why or ("on" if layer.on else "off"), do)


def _folders() -> Iterator[Finding]:
    for name, made, variable in (
        ("your work", paths.user_dir, "GROUNDUP_HOME"),
        ("caches", paths.cache_dir, "GROUNDUP_CACHE"),
    ):
        try:
            folder = made()
        except paths.FolderError as fault:
            said, _, do = str(fault).rpartition("; ")
            yield Finding(name, "fail", said, do)
            continue
        writable = os.access(folder, os.W_OK)
        do = "" if writable else f"make it writable, or name another folder in {variable}"
        yield Finding(name, "ok" if writable else "fail", str(folder), do)


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(paths.user_dir()).free / 1e9
    state = "ok" if free > 1 else "warn" if free > 0.1 else "fail"
    yield Finding("disk", state, f"{free:.1f} GB free for your work", "" if state == "ok" else "make room")


def _kernels() -> Iterator[Finding]:
    folder = paths.cache_dir() / "kernels"
    files = [f for f in folder.rglob("*") if f.is_file()] if folder.is_dir() else []
    size = sum(f.stat().st_size for f in files) / 1e6
    yield Finding("compiled code", "ok", f"{len(files)} files, {size:.1f} MB in {folder}" if files else "none yet")


def _port() -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            yield Finding("port", "ok", f"{PORT} is in use (by the course, perhaps); the next free one is taken")
        else:
            yield Finding("port", "ok", f"{PORT} is free")


def _database() -> Iterator[Finding]:
    from groundup.course.progress import Store
    from groundup.course.progress.errors import StoreError

    try:
        store = Store()
    except StoreError as fault:
        yield Finding("progress", "fail", str(fault), "make the file readable, or name another folder in GROUNDUP_HOME")
        return
    solved = len(store.solved())
    store.close()
    yield Finding("progress", "warn" if store.notice else "ok", store.notice or f"{store.path}, {solved} solved")


def _lessons() -> Iterator[Finding]:
    from groundup.cli.console import catalog

    course = catalog(strict=False)
    said = (
        f"{len(course.lessons)} of {len(course.inventory)} concepts, {len(course.exercises)} exercises, {course.folder}"
    )
    if course.faults:
        yield Finding("lessons", "fail", "; ".join(map(str, course.faults)), "mend the files named")
    else:
        yield Finding("lessons", "ok", said)
