"""The product as a wheel, installed elsewhere: lessons, proofs and recorded outputs are inside and work."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from .rules import ROOT

PROBE = """
import json, pathlib
import groundup
from groundup import paths
from groundup.course.catalog import Catalog
from groundup.course.render import render
from groundup.proofs import available

course = Catalog.load()
pages = [len(render(lesson, course).html) for lesson in list(course.lessons.values())[:1]]
print(json.dumps({
    "package": groundup.__file__, "checkout": str(paths.checkout()), "lessons": sorted(course.lessons),
    "exercises": sorted(course.exercises), "concepts": len(course.inventory), "pages": pages, "proofs": available(),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-2000:]
    return next(out.glob("*.whl"))


def test_it_holds_what_the_checkout_holds(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    there = [f for f in (ROOT / "lessons").rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    missing = [f for f in there if f"groundup/_lessons/{f.relative_to(ROOT / 'lessons').as_posix()}" not in inside]
    assert not missing
    for pattern in ("proofs/**/*.py", "proofs/recorded/*.json", "app/templates/**/*.html", "app/static/**/*"):
        for file in (ROOT / "src" / "groundup").glob(pattern):
            if file.is_file():
                assert file.relative_to(ROOT / "src").as_posix() in inside
    for file in (ROOT / "web" / "src").iterdir():  # what a page runs where the bundle was not built
        assert f"groundup/app/_modules/{file.name}" in inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith(("tests/", "tools/"))]


def test_it_works_elsewhere(wheel, tmp_path):
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", target, wheel]
    subprocess.run(command, check=True, timeout=300)
    env = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDUP_")}
    env |= {"PYTHONPATH": str(target), "GROUNDUP_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    inside = zipfile.ZipFile(wheel).namelist()
    lessons = sorted(name.split("/")[-2] for name in inside if name.endswith("/lesson.md"))
    exercises = [name.split("/") for name in inside if "/exercises/" in name and name.endswith("/grader.py")]
    assert found["package"].startswith(str(target)) and found["checkout"] == "None"
    assert found["lessons"] == lessons and lessons
    assert found["exercises"] == sorted(f"{parts[-4]}/{parts[-2]}" for parts in exercises)
    assert found["concepts"] > 100 and "groundup.math.linear_algebra" in found["proofs"]
    assert all(size > 1000 for size in found["pages"])
