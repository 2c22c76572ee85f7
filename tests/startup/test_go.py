"""go.py as a person calls it: with an old Python, a wrong verb, and on to the tools."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GO = ROOT / "go.py"
OLD = sorted(Path.home().glob(".pyenv/versions/[23].[0-9]*/bin/python"))
OLD = [p for p in OLD if p.parents[1].name.startswith(("2.7.", "3.6.", "3.8."))]


def go(*arguments: str, python: str = sys.executable, env: dict | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([python, str(GO), *arguments], capture_output=True, text=True, env=env, timeout=60)


def test_parses_on_python_3_8():
    for file in [GO]:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.skipif(not OLD, reason="no older Python on this machine")
@pytest.mark.parametrize("python", OLD, ids=lambda p: p.parents[1].name)
def test_an_old_python_says_what_to_do(python, tmp_path):
    said = go("learn", python=str(python), env={"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert said.returncode == 1
    assert "needs Python 3.11" in said.stderr and "uv python install" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.skipif(not OLD, reason="no older Python on this machine")
def test_an_old_python_hands_over_to_a_new_one(tmp_path):
    """A shim that refuses comes first on PATH; the Python after it is taken."""
    shim, real = tmp_path / "shim", tmp_path / "real"
    for folder, text in ((shim, "exit 127"), (real, f'exec "{sys.executable}" "$@"')):
        folder.mkdir()
        program = folder / f"python3.{sys.version_info[1]}"
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    env = {"PATH": f"{shim}{os.pathsep}{real}{os.pathsep}/usr/bin:/bin", "HOME": str(tmp_path)}
    said = go("--help", python=str(OLD[-1]), env=env)
    assert said.returncode == 0, said.stderr
    assert "usage: python3 go.py VERB" in said.stdout


@pytest.mark.parametrize(("verb", "near"), [("lern", "learn"), ("tests", "test"), ("claen", "clean")])
def test_a_wrong_verb_names_the_near_one(verb, near):
    said = go(verb)
    assert said.returncode == 2
    assert f"Did you mean {near}?" in said.stderr and "usage:" in said.stderr


def test_no_verb_shows_the_usage():
    said = go()
    assert said.returncode == 2 and "learn" in said.stderr


def test_runs_without_any_installed_package(tmp_path):
    """-S -I: no site-packages, no user site; only the standard library is there."""
    said = subprocess.run([sys.executable, "-I", "-S", str(GO), "--help"], capture_output=True, text=True, cwd=tmp_path)
    # -I leaves the script's folder out of sys.path, which go.py has to put back by itself
    assert said.returncode == 0, said.stderr


def test_clean_removes_what_was_made_and_nothing_else(tmp_path):
    for name in ("go.py", "tools"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "mine.md").write_text("kept")
    said = subprocess.run([sys.executable, tmp_path / "go.py", "clean"], capture_output=True, text=True)
    assert said.returncode == 0 and "removed .venv" in said.stdout
    assert not (tmp_path / ".venv").exists()
    assert (tmp_path / "lessons" / "mine.md").read_text() == "kept"
